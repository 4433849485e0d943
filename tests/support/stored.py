# SPDX-License-Identifier: GPL-2.0-only
"""A store of verdicts in a scratch folder, and runs that use it."""

from pathlib import Path

from refcheck.run.one_file import FileOutcome, Options
from refcheck.run.pool import outcomes
from refcheck.store.place import Store


def check(path: Path, options: Options, kept: Store | None) -> FileOutcome:
    """One file, as a run with one process answers it."""
    (found,) = outcomes([path], options, kept, 1, lambda *_: None)
    return found


MODEL = """use "route.spec";

int leaks()
{
	dst rt = ip_route_output_key();

	if (IS_ERR(rt))
		return -EINVAL;
	if (nondet("too long"))
		return -EMSGSIZE;
	dst_release(rt);
	return 0;
}

int holds()
{
	dst rt = ip_route_output_key();

	if (!IS_ERR(rt))
		dst_release(rt);
	return 0;
}
"""


ENDLESS = """use "route.spec";

void endless()
{
	dst rt = ip_route_output_key();

	if (IS_ERR(rt))
		return;
	while (nondet("more"))
		dst_hold(rt);
	dst_release(rt);
}
"""


def store(place: Path, secret: str = "key") -> Store:
    return Store(place / "store", place / secret)


def verify(place: Path, name: str = "m.rc", secret: str = "key", **options: object) -> FileOutcome:
    """Verify with the store of the place."""
    found = check(place / name, Options(**options), store(place, secret))
    assert found.errors == (), found.errors
    return found


def cost(found: FileOutcome) -> tuple[int, int, int]:
    """(files from the store, functions recalled, functions proved anew)."""
    return found.work[:3]


def edit(place: Path, name: str, old: str, new: str) -> None:
    text = (place / name).read_text(encoding="utf-8")
    assert old in text
    (place / name).write_text(text.replace(old, new), encoding="utf-8")


def entries(place: Path, kind: str) -> list[Path]:
    return sorted((place / "store" / "v1" / kind).glob("*/*"))
