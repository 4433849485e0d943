# SPDX-License-Identifier: GPL-2.0-only
"""What `refcheck verify` says of a small C text: the headers are those of corpus/c."""

from pathlib import Path

from command import ROOT

from refcheck.base.verdicts import Verdict
from refcheck.result.record import Record
from refcheck.run.from_c import proved_c
from refcheck.run.one_file import Options
from refcheck.run.shared import Shared

HEADERS = "#include <linux/netdevice.h>\n#include <net/route.h>\n#include <net/sock.h>\n#include <linux/workqueue.h>\n"


def records(text: str, folder: Path) -> dict[str, list[Record]]:
    """The records of each function of a text."""
    path = folder / "small.c"
    path.write_text(HEADERS + text, encoding="utf-8")
    if not (folder / "include").exists():
        (folder / "include").symlink_to(ROOT / "corpus" / "c" / "include")
    done = proved_c(path, Options(tree=folder), None, Shared())
    assert not done.errors, done.errors
    found: dict[str, list[Record]] = {}
    for r in done.records:
        found.setdefault(r.function, []).append(r)
    return found


def said(found: list[Record]) -> str:
    """The verdict of a function in a few words: `proved`, `unknown`, `certain leaked-ref; possible bad-pointer`."""
    words = set[str]()
    for r in found:
        assert r.from_c is not None
        if r.verdict != Verdict.REFUTED:
            words.add(str(r.verdict.value).lower())
        for f, certain in zip(r.findings, r.from_c.certain, strict=True):
            words.add(f"{'certain' if certain else 'possible'} {f.property}")
    if len(words) > 1:
        words.discard("proved")
    return "; ".join(sorted(words))


def verdicts(text: str, folder: Path) -> dict[str, str]:
    """What is said of each function of a text."""
    return {name: said(found) for name, found in records(text, folder).items()}


def assumed(text: str, folder: Path, function: str) -> list[tuple[str, str]]:
    """What the verdicts of a function assume: kind and text."""
    return [(a.kind, a.text) for r in records(text, folder)[function] if r.from_c is not None for a in r.from_c.assumed]
