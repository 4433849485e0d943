# SPDX-License-Identifier: GPL-2.0-only
"""Does every help mend?  Each one is made in the text by itself, and the whole file verified anew.

    tools/helps.py [FILE_OR_FOLDER ...] [--programs N] [--first SEED]

Of the models and C files named (tests/litmus, models, corpus and corpus/c unless others are), and of generated programs.
Status 1 where a finding is still there after what its help says was done, or where something is broken, undecided or
unreached that was not before.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from refcheck.base.files import model_files  # noqa: E402
from refcheck.base.limits import Limits  # noqa: E402
from refcheck.result.edits import edited  # noqa: E402
from refcheck.result.record import Finding, Record  # noqa: E402
from refcheck.result.review import cause  # noqa: E402
from refcheck.run.from_c import proved_c  # noqa: E402
from refcheck.run.one_file import FileOutcome, Options  # noqa: E402
from refcheck.run.proof import proved  # noqa: E402
from refcheck.run.shared import Shared  # noqa: E402

FEW = Options(limits=Limits(states=4000), tree=ROOT / "corpus" / "c", help_possible=True)
SHARED = Shared()
Found = Counter[tuple[str, ...]]


class Tally(NamedTuple):
    """How many findings there were, how many helps, and what is wrong with which help."""

    findings: int
    helps: int
    wrong: tuple[str, ...]

    def plus(self, other: "Tally") -> "Tally":
        """Both together."""
        return Tally(self.findings + other.findings, self.helps + other.helps, self.wrong + other.wrong)


def judged(path: Path) -> Tally:
    """Every help of one file: made, and verified from the text on, by what `verify` itself does."""
    before = _proved(path).records
    text = path.read_text(encoding="utf-8")
    wrong, helps, tried = list[str](), 0, dict[str, FileOutcome]()
    for r in before:
        for f in r.findings:
            if not f.help and not f.repair:
                continue
            helps += 1
            new = edited(text, f.repair) if f.repair else None
            if new is None:
                wrong.append(f"{f.place}: {f.title}: `{f.help}` is no change of the text")
                continue
            if new not in tried:
                tried[new] = _verified(path, new)
            trouble = "; ".join(e.message for e in tried[new].errors) or _trouble(before, tried[new].records, r, f)
            wrong += [f"{f.place}: {f.title}: `{f.help}`: {trouble}"] if trouble else []
    return Tally(sum(len(r.findings) for r in before), helps, tuple(wrong))


def _verified(path: Path, text: str) -> FileOutcome:
    """What comes of another text in the place of a file: it stands beside it, so that it finds the same specs."""
    with tempfile.NamedTemporaryFile("w", suffix=path.suffix, prefix=".", dir=path.parent, encoding="utf-8") as f:
        f.write(text)
        f.flush()
        return _proved(Path(f.name))


def _proved(path: Path) -> FileOutcome:
    return proved_c(path, FEW, None, SHARED) if path.suffix == ".c" else proved(path, FEW, None)


def _trouble(before: Iterable[Record], after: Iterable[Record], r: Record, f: Finding) -> str:
    """What is wrong after a change that was to mend a finding."""
    had, have = _found(before), _found(after)
    gone = cause(r.function, r.entry or "", f)
    if have[gone] >= had[gone]:
        return "the finding is still there"
    if more := have - had:
        return f"{min(more, key=repr)} is new"
    if idle := _idle(after) - _idle(before):
        return f"{min(idle)} is new"
    return ""


def _found(records: Iterable[Record]) -> Found:
    return Counter(cause(r.function, r.entry or "", f) for r in records for f in r.findings)


def _idle(records: Iterable[Record]) -> set[tuple[str, str, str]]:
    listed = list(records)
    undecided = {"UNKNOWN", "VACUOUS"}
    idle = {(r.function, p.property, str(p.verdict)) for r in listed for p in r.properties if p.verdict in undecided}
    return idle | {(r.function, u.what, u.text) for r in listed for u in r.unreached}


def programs(first: int, number: int) -> Iterator[Path]:
    """Generated programs, each in a file for as long as it is looked at."""
    from generator import program

    with tempfile.TemporaryDirectory() as folder:
        for seed in range(first, first + number):
            path = Path(folder) / f"p{seed}.rc"
            path.write_text(program(seed), encoding="utf-8")
            yield path


def main() -> int:
    """Print what is wrong, and how much was looked at."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--programs", type=int, default=0)
    parser.add_argument("--first", type=int, default=1)
    args = parser.parse_args()
    bugs = sorted((ROOT / "corpus" / "c").glob("*/before.c"))
    paths = args.paths or [ROOT / "tests" / "litmus", ROOT / "models", ROOT / "corpus", *bugs]
    total = Tally(0, 0, ())
    for path in chain(model_files(paths), programs(args.first, args.programs)):
        found = judged(path)
        for text in found.wrong:
            print(text, flush=True)
        total = total.plus(found)
    print(f"{total.findings} findings, {total.helps} helps, {len(total.wrong)} that do not mend")
    return 1 if total.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
