# SPDX-License-Identifier: GPL-2.0-only
"""`make soak`: generated programs by the thousand, on which everything that can look at them must agree.

Prover, oracle and certificate checker are asked about every program, the model of the updater and the interpreter of the
syntax tree about every N-th.

    python tools/soak.py --programs 50000 --first 1000000 --state soak.json [--worlds 500] [--every 4]

Programs are numbered by their seed.  The state file has what was tried so far and is written after every chunk, so that
a run that was stopped goes on where it was; a run with another `--first` needs another file.  The status is 0 when every
function was agreed on, 1 otherwise; the file then has the seeds, and each program that was disagreed on is printed once
in its shortest form.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]
CHUNK, RUNS = 50, 5


def disagreements_of(text: str, worlds: int) -> tuple[Counter, list[str]]:
    """Figures and disagreements of one program; everything that is raised is a disagreement."""
    from agreement import compare
    from generated import tasks
    from reduction import disagreements

    figures: Counter = Counter()
    found: list[str] = []
    try:
        for task in tasks(text):
            got = compare(task)
            figures["functions"] += 1
            figures["cut off"] += got.cut_off
            figures.update(f"{p} {v}" for p, v in got.verdicts.items())
            found += got.disagreements
            updater = disagreements(task.cfg, most=worlds) if worlds and not got.cut_off else None
            figures["functions with the updater"] += updater is not None
            found += updater or []
        found += interpreted(text, figures) if worlds else []
    except Exception as e:  # noqa: BLE001 (whatever it is, it is a finding)
        found.append(f"{type(e).__name__}: {e}"[:300])
    return figures, found


def interpreted(text: str, figures: Counter) -> list[str]:
    """Where runs of the syntax tree differ from walks through the graph, with answers by chance."""
    from generated import unit_of
    from interpreter.compare import compare as run_beside
    from interpreter.compare import functions
    from interpreter.follow import Disagreement

    found = []
    for decl, function, entry, cfg in functions(unit_of(text)):
        for seed in range(RUNS):
            figures["runs of the tree"] += 1
            try:
                run_beside(decl, function, entry, cfg, seed)
            except Disagreement as e:
                found.append(f"{cfg.function}: the interpreter of the tree: {e}")
    return found


def chunk(first: int, count: int, worlds: int, every: int) -> tuple[dict[str, int], dict[str, list[str]]]:
    """Figures of a range of seeds, and the disagreements by seed."""
    from generator import program

    figures: Counter = Counter()
    bad: dict[str, list[str]] = {}
    for seed in range(first, first + count):
        try:
            text = program(seed)
        except Exception as e:  # noqa: BLE001 (the other programs are tried all the same)
            bad[str(seed)] = [f"the generator: {type(e).__name__}: {e}"]
            continue
        more, found = disagreements_of(text, 0 if seed % every else worlds)
        figures += more
        if found:
            bad[str(seed)] = found
    return dict(figures), bad


def shrink(text: str, worlds: int) -> str:
    """The program without the lines that the disagreement does not need (delta debugging, doi 10.1109/32.988498)."""
    lines, size = text.split("\n"), 8
    while size:
        at, shorter = 0, False
        while at < len(lines):
            fewer = lines[:at] + lines[at + size :]
            found = disagreements_of("\n".join(fewer), worlds)[1]
            if found and not any(f.startswith("InputError") for f in found):
                lines, shorter = fewer, True
            else:
                at += size
        size = size if shorter else size // 2
    return "\n".join(lines)


def write(path: Path, state: dict) -> None:
    """The state beside its file, then in its place."""
    beside = path.with_name(path.name + ".new")
    beside.write_text(json.dumps(state, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    os.replace(beside, path)


def revision() -> str:
    """The commit that is tested, if it is known."""
    git = shutil.which("git")
    if git is None:
        return ""
    command = [git, "rev-parse", "--short", "HEAD"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)  # noqa: S603 (a fixed command)
    return done.stdout.strip()


def run(args: argparse.Namespace) -> dict:
    """Try the programs that are left; returns the state."""
    path = Path(args.state)
    state: dict = {"first": args.first, "tried": 0, "figures": {}, "disagreements": {}, "seconds": 0.0}
    state["revision"] = revision()
    if path.exists():
        state = json.loads(path.read_text(encoding="utf-8"))
        if state["first"] != args.first:
            sys.exit(f"{path} is of a run from seed {state['first']}, not {args.first}: name another file")
        if revision() not in state["revision"]:
            state["revision"] += f", {revision()} from {args.first + state['tried']}"
    starts = range(args.first + state["tried"], args.first + args.programs, CHUNK)
    began, before = time.monotonic(), state["seconds"]
    with ProcessPoolExecutor(args.processes) as pool:
        sizes = [min(CHUNK, args.first + args.programs - s) for s in starts]
        found = pool.map(chunk, starts, sizes, repeat(args.worlds), repeat(args.every))
        for n, (figures, bad) in zip(sizes, found, strict=True):
            state["figures"] = dict(Counter(state["figures"]) + Counter(figures))
            state["disagreements"] |= bad
            state["tried"] += n
            state["seconds"] = round(before + time.monotonic() - began, 1)
            write(path, state)
    return state


def main() -> int:
    """Run, and say what came of it."""
    parser = argparse.ArgumentParser(description="Do all checkers agree on generated programs?")
    parser.add_argument("--programs", type=int, default=2000, help="how many (default 2000)")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--state", default="soak.json", help="where the figures are kept (default soak.json)")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--worlds", type=int, default=500, help="bound for the model of the updater, 0 leaves it out")
    parser.add_argument("--every", type=int, default=1, help="ask the model of the updater about every N-th program only")
    args = parser.parse_args()
    state = run(args)
    figures = state["figures"]
    print(f"{state['tried']} programs from seed {state['first']} at revision {state['revision']}, {state['seconds']} s")
    for name in sorted(figures):
        print(f"{figures[name]:9} {name}")
    print(f"{len(state['disagreements'])} programs with disagreements")
    from generator import program

    for seed, found in sorted(state["disagreements"].items()):
        short = "" if found[0].startswith("the generator") else shrink(program(int(seed)), args.worlds)
        print(f"\nseed {seed}: {found[0]}\n{short}")
    return 1 if state["disagreements"] else 0


if __name__ == "__main__":
    sys.exit(main())
