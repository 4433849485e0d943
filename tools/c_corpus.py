# SPDX-License-Identifier: GPL-2.0-only
"""The inputs of corpus/c: small C files before and after a fix, what is expected of their functions, and what is found.

    python tools/c_corpus.py [--specs DIR] [--spec NAME]

prints the table of what `refcheck verify` says about each.

Each starts with lines `// key: text`: `bug`, `from` (the number of the bug in corpus/ whose facts it was built after, where
there is one), `class` as in corpus/, and for each function that matters `expect: NAME proved` or
`expect: NAME refuted(PROPERTY, ...)`.
"""

import argparse
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "corpus" / "c"
VARIANTS = ("before", "after")
_LINE = re.compile(r"// (bug|from|class|expect): (.+)")
_EXPECT = re.compile(r"(\w+) (proved|refuted\(([a-z-]+(?:, [a-z-]+)*)\))")


class Expected(NamedTuple):
    """What is expected of a function: the properties that are refuted, none where it is proved."""

    function: str
    refuted: tuple[str, ...]


class Input(NamedTuple):
    """One file: the folder of its pair, before or after the fix, and what its head says."""

    folder: str
    variant: str
    bug: str
    source: str
    kind: str
    expected: tuple[Expected, ...]

    @property
    def path(self) -> Path:
        """Where it is."""
        return FOLDER / self.folder / f"{self.variant}.c"

    @property
    def number(self) -> str:
        """The number of the pair."""
        return self.folder.split("-")[0]


def folders() -> list[str]:
    """The pairs, by number."""
    return sorted(p.parent.name for p in FOLDER.glob("*/before.c"))


def read(folder: str, variant: str) -> Input:
    """One input; ValueError where its head is not of the form above."""
    heads: dict[str, list[str]] = {"bug": [], "from": [], "class": [], "expect": []}
    for line in (FOLDER / folder / f"{variant}.c").read_text(encoding="utf-8").splitlines()[1:]:
        found = _LINE.fullmatch(line)
        if not found:
            break
        heads[found[1]].append(found[2])
    (bug,), (kind,) = heads["bug"], heads["class"]
    return Input(folder, variant, bug, "".join(heads["from"]), kind, tuple(map(_expected, heads["expect"])))


def _expected(text: str) -> Expected:
    found = _EXPECT.fullmatch(text)
    if not found:
        raise ValueError(f"`{text}` is no expectation")
    return Expected(found[1], tuple(found[3].split(", ")) if found[3] else ())


def inputs() -> list[Input]:
    """All of them, pair after pair."""
    return [read(f, v) for f in folders() for v in VARIANTS]


# ------------------------------------------------------------------------------------------------ what is found

CERTAIN, POSSIBLE, OTHER, AMBIGUOUS, UNDECIDED, MISSED = "found", "possible", "other", "ambiguous", "undecided", "missed"
CLEAN, ALARM, MAYBE = "proved", "false alarm", "possible false alarm"
WORDS = {
    CERTAIN: "a certain finding of a property that is expected",
    POSSIBLE: "the same, resting on an assumption",
    OTHER: "findings, none of which is the bug",
    AMBIGUOUS: "no finding, but a contract that cannot be told",
    UNDECIDED: "a function was not read, or the solver gave up",
    MISSED: "everything is proved, and the bug is there",
    CLEAN: "everything is proved",
    ALARM: "a certain finding where nothing is wrong",
    MAYBE: "the same, resting on an assumption",
}


class Found(NamedTuple):
    """What became of one input: an outcome of WORDS, and what was said, in words."""

    one: Input
    outcome: str
    said: str


def verified(more: tuple[str, ...] = ()) -> list[Found]:
    """`refcheck verify` on all inputs, before and after apart; RuntimeError where it says anything else than verdicts."""
    found: list[Found] = []
    for variant in VARIANTS:
        files = [str(one.path) for one in inputs() if one.variant == variant]
        tool = str(Path(sys.executable).with_name("refcheck"))
        command = [tool, "verify", "--no-store", "--tree", str(FOLDER), "--format", "json", *more, *files]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        run = json.loads(done.stdout)
        if run["errors"]:
            raise RuntimeError("; ".join(e["message"] for e in run["errors"]))
        by: dict[str, list[dict]] = {}
        for r in run["results"]:
            by.setdefault(Path(r["model"]).parent.name, []).append(r)
        found += [judged(one, by.get(one.folder, [])) for one in inputs() if one.variant == variant]
    return sorted(found, key=lambda f: (f.one.folder, VARIANTS.index(f.one.variant)))


def judged(one: Input, results: list[dict]) -> Found:
    """The outcome of one input, from its results in the JSON form."""
    certain = {(r["function"], f["property"]): False for r in results for f in r["findings"]}
    for r in results:
        for n, f in enumerate(r["findings"]):
            certain[r["function"], f["property"]] |= r["from_c"]["certain"][n]
    wanted = {(e.function, p) for e in one.expected for p in e.refuted}
    open_ = [r["function"] for r in results if r["verdict"] not in ("PROVED", "REFUTED")]
    unclear = [text for r in results for text in r["from_c"]["ambiguous"]]
    said = [f"{f}: {p}{'' if sure else ' (possible)'}" for (f, p), sure in sorted(certain.items())]
    said += [f"{f}: not decided" for f in sorted(set(open_))] + unclear
    right = [sure for what, sure in certain.items() if what in wanted]
    if wanted:
        outcome = CERTAIN if any(right) else POSSIBLE if right else OTHER if certain else AMBIGUOUS if unclear else MISSED
        outcome = UNDECIDED if outcome in (MISSED, OTHER) and (open_ or not results) else outcome
    elif certain:
        outcome = ALARM if any(certain.values()) else MAYBE
    else:
        outcome = UNDECIDED if open_ or not results else AMBIGUOUS if unclear else CLEAN
    return Found(one, outcome, "; ".join(said))


def table(found: list[Found]) -> str:
    """The outcomes as Markdown: how many pairs are told apart, how many there are of each, and each pair."""
    pairs = list(zip(found[::2], found[1::2], strict=True))
    apart = sum(b.outcome in (CERTAIN, POSSIBLE) and a.outcome == CLEAN for b, a in pairs)
    lines = [f"{apart} of {len(pairs)} pairs are told apart: the bug is found, and its fix is proved.", ""]
    lines += ["| outcome | before | after | what it means |", "| --- | --- | --- | --- |"]
    count = Counter((f.one.variant, f.outcome) for f in found)
    for outcome, words in WORDS.items():
        if any(count[v, outcome] for v in VARIANTS):
            lines.append(f"| {outcome} | {count['before', outcome]} | {count['after', outcome]} | {words} |")
    lines += ["", "| pair | bug | before | after |", "| --- | --- | --- | --- |"]
    for before, after in pairs:
        cells = [f"{f.outcome}{f': {f.said}' if f.said else ''}" for f in (before, after)]
        lines.append(f"| {before.one.folder} | {before.one.bug} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> int:
    """Verify, and print the table."""
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--specs")
    p.add_argument("--spec")
    args = p.parse_args()
    more = [x for name in ("specs", "spec") if (given := getattr(args, name)) for x in (f"--{name}", given)]
    print(table(verified(tuple(more))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
