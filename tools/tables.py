# SPDX-License-Identifier: GPL-2.0-only
"""Writes the generated tables: models/README.md, docs/corpus.md, and the traces in docs/findings.md.

    python tools/tables.py            write them anew
    python tools/tables.py --check    write nothing; status 1 where a file is not current

Every model is verified once.
"""

import argparse
import os
import re
import sys
from collections.abc import Iterator
from contextlib import chdir
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from refcheck.base.files import model_files  # noqa: E402
from refcheck.base.verdicts import OF_FUNCTIONS, Verdict  # noqa: E402
from refcheck.graph import ops  # noqa: E402
from refcheck.graph.obligations import NAMES  # noqa: E402
from refcheck.lower.task import Task  # noqa: E402
from refcheck.meaning.step import promises_at, step  # noqa: E402
from refcheck.prove.prove import Limits, verify  # noqa: E402
from refcheck.render.text import Style, render_finding  # noqa: E402
from refcheck.result.checked import Checked  # noqa: E402
from refcheck.result.record import Record  # noqa: E402
from refcheck.result.standing import refuted_or_vacuous, stand  # noqa: E402
from refcheck.run.mend import with_help  # noqa: E402
from refcheck.run.tasks import prepare_unit  # noqa: E402
from refcheck.unit.load import load, source_notes  # noqa: E402
from refcheck.verdict.verdict import Result  # noqa: E402

MARK = {Verdict.PROVED: "+", Verdict.REFUTED: "R", Verdict.NOTHING: ".", Verdict.VACUOUS: "v", Verdict.UNKNOWN: "?"}
TIMES = "## Time"
CLASSES = ((0.1, "below 0.1 s"), (1.0, "0.1 to 1 s"), (10.0, "1 to 10 s"), (float("inf"), "above 10 s"))
TRACE = re.compile(r"<!-- trace (?P<key>[^>]+?) -->\n(?:```text\n.*?^```\n)?", re.DOTALL | re.MULTILINE)


class Shown(NamedTuple):
    """A finding as `refcheck verify` prints it, with the number of steps of its trace."""

    property: str
    steps: int
    text: str


class Row(NamedTuple):
    """The result for one function of a model in one entry context, as the tables need it."""

    path: str
    function: str
    entry: str
    verdict: str
    properties: tuple[tuple[str, str], ...]
    expected: tuple[tuple[str, str], ...] | None
    as_expected: bool
    broken: tuple[str, ...]
    unreached: tuple[str, ...]
    shown: tuple[Shown, ...]
    calls: int
    own: tuple[int, int]
    marks: tuple[int, int]
    seconds: float

    @property
    def refuted(self) -> tuple[str, ...]:
        """The refuted properties."""
        return tuple(p for p, v in self.properties if v == Verdict.REFUTED)

    @property
    def unknown(self) -> tuple[str, ...]:
        """The properties that are neither proved nor refuted."""
        return tuple(p for p, v in self.properties if v == Verdict.UNKNOWN)

    @property
    def key(self) -> str:
        """How docs/findings.md names this row."""
        return f"{self.path} {self.function}" + (f" {self.entry}" if self.entry else "")


# ------------------------------------------------------------------------------------------------ verification


def _reached(r: Result) -> tuple[int, tuple[int, int]]:
    """How many outcomes of calls are reached, and how many outcomes of the function's own contract out of all."""
    if r.certificate is None:
        return 0, (0, len({p.name for p in r.cfg.promises} - {"returns"}))
    cfg, states = r.cfg, r.certificate.states
    calls = sum(e.kind == "outcome" and any(step(cfg, s, e) for s in states[e.src]) for e in cfg.edges)
    names = {p.name for p in cfg.promises} - {"returns"}
    left = set(names)
    for edge in cfg.edges:
        if left and any(isinstance(op, ops.Exit) for op in edge.ops):
            for s in states[edge.src]:
                left -= promises_at(cfg, s, edge)
    return calls, (len(names - left), len(names))


# What has more than this has no end: no model needs a tenth of it
FEW = Limits(states=20_000)


