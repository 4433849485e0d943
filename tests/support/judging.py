# SPDX-License-Identifier: GPL-2.0-only
"""The compiled judge beside refcheck: models as C, built with AddressSanitizer, run over many tapes, and compared.

`Judge` builds, runs, and follows traces; `examined` says where verdicts and runs contradict each other.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from command import ROOT

from refcheck.export.run.program import RUNTIME, SOURCES, EntryCase, Written, written
from refcheck.export.run.script import script
from refcheck.result.record import Finding, Record, Run, from_data
from refcheck.unit.declare import declare
from refcheck.unit.load import Unit, load

GCC = shutil.which("gcc")
SANITIZE = ("-g", "-fsanitize=address")
BUDGET = 300
EXPECTED = ROOT / "tests" / "data" / "judge" / "expected.toml"
# A leak or a stale slot at the last name of an object, and a borrow that a statement stores, show later: at the exit; a
# second reference on memory that is freed, where it is given back.
LATER = {"last-name-lost", "stale-slot", "stored", "owned-slot-overwritten", "freed-beside"}


class Fault(NamedTuple):
    """What a run has hit: the property, the line, the stage that was needed, the bodies that were executed, the tape."""

    property: str
    line: int
    stage: str
    features: str
    tape: str
    through: tuple[str, ...]
    text: str


class Hits(NamedTuple):
    """All runs of one function in one entry context; `whole` where every tape was tried."""

    faults: tuple[Fault, ...]
    runs: int
    whole: bool


class Wanted(NamedTuple):
    """A trace to be followed: the function, the line of the finding, and the script of what was chosen."""

    program: int
    case: EntryCase
    line: int
    script: list[str]


class Followed(NamedTuple):
    """A trace on the judge: reproduced, elsewhere (the same path, a fault at another line), clean, or astray."""

    how: str
    property: str
    line: int
    tape: str
    text: str


class Judge:
    """The run-time support, built once into a folder; each `build` takes other programs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.objects = []
        for name in SOURCES:
            made = folder / name.replace(".c", ".o")
            self._gcc(*SANITIZE, "-O1", "-Wall", "-Wextra", "-Werror", "-c", str(RUNTIME / name), "-o", str(made))
            self.objects.append(str(made))

    def _gcc(self, *args: str) -> None:
        done = subprocess.run([str(GCC), *args], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[:4000]

    def build(self, units: list[Unit]) -> Written:
        """Programs of some units, ready to run."""
        made = written(units)
        text = self.folder / "programs.c"
        text.write_text(made.text, encoding="utf-8")
        made_object = str(self.folder / "programs.o")
        self._gcc("-w", "-O0", "-I", str(RUNTIME), "-c", str(text), "-o", made_object)
        self._gcc(*SANITIZE, "-o", str(self.folder / "judge"), made_object, *self.objects)
        return made

    def run(self, *args: str, timeout: float = 600) -> str:
        """What the judge prints."""
        options = {"ASAN_OPTIONS": "detect_leaks=0:quarantine_size_mb=8:handle_segv=0:handle_sigbus=0"}
        command = [str(self.folder / "judge"), *args]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=timeout, env={**os.environ, **options}
        )
        assert done.returncode == 0, done.stderr[:4000]
        return done.stdout

    def sweep(self, made: Written, budget: int = BUDGET, seed: int = 1) -> list[dict[EntryCase, Hits]]:
        """For each unit what was hit, by function and entry context."""
        found: list[dict[EntryCase, Hits]] = [{} for _ in made.cases]
        faults: list[Fault] = []
        for line in self.run("sweep", str(budget), str(seed)).splitlines():
            kind, program, case, *f = line.split("\t")
            if kind == "fault":
                through = () if f[5] == "-" else tuple(f[5].split(","))
                faults.append(Fault(f[0], int(f[1]), f[2], f[3], f[4], through, f[6]))
            else:
                found[int(program)][made.cases[int(program)][int(case)]] = Hits(tuple(faults), int(f[0]), f[4] == "whole")
                faults = []
        return found

    def follow(self, made: Written, wanted: list[Wanted], budget: int = 2000) -> list[Followed]:
        """What became of each trace."""
        if not wanted:
            return []
        lines: list[str] = []
        for w in wanted:
            lines += [f"follow {w.program} {made.cases[w.program].index(w.case)} {w.line}", *w.script]
        path = self.folder / "scripts"
        path.write_text("\n".join([*lines, ""]), encoding="utf-8")
        rows = [line.split("\t") for line in self.run("follow", str(path), str(budget)).splitlines()]
        return [Followed(r[3], r[4], int(r[5]), r[6], r[7]) for r in rows]


