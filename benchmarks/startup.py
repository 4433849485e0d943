# SPDX-License-Identifier: GPL-2.0-only
"""Start-up ratios, and many files with one and two processes: refcheck against what Python itself takes."""

import statistics
import sys
from pathlib import Path

from families import FAMILIES
from measure import Ran, load, run

ROOT = Path(__file__).resolve().parent.parent
TOOL = str(Path(sys.executable).with_name("refcheck"))
MANY = ("diamonds", "loop", "ladder")


def start(place: Path, times: int) -> dict:
    """Medians in seconds of commands that take turns, and the ratios that follow, by wall clock and by CPU."""
    cold = [TOOL, "verify", "-q", "--no-store"]
    cached = [TOOL, "verify", "-q", "--store", str(place / "store")]
    commands = {
        "python_pass": [sys.executable, "-c", "pass"],
        "import_z3_lark": [sys.executable, "-c", "import z3, lark"],
        "geneve_cold": [*cold, "models/geneve.rc"],
        "models_cold": [*cold, "models"],
        "geneve_cached": [*cached, "models/geneve.rc"],
        "models_cached": [*cached, "models"],
    }
    for command in commands.values():  # writes byte code, and fills the store
        run(command, ROOT, 600)
    runs: dict[str, list[Ran]] = {name: [] for name in commands}
    for _ in range(times):
        for name, command in commands.items():
            runs[name].append(run(command, ROOT, 600))
    seconds = {k: statistics.median(r.seconds for r in v) for k, v in runs.items()}
    cpu = {k: statistics.median(r.cpu for r in v) for k, v in runs.items()}
    by_clock, by_cpu = _ratios(seconds), _ratios(cpu)
    return {
        "seconds": {k: round(v, 4) for k, v in seconds.items()},
        "cpu": {k: round(v, 4) for k, v in cpu.items()},
        "megabytes": {k: round(max(r.megabytes for r in v), 1) for k, v in runs.items()},
        "ratios": {k: [by_clock[k], by_cpu[k]] for k in by_clock},
        "others": _others([r for v in runs.values() for r in v]),
        "load": round(load(), 2),
    }


def _ratios(seconds: dict[str, float]) -> dict[str, float]:
    base, nothing = seconds["import_z3_lark"], seconds["python_pass"]
    found = {
        "geneve cold / import z3, lark": seconds["geneve_cold"] / base,
        "models cold / import z3, lark": seconds["models_cold"] / base,
        "(geneve cached - 60 ms) / python -c pass": (seconds["geneve_cached"] - 0.06) / nothing,
        "(models cached - 60 ms) / python -c pass": (seconds["models_cached"] - 0.06) / nothing,
    }
    return {k: round(v, 2) for k, v in found.items()}


def _others(runs: list[Ran]) -> float:
    """The part of all cores that other processes used meanwhile."""
    return round(sum(r.others * r.seconds for r in runs) / sum(r.seconds for r in runs), 3)


def many(place: Path, files: int, times: int) -> dict:
    """Many generated files with one and with two processes, in turns; and a tenth of them, to see that memory is flat."""
    folder, tenth = place / "many", place / "tenth"
    for where, count in ((folder, files), (tenth, files // 10)):
        where.mkdir()
        for i in range(count):
            text = FAMILIES[MANY[i % 3]].text(12 + i % 9, False)
            (where / f"m{i:04}.rc").write_text(text + f"// file {i}\n")
    found: dict[int, list[Ran]] = {1: [], 2: []}
    for turn in range(times):
        for jobs in (1, 2) if turn % 2 == 0 else (2, 1):
            found[jobs].append(_verify(folder, jobs))
    small = [_verify(tenth, jobs) for jobs in (1, 2)]
    one, two = (statistics.median(r.seconds for r in found[j]) for j in (1, 2))
    runs = [r for v in found.values() for r in v]
    return {
        "files": files, "jobs_1": round(one, 3), "jobs_2": round(two, 3), "ratio": round(one / two, 2),
        "ratios": [round(a.seconds / b.seconds, 2) for a, b in zip(*found.values(), strict=True)],
        "cpu": [round(statistics.median(r.cpu for r in found[j]), 3) for j in (1, 2)],
        "megabytes": round(max(r.megabytes for r in runs), 1),
        "megabytes_of_a_tenth": round(max(r.megabytes for r in small), 1),
        "others": _others(runs), "load": round(load(), 2), "status": sorted({r.status for r in runs}, key=str),
    }  # fmt: skip


def _verify(folder: Path, jobs: int) -> Ran:
    return run([TOOL, "verify", "-q", "--no-store", "--jobs", str(jobs), str(folder)], ROOT, 900)