def _row(task: Task, r: Result, recorded: Record) -> Row:
    found = tuple((v.property, v.verdict) for v in r.verdicts)
    shown = tuple(Shown(f.property, len(f.steps), render_finding(f, recorded, Style())) for f in recorded.findings)
    calls, own = _reached(r)
    lines = [e.line for e in r.cfg.edges if e.line and not e.stack[1:]]
    fine = recorded.as_expected or (recorded.as_expected is None and not refuted_or_vacuous(recorded.properties))
    expected = None if task.expected is None else tuple(sorted(task.expected))
    return Row(
        task.path, r.cfg.function, r.cfg.entry, r.verdict, found, expected, fine, recorded.broken,
        tuple(u.text for u in r.unreached), shown, calls, own, (min(lines, default=0), max(lines, default=0)), r.seconds,
    )  # fmt: skip


@cache
def rows_of(path: str) -> tuple[Row, ...]:
    """The rows of one file, by its path relative to the root, which is how it is shown; verified once per process."""
    with chdir(ROOT):
        unit = load(Path(path))
    prepared = prepare_unit(unit, ())
    judged = [Checked(task, verify(task.cfg, FEW)) for task in prepared.tasks]
    found = stand(with_help(unit, prepared.decl, judged, FEW))
    return tuple(_row(c.task, c.result, r) for c, r in zip(judged, found, strict=True))


@cache
def rows() -> dict[str, tuple[Row, ...]]:
    """The rows of every file below models/ and corpus/."""
    files = [str(f.relative_to(ROOT)) for f in model_files([ROOT / "models", ROOT / "corpus"])]
    return {f: rows_of(f) for f in files}


# ------------------------------------------------------------------------------------------------ models/README.md


def order(path: str) -> tuple[int, str]:
    """Posted models first, then the repaired ones, then those of before the series."""
    return {"models": 0, "models/repaired": 1, "models/before": 2}[str(Path(path).parent)], path


@cache
def _files(path: str) -> dict[str, str]:
    """For each function of a model the kernel file that it names."""
    return {name: note.file for name, note in source_notes(load(ROOT / path).model).items()}


def _source(row: Row) -> str:
    file = _files(row.path)[row.function]
    return f"{file}:" + "-".join(map(str, sorted({*row.marks}))) if row.marks[1] else file


def _verdict(row: Row) -> str:
    if row.verdict == Verdict.PROVED:
        kept = ", ".join(f"`{n}`" for n in row.broken)
        return f"{row.verdict} if {kept} kept its contract" if kept else str(row.verdict)
    tail = "" if row.as_expected else ", NOT as expected"
    return f"**{row.verdict}**: {', '.join(p for p, v in row.properties if v == row.verdict)}{tail}"


def _model_line(row: Row) -> str:
    codes = "".join(MARK[v] for _, v in row.properties)
    own = f"{row.own[0]} of {row.own[1]}" if row.own[1] else ""
    name = Path(row.path).name
    link = f"[{name}]({Path(row.path).relative_to('models')})"
    return _cells(f"`{row.function}`", link, row.entry or "any caller", _verdict(row), f"`{codes}`", str(row.calls), own,
                  _source(row))  # fmt: skip


