"""Start-up ratios, and many files with one and two processes: refcheck against what Python itself takes."""

import statistics
import sys
from pathlib import Path

from measure import Ran, load, run

ROOT = Path(__file__).resolve().parent.parent
TOOL = str(Path(sys.executable).with_name("refcheck"))


def measure(place: Path, times: int, quick: bool) -> dict:
    """Medians in seconds of commands that take turns, the ratios that follow, and the run of many files."""
    text = _help()
    no_store = ["--no-store"] if "--no-store" in text else []
    cold = [TOOL, "verify", "-q", *no_store]
    store = ["--store", str(place / "store")] if "--store" in text else []
    commands = {
        "python_pass": [sys.executable, "-c", "pass"],
        "import_z3_lark": [sys.executable, "-c", "import z3, lark"],
        "geneve_cold": [*cold, "models/geneve.rc"],
        "models_cold": [*cold, "models"],
        "geneve_cached": [TOOL, "verify", "-q", *store, "models/geneve.rc"],
        "models_cached": [TOOL, "verify", "-q", *store, "models"],
    }
    if not store:
        del commands["geneve_cached"], commands["models_cached"]
    runs: dict[str, list[Ran]] = {name: [] for name in commands}
    for name in ("geneve_cached", "models_cached"):
        if name in commands:
            run(commands[name], ROOT, 600)
    for _ in range(times):
        for name, command in commands.items():
            runs[name].append(run(command, ROOT, 600))
    seconds = {name: statistics.median(r.seconds for r in found) for name, found in runs.items()}
    return {
        "seconds": {k: round(v, 4) for k, v in seconds.items()},
        "cpu": {k: round(statistics.median(r.cpu for r in v), 4) for k, v in runs.items()},
        "megabytes": {k: round(max(r.megabytes for r in v), 1) for k, v in runs.items()},
        "ratios": _ratios(seconds),
        "load": load(),
        "jobs": _jobs(place, 60 if quick else 1000, no_store) if "--jobs" in text else None,
    }


def _help() -> str:
    import subprocess

    return subprocess.run([TOOL, "verify", "--help"], capture_output=True, text=True, check=False).stdout


def _ratios(seconds: dict[str, float]) -> dict[str, float]:
    base = seconds["import_z3_lark"]
    found = {"geneve cold / import z3, lark": seconds["geneve_cold"] / base, "models cold / import z3, lark":
             seconds["models_cold"] / base}  # fmt: skip
    for name in ("geneve_cached", "models_cached"):
        if name in seconds:
            key = f"({name.replace('_', ' ')} - 60 ms) / python -c pass"
            found[key] = (seconds[name] - 0.06) / seconds["python_pass"]
    return {k: round(v, 2) for k, v in found.items()}


def _jobs(place: Path, files: int, no_store: list[str]) -> dict:
    """Many generated files with one and with two processes, in turns."""
    from families import FAMILIES

    folder = place / "many"
    folder.mkdir()
    names = ("chain", "loop", "ladder")
    for i in range(files):
        text = FAMILIES[names[i % 3]].text(12 + i % 9, False)
        (folder / f"m{i:04}.rc").write_text(text + f"// file {i}\n")
    found: dict[int, list[Ran]] = {1: [], 2: []}
    for _ in range(1):
        for jobs in (1, 2):
            command = [TOOL, "verify", "-q", *no_store, "--jobs", str(jobs), str(folder)]
            found[jobs].append(run(command, ROOT, 900))
    one, two = (statistics.median(r.seconds for r in found[j]) for j in (1, 2))
    status = {r.status for v in found.values() for r in v}
    return {
        "files": files, "jobs_1": round(one, 3), "jobs_2": round(two, 3), "ratio": round(one / two, 2),
        "megabytes": round(max(r.megabytes for v in found.values() for r in v), 1), "status": sorted(status, key=str),
    }  # fmt: skip