def verified(paths: list[Path], states: int = 3000) -> Run:
    """What refcheck says of some files, in a process of its own."""
    command = [sys.executable, "-m", "refcheck", "verify", "--format", "json", "--no-store", "--timeout", "0", "-j", "1"]
    done = subprocess.run(
        [*command, "--max-states", str(states), *map(str, paths)], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode in (0, 1, 2, 3), done.stderr[-2000:]
    return from_data(json.loads(done.stdout))


def refuted(r: Record) -> set[str]:
    """The properties that are refuted."""
    return {p.property for p in r.properties if p.verdict == "REFUTED"}


def sure(r: Record) -> bool:
    """Nothing is refuted, and nothing is unknown."""
    return not refuted(r) and all(p.verdict != "UNKNOWN" for p in r.properties)


class Disagreement(NamedTuple):
    """Where the two contradict each other.

    `hit`: a function is proved, with all bodies that were executed, and a run of it went wrong.  `missed`: it is refuted,
    and neither a sweep nor a trace meets a fault.  `trace`: a trace is not reproduced.  `what` says more.
    """

    file: str
    function: str
    kind: str
    what: dict[str, object]


def loaded(run: Run) -> list[tuple[Unit, list[Record]]]:
    """The units of a run that have verdicts, with their records."""
    records: dict[str, list[Record]] = {}
    for r in run.results:
        records.setdefault(r.model, []).append(r)
    broken = {e.place.file for e in run.errors}
    return [(load(ROOT / path), rs) for path, rs in records.items() if path not in broken]


class Examined(NamedTuple):
    """What came out of some files: figures, milliseconds among them, and disagreements."""

    figures: Counter[str]
    found: list[Disagreement]


def examined(judge: Judge, run: Run, budget: int = BUDGET) -> Examined:
    """Sweep every function that has a verdict, follow every trace, and compare."""
    units, clock = loaded(run), [time.monotonic()]
    made = judge.build([u for u, _ in units])
    clock.append(time.monotonic())
    swept = judge.sweep(made, budget)
    clock.append(time.monotonic())
    declared = [declare(u) for u, _ in units]
    wanted = [
        (r, f, Wanted(n, EntryCase(r.function, r.entry), f.place.line, script(declared[n], f)))
        for n, (_, records) in enumerate(units) for r in records for f in r.findings
    ]  # fmt: skip
    followed = list(zip(wanted, judge.follow(made, [w for _, _, w in wanted]), strict=True))
    clock.append(time.monotonic())
    figures: Counter[str] = Counter(files=len(units), rejected=len({e.place.file for e in run.errors}))
    for name, start, end in zip(("gcc", "sweep", "traces"), clock, clock[1:], strict=False):
        figures[f"ms of {name}"] = round(1000 * (end - start))
    met = {(r.model, r.name) for (r, _, _), got in followed if got.how in {"reproduced", "elsewhere"}}
    found: list[Disagreement] = []
    for (_, records), hits in zip(units, swept, strict=True):
        found += _verdicts(records, hits, met, figures)
    for (r, f, _), got in followed:
        found += _trace(r, f, got, figures)
    return Examined(figures, found)


def _verdicts(
    records: list[Record], hits: dict[EntryCase, Hits], met: set[tuple[str, str]], figures: Counter[str]
) -> list[Disagreement]:
    doubtful, found = {r.function for r in records if not sure(r)}, list[Disagreement]()
    for r in records:
        here = hits.get(EntryCase(r.function, r.entry))
        if here is None:
            continue
        figures.update(functions=1, runs=here.runs, refuted=bool(refuted(r)), hit=bool(here.faults), whole=here.whole)
        wrong = [f for f in here.faults if sure(r) and not doubtful & set(f.through)]
        file = shown(r.model)
        found += [Disagreement(file, r.name, "hit", wrong[0]._asdict())] if wrong else []
        if refuted(r) and not here.faults and (r.model, r.name) not in met:
            found.append(Disagreement(file, r.name, "missed", {"refuted": sorted(refuted(r))}))
    return found


def _trace(r: Record, f: Finding, got: Followed, figures: Counter[str]) -> list[Disagreement]:
    figures.update({"traces": 1, "traces reproduced": got.how == "reproduced"})
    if got.how == "reproduced":
        return []
    why = excuse(r, f, got)
    figures[f"traces: {why}"] += why is not None
    what = {"property": f.property, "reason": f.reason, "line": f.place.line, "got": got._asdict()}
    return [] if why else [Disagreement(shown(r.model), r.name, "trace", what)]


def excuse(record: Record, finding: Finding, got: Followed) -> str | None:
    """Why a trace need not be reproduced at its place; None where it has to be.

    Some mistakes show behind their place only; and what follows from one finding the judge sees in another way.
    """
    if got.how == "elsewhere" and finding.reason in LATER:
        return "shows later"
    if got.how == "elsewhere" and (got.property, got.line) in {(f.property, f.place.line) for f in record.findings}:
        return "follows from another finding"
    return None


class Expectation(NamedTuple):
    """Something that is known to disagree, and why."""

    file: str
    function: str
    kind: str
    reason: str


def expected() -> list[Expectation]:
    """The disagreements that are known, each a fault of refcheck that is still to be mended, or of the model."""
    listed = tomllib.loads(EXPECTED.read_text(encoding="utf-8")).get("disagreement", [])
    return [Expectation(e["file"], e["function"], e["kind"], e["reason"]) for e in listed]


def shown(path: str) -> str:
    """A path as the list of expectations names it."""
    return re.sub(f"^{re.escape(str(ROOT))}/", "", path)