def _cells(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _counts(found: list[Row]) -> str:
    counts = {v: sum(r.verdict == v for r in found) for v in OF_FUNCTIONS}
    return f"{len(found)} verdicts: " + ", ".join(f"{n} {v}" for v, n in counts.items() if n)


PARTS = {
    "As posted": """The functions as in v5 of "net: tunnel: introduce noref xmit flows for tunnels", with its kernel lines.
Every refutation is explained in [docs/findings.md](../docs/findings.md); what a model leaves out and infers, and where a
later tree has other paths ([docs/drift.md](../docs/drift.md)), stands in [sources/](sources).""",
    "Repaired": "The models above that are refuted, with the smallest repair.",
    "Before the series": """The same functions with the references and contracts of that time; see
[before/README.md](before/README.md).  The kernel lines are the marks of the model, which are those of v5's base.""",
}


def models_table() -> str:
    """models/README.md."""
    mine = sorted((r for f, rs in rows().items() if f.startswith("models/") for r in rs), key=lambda r: order(r.path))
    out = ["# The models and their verdicts", "",
           "Written by tools/tables.py; do not edit.  `python -m refcheck verify models` gives the same verdicts.", "",
           f"{_counts(mine)}.  Every one is as the model expects.", "",
           "The column *properties* has one character for each property, in this order:", "",
           *(f"{i}. {name}" for i, name in enumerate(NAMES, 1)), "",
           "`+` is proved, `R` refuted, `.` nothing to prove (the function has no operation that owes it), `v` vacuous,",
           "`?` unknown.  *Calls* is the number of outcomes of calls that some path takes, *own* how many outcomes of its",
           "own contract the function ends with.  A PROVED function has no branch, no outcome of a call and no outcome of",
           'its own that nothing reaches, except what its model marks with `unreachable("why")`.', "",
           "A function with an entry context is verified as its real callers call it; one with *any caller* is verified",
           "against all that its signature and its contract allow, and its callers rest on that."]  # fmt: skip
    for n, (title, text) in enumerate(PARTS.items()):
        part = [r for r in mine if order(r.path)[0] == n]
        out += ["", f"## {title}", "", text, "", f"{_counts(part)}.", "",
                _cells("function", "model", "entry context", "verdict", "properties", "calls", "own", "kernel source"),
                _cells(*["---"] * 8), *map(_model_line, part)]  # fmt: skip
    return "\n".join(out) + "\n"


def _times() -> str:
    mine = [r for f, rs in rows().items() if f.startswith("models/") for r in rs]
    of = [next(name for limit, name in CLASSES if r.seconds < limit) for r in mine]
    out = [TIMES, "", "Of the last writing, on whatever machine that was; not compared by `--check`.", "",
           _cells("seconds for a verdict", "verdicts"), _cells("---", "---")]  # fmt: skip
    return "\n".join(out + [_cells(name, str(of.count(name))) for _, name in CLASSES if name in of]) + "\n"


# ------------------------------------------------------------------------------------------------ docs/corpus.md


class Left(NamedTuple):
    """A bug that is not in the corpus, with the reason."""

    number: str
    title: str
    reason: str


def header(path: Path) -> dict[str, str]:
    """The `// key: text` lines at the top of a corpus model; further lines of a text are joined to it."""
    found: dict[str, str] = {}
    key = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("// ") or line.startswith("// SPDX"):
            if found:
                break
            continue
        named = re.fullmatch(r"// (bug|commit|where|class|trap): (.*)", line)
        if named:
            key = named[1]
            found[key] = named[2].strip()
        elif key in ("bug", "where", "trap"):
            found[key] += f" {line[3:].strip()}"
    return found


def left_out() -> list[Left]:
    """The table of corpus/LEFT_OUT.md."""
    text = (ROOT / "corpus" / "LEFT_OUT.md").read_text(encoding="utf-8")
    lines = re.findall(r"^\| (\d\d \| .*) \|$", text, re.MULTILINE)
    return [Left(*line.split(" | ")) for line in lines]


def bugs() -> list[Path]:
    """The folders of the corpus, by number; all have at least the flow before the fix and after it."""
    return sorted(p.parent for p in (ROOT / "corpus").glob("*/before.rc"))


def _of(folder: Path, name: str) -> tuple[Row, ...]:
    return rows().get(f"corpus/{folder.name}/{name}.rc", ())


def _outcome(found: tuple[Row, ...]) -> str:
    names = sorted({p for r in found for p in r.refuted})
    vacuous = sorted({p for r in found if r.verdict == Verdict.VACUOUS for p, v in r.properties if v == Verdict.VACUOUS})
    if names:
        return f"REFUTED: {', '.join(names)}"
    return f"VACUOUS: {', '.join(vacuous)}" if vacuous else Verdict.PROVED


def _bug_line(folder: Path) -> str:
    before, after, trap = _of(folder, "before"), _of(folder, "after"), _of(folder, "trap")
    said = header(folder / "before.rc")
    steps = min((s.steps for r in before for s in r.shown), default=0)
    number = folder.name.split("-")[0]
    first = _outcome(before) + (f" ({steps} steps)" if steps else "")
    last = (_outcome(trap), header(folder / "trap.rc")["trap"]) if trap else ("", "an exit of the flows themselves")
    title = said["bug"].rstrip(".")
    return _cells(f"[{number}](../corpus/{folder.name})", title, said["class"].split(",")[0], first, _outcome(after), *last)


CLASS_NAMES = {
    "A": "a reference is leaked", "B": "a borrow is used outside its section", "C": "something is put that is not held",
    "D": "a section is not left, or not entered", "E": "a borrow is turned into a reference, or lost, without a look",
    "F": "a cache", "G": "a slot that owns is overwritten", "H": "use after hand-over, or an unclear hand-over",
    "I": "an extra or a missing reference of a field", "J": "a loop", "K": "a flag or a callee decides who owns",
}  # fmt: skip


def corpus_table() -> str:
    """docs/corpus.md."""
    found = bugs()
    classes = [header(f / "before.rc")["class"].split(",")[0] for f in found]
    named = [f"{c}, {CLASS_NAMES[c]}" for c in sorted(set(classes))]
    part = {True: "in part", False: "no model"}
    numbers = {f.name.split("-")[0] for f in found}
    functions = sum(len(_of(f, n)) for f in found for n in ("before", "after", "trap"))
    out = ["# Real bugs", "", "Written by tools/tables.py; do not edit.", "",
           f"{len(found)} fixed lifecycle bugs of the Linux kernel, {functions} verdicts.  Each has a folder in",
           "[corpus/](../corpus): `before.rc` is the flow before the fix and is refuted, `after.rc` the flow after it and",
           "is proved.  `trap.rc` is what a naive checker gets wrong: a look-alike that must be proved, or half a fix that",
           "must still be refuted.  *Steps* counts the rows of the shortest trace.  The numbers are those of the collection",
           "from which the bugs were taken; commits and places are in the files.", "",
           "Classes:", "", *(f"- {n}" for n in named), "",
           _cells("number", "bug", "class", "before", "after", "trap", "what the trap is"), _cells(*["---"] * 7),
           *map(_bug_line, found), "",
           "## Left out", "",
           "What the models of these bugs do not show, and bugs of the collection without a model.  What would be needed",
           "stands in [limitations](limitations.md).", "",
           _cells("number", "bug", "what and why"), _cells("---", "---", "---"),
           *(_cells(x.number, x.title, f"{part[x.number in numbers]}: {x.reason}") for x in left_out())]  # fmt: skip
    return "\n".join(out) + "\n"


# ------------------------------------------------------------------------------------------------ docs/findings.md


def traces(key: str) -> str:
    """What `refcheck verify` prints of the findings of a function: `models/x.rc function [entry]`."""
    row = next((r for rs in rows().values() for r in rs if r.key == key), None)
    assert row is not None, f"docs/findings.md: nothing is verified as `{key}`"
    assert row.shown, f"docs/findings.md: `{key}` is not refuted"
    return "\n\n".join(s.text for s in row.shown)


def findings_page() -> str:
    """docs/findings.md with its traces made anew; the words around them are written by hand."""
    text = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
    return TRACE.sub(lambda m: f"<!-- trace {m['key']} -->\n```text\n{traces(m['key'])}\n```\n", text)


# ------------------------------------------------------------------------------------------------ files


def pages() -> Iterator[tuple[Path, str]]:
    """Each generated file with what it should hold, less what is not compared."""
    yield ROOT / "models" / "README.md", models_table()
    yield ROOT / "docs" / "corpus.md", corpus_table()
    yield ROOT / "docs" / "findings.md", findings_page()


def stale() -> list[str]:
    """The generated files that are not current."""
    return [str(path.relative_to(ROOT)) for path, text in pages() if _compared(path) != text]


def _compared(path: Path) -> str:
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    return text.split(f"\n{TIMES}\n")[0] if path.name == "README.md" else text


def _write(path: Path, text: str) -> None:
    """Beside the file first, then over it, so that no reader sees a part of it."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def main() -> int:
    """Write the tables, or compare them."""
    parser = argparse.ArgumentParser(description="Write the generated tables.")
    parser.add_argument("--check", action="store_true", help="write nothing; status 1 where a file is not current")
    check = parser.parse_args().check
    old = stale()
    if check:
        for name in old:
            print(f"{name} is not current: run tools/tables.py", file=sys.stderr)
        return 1 if old else 0
    for path, text in pages():
        if str(path.relative_to(ROOT)) in old:
            _write(path, text + (f"\n{_times()}" if path.name == "README.md" else ""))
            print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
