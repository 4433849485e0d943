# SPDX-License-Identifier: GPL-2.0-only
"""Times refcheck, CBMC and SPIN on the same programs in one run, checks that they agree, and writes tables and plots.

    python benchmarks/run.py [--quick] [--output DIR] [--only PART...] [--families NAME...] [--merge]

Whole processes, medians of several; the tools take turns, so that a busy machine hurts all alike.  Ends with 1 where
verdicts differ.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import figures
import startup
from families import FAMILIES, Family
from measure import load

import tools

QUICK = {
    "chain": (20, 100), "diamonds": (20, 100), "loop": (4, 20), "calls": (20, 50), "flags": (10, 20), "objects": (20, 50),
    "depth": (10, 20), "ladder": (20, 100),
}  # fmt: skip
STEPS = (20, 100, 500, 1333, 3334)  # 3 locations for each, to 10,000
FULL = {
    "chain": (20, 100, 500, 1250), "diamonds": STEPS, "loop": (4, 20, 143, 500, 1429), "calls": (20, 91, 200, 500, 909),
    "flags": (10, 20, 50, 100, 200), "objects": (10, 20, 100, 200, 500), "depth": (20, 50, 100, 200), "ladder": STEPS,
}  # fmt: skip
PEERS_UP_TO = 500  # and at the largest size of a family
PARTS = ("start", "many", "families")


def main() -> int:
    """Measure, write, and say where the tools disagree."""
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--quick", action="store_true", help="small sizes, once each")
    p.add_argument("--output", type=Path, default=Path(__file__).parent / "results")
    p.add_argument("--limit", type=float, default=20.0, help="seconds for one tool on one program")
    p.add_argument("--budget", type=float, default=1400.0, help="seconds after which no larger size is begun")
    p.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="what to measure")
    p.add_argument("--families", nargs="+", choices=list(FAMILIES), default=list(FAMILIES))
    p.add_argument("--merge", action="store_true", help="keep what the results in --output have of other parts and families")
    args = p.parse_args()
    peers = tools.find()
    found = json.loads((args.output / "results.json").read_text()) if args.merge else {"rows": []}
    found["about"] = {
        "versions": tools.versions(peers), "cores": os.cpu_count(), "machine": platform.machine(),
        "loop_rounds_of_cbmc": tools.ROUNDS, "limit_seconds": args.limit, "quick": args.quick,
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        if "start" in args.only:
            found["start"] = stamp() | startup.start(place, 1 if args.quick else 15)
        if "many" in args.only:
            found["many"] = stamp() | startup.many(place, 60 if args.quick else 1000, 1 if args.quick else 3)
        if "families" in args.only:
            rows: list[dict] = []
            measure(args, peers, args.limit, place, rows)
            kept = [r for r in found["rows"] if r["family"] not in args.families]
            found["rows"] = sorted(kept + rows, key=lambda r: list(FAMILIES).index(r["family"]))
    write(args.output, found)
    disagreements = [r for r in found["rows"] if not r["agrees"]]
    for r in disagreements:
        print("DISAGREEMENT", r["family"], r["n"], r["variant"], {t: r[t]["verdict"] for t in figures.TOOLS if t in r})
    return int(bool(disagreements))


def stamp() -> dict:
    """When a part was measured, and at which commit."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=7"]
    done = subprocess.run(command, cwd=startup.ROOT, capture_output=True, text=True, check=False)
    return {"when": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"), "commit": done.stdout.strip() or "unknown"}


def measure(args: argparse.Namespace, peers: tools.Peers, limit: float, place: Path, rows: list[dict]) -> None:
    """All families from small to large sizes; a tool that hit its limit is not asked about larger sizes of that family."""
    began, tired = time.monotonic(), set[tuple[str, str, str]]()
    sizes = QUICK if args.quick else FULL
    longest = max(len(s) for s in sizes.values())
    for step in range(longest):
        for name in args.families:
            if step < len(sizes[name]) and time.monotonic() - began < args.budget:
                for bug in (False, True):
                    times = 1 if args.quick else 3
                    row = one(FAMILIES[name], sizes[name][step], bug, Place(peers, limit, place, tired, times))
                    rows.append(row)
                    print(figures.line(row), flush=True)


class Place(NamedTuple):
    """How programs are measured; `tired` are the tools that hit the limit in a family."""

    peers: tools.Peers
    limit: float
    folder: Path
    tired: set[tuple[str, str, str]]
    times: int

    def with_peers(self, family: str, n: int) -> bool:
        """The peers take part up to a size, and at the largest."""
        return n <= PEERS_UP_TO or n == FULL[family][-1]


def one(f: Family, n: int, bug: bool, how: Place) -> dict:
    """One program through all tools, which take turns."""
    peers, limit, place, tired = how.peers, how.limit, how.folder, how.tired
    variant = "bug" if bug else "safe"
    model = place / f"{f.name}_{n}_{variant}.rc"
    model.write_text(f.text(n, bug))
    row: dict = {"family": f.name, "n": n, "variant": variant, **stamp(), "load": round(load(), 2), "agrees": True}
    asked = {"refcheck": lambda: tools.refcheck(model, f.function, limit)}
    c, promela = place / "program.c", place / "program.pml"
    for old in (c, promela):
        old.unlink(missing_ok=True)
    peers_too = how.with_peers(f.name, n) and any((f.name, variant, t) not in tired for t in ("cbmc", "spin"))
    exported = tools.export(model, f.function, place, peers_too)
    row |= exported
    if c.exists():
        asked["cbmc"] = lambda: tools.cbmc(peers, c, f.loops, limit)
    if promela.exists():
        asked["spin"] = lambda: tools.spin(peers, promela, limit)
    asked = {
        t: ask for t, ask in asked.items() if (f.name, variant, t) not in tired and (t == "refcheck" or getattr(peers, t))
    }
    found: dict[str, list[tools.Measured]] = {t: [] for t in asked}
    for _ in range(how.times):
        for tool, ask in asked.items():
            if not found[tool] or (found[tool][-1].verdict != tools.LIMIT and found[tool][-1].seconds < limit / 3):
                found[tool].append(ask())
    for tool, runs in found.items():
        row[tool] = summary(runs)
        if row[tool]["verdict"] == tools.LIMIT:
            tired.add((f.name, variant, tool))
    said = {row[t]["verdict"] for t in asked} - {tools.LIMIT, tools.UNKNOWN, tools.FAULT}
    row["agrees"] = said <= {tools.FAILS if bug else tools.HOLDS}
    return row


def summary(runs: list[tools.Measured]) -> dict:
    """Medians of several runs of one tool, and its phases."""
    phases = {p: round(statistics.median(r.phases[p].seconds for r in runs if p in r.phases), 4) for p in runs[0].phases}
    out = {
        "verdict": runs[0].verdict if len({r.verdict for r in runs}) == 1 else tools.FAULT,
        "seconds": round(statistics.median(r.seconds for r in runs), 4),
        "cpu": round(statistics.median(r.cpu for r in runs), 4),
        "others": round(statistics.median(max(x.others for x in r.phases.values()) for r in runs), 3),
        "least": round(min(r.seconds for r in runs), 4),
        "most": round(max(r.seconds for r in runs), 4),
        "megabytes": round(max(r.megabytes for r in runs), 1),
        "phases": phases,
        "runs": len(runs),
    }
    return {**out, "said": runs[0].said} if out["verdict"] == tools.FAULT else out


def write(output: Path, found: dict) -> None:
    """JSON, CSV, Markdown and plots."""
    output.mkdir(parents=True, exist_ok=True)
    (output / "results.json").write_text(json.dumps(found, indent=1) + "\n")
    (output / "results.csv").write_text(figures.csv_text(found["rows"]))
    (output / "results.md").write_text(figures.markdown(found))
    figures.plots(found["rows"], output)


if __name__ == "__main__":
    sys.exit(main())
