# SPDX-License-Identifier: GPL-2.0-only
"""What is kept of C files, and that nothing of it is used once anything changes that a verdict rests on."""

from pathlib import Path

import pytest
from stored import cost, edit, entries

from refcheck.base.limits import Limits
from refcheck.base.verdicts import Verdict
from refcheck.run import one_file
from refcheck.run.one_file import FileOutcome, Options
from refcheck.run.pool import outcomes
from refcheck.store import keys
from refcheck.store.place import Store

DRIVER, HEADER, CORE, SPEC = "net/a/driver.c", "include/net/small.h", "net/core/small.c", "mine.spec"
FILES = {
    DRIVER: """#include <net/small.h>

int sends(struct small *s)
{
	struct dst_entry *d = small_get(s);

	if (!d)
		return -ENOENT;
	small_look(d);
	SMALL_DROP(d);
	return 0;
}

int waits(struct small *s)
{
	return s->x;
}
""",
    HEADER: """#define SMALL_DROP(d) dst_release(d)
struct dst_entry { int refs; };
struct small { int x; };
struct dst_entry *small_get(struct small *s);
void small_look(struct dst_entry *d);
void dst_release(struct dst_entry *dst);
""",
    CORE: """#include <net/small.h>
void small_look(struct dst_entry *d)
{
	d->refs = 1;
}
""",
    SPEC: """use "kernel.spec";
dst small_get() { hit: return hold; none: return NULL; }
""",
}
OPTIONS = Options(tree=Path(), contracts=SPEC)
Words = dict[str, tuple[Verdict, tuple[str, ...], tuple[str, ...]]]


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def verified(place: Path, options: Options = OPTIONS, *, kept: bool = True) -> FileOutcome:
    """The driver, as a run with one process answers it."""
    store = Store(place / "store", place / "key") if kept else None
    (found,) = outcomes([Path(DRIVER)], options, store, 1, lambda *_: None)
    assert found.errors == ()
    return found


def words(found: FileOutcome) -> Words:
    """Verdict, findings and assumptions of each function."""
    return {
        r.function: (r.verdict, tuple(f.title for f in r.findings), tuple(a.text for a in r.from_c.assumed))
        for r in found.records
        if r.from_c is not None
    }


def test_a_second_run_says_the_same_from_the_store(place):
    first = verified(place)
    assert words(first)["sends"][0] == Verdict.PROVED
    assert cost(first) == (0, 0, 2)
    second = verified(place)
    assert cost(second) == (1, 0, 0)
    assert second._replace(work=first.work) == first


EDITS = {
    "a comment": (DRIVER, "return 0;", "return 0; /* said */"),
    "the body of the function": (DRIVER, "	SMALL_DROP(d);\n", ""),
    "the macro that it calls": (HEADER, "dst_release(d)\n", "do { } while (0)\n"),
    "the prototype of a callee": (
        HEADER,
        "void small_look(struct dst_entry *d)",
        "int small_look(struct dst_entry *d, int n)",
    ),
    "the body of a callee in another file": (CORE, "d->refs = 1;", "dst_release(d);"),
    "a callee that has no body any more": (CORE, "void small_look", "void small_other"),
    "the contract of a callee": (SPEC, "return hold", "return borrow(gp)"),
}


@pytest.mark.parametrize("what", EDITS)
def test_what_a_verdict_rests_on_has_changed(place, what):
    verified(place)
    edit(place, *EDITS[what])
    found = verified(place)
    assert found.work.files == 0
    assert words(found) == words(verified(place, kept=False))
    assert words(verified(place)) == words(found)


@pytest.mark.parametrize("what", [w for w in EDITS if w.startswith(("the body", "the macro", "the contract"))])
def test_these_edits_change_what_is_said(place, what):
    """Otherwise the test before would say little."""
    before = words(verified(place))
    edit(place, *EDITS[what])
    assert words(verified(place))["sends"] != before["sends"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("net/a/near.c", "void small_look(struct dst_entry *d)\n{\n	dst_release(d);\n}\n"),
        ("net/a/net/small.h", "int nothing;\n"),
        ("specs/mine.spec", FILES[SPEC].replace("hold", "borrow(gp)")),
    ],
    ids=["a nearer body", "a header beside", "a spec in front"],
)
def test_a_file_that_stands_where_none_stood_counts_too(place, name, text):
    edit(place, DRIVER, "<net/small.h>", '"net/small.h"')
    options = OPTIONS._replace(specs=Path("specs"))
    (place / "specs").mkdir()
    verified(place, options)
    assert cost(verified(place, options)) == (1, 0, 0)
    (place / name).parent.mkdir(parents=True, exist_ok=True)
    (place / name).write_text(text, encoding="utf-8")
    found = verified(place, options)
    assert found.work.files == 0
    assert words(found) == words(verified(place, options, kept=False))


@pytest.mark.parametrize(
    "other", [{"limits": Limits(states=9_999)}, {"tree": Path("net")}, {"contracts": "kernel.spec"}, {"only": ("waits",)}]
)
def test_other_options_ask_anew(place, other):
    verified(place)
    options = OPTIONS._replace(**other)
    found = verified(place, options)
    assert found.work.files == 0
    assert words(found) == words(verified(place, options, kept=False))


@pytest.mark.parametrize("what", ["versions", "c_parser"])
def test_another_refcheck_or_another_parser_asks_anew(place, monkeypatch, what):
    verified(place)
    monkeypatch.setattr(one_file, what, lambda: "another")
    assert verified(place).work.files == 0


def test_the_versions_are_those_of_the_table_and_of_the_parser():
    assert (Path(one_file.__file__).parents[1] / "c" / "macros.toml").is_file()
    parts: list[str] = []
    for name in ("tree_sitter", "tree_sitter_c"):
        parts += keys.library(name)
    assert keys.c_parser() == keys.digest(*parts)
    assert all(parts)


@pytest.mark.parametrize("kind", ["file", "function", "c-unit", "c-listing"])
@pytest.mark.parametrize("how", ["cut", "empty", "foreign", "other shape"])
def test_a_damaged_entry_is_none(place, kind, how):
    before = verified(place)
    found = entries(place, kind)
    assert found
    store, stranger = Store(place / "store", place / "key"), Store(place / "store", place / "stranger")
    for path in found:
        raw, key = path.read_bytes(), path.parent.name + path.name
        if how in ("foreign", "other shape"):
            entry = store.get(kind, key)
            assert entry is not None
            changed = dict.fromkeys(entry.data, 0)
            (stranger if how == "foreign" else store).put(kind, key, changed)
        else:
            path.write_bytes(raw[: len(raw) // 2] if how == "cut" else b"")
    if kind != "file":
        for path in entries(place, "file"):
            path.unlink()
    assert words(verified(place)) == words(before)
