# SPDX-License-Identifier: GPL-2.0-only
"""`make reading`: graphs of generated programs beside the interpreter of the syntax tree (tests/support/interpreter).

    python tools/reading.py --programs 6000 --first 10000 --runs 6

Programs are numbered by their seed, runs of a function by theirs.  Prints what was tried, what the runs broke, and
each function on which graph and tree differ, once; the status is 1 where there is one.
"""

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]


def main() -> int:
    """Try the programs; the status."""
    from generated import module
    from generator import program
    from interpreter.compare import compare, functions
    from interpreter.follow import Disagreement

    from refcheck.base.diagnostics import InputError
    from refcheck.unit.load import Unit

    parser = argparse.ArgumentParser(description="Graphs of generated programs beside an interpreter of the syntax tree.")
    parser.add_argument("--programs", type=int, default=1000)
    parser.add_argument("--first", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=6)
    args = parser.parse_args()
    total, differ, began = Counter[str](), 0, time.monotonic()
    for seed in range(args.first, args.first + args.programs):
        try:
            tree = module(program(seed), "generated.rc")
            found = list(functions(Unit(tree, (tree,), {})))
        except InputError:
            total["no program"] += 1
            continue
        total["programs"] += 1
        for decl, item, entry, cfg in found:
            total["functions"] += 1
            for run in range(args.runs):
                try:
                    how, broken = compare(decl, item, entry, cfg, run)
                    total.update(["runs", how, *broken])
                except Disagreement as e:
                    differ += 1
                    print(f"program {seed}, {item.sig.name} [{entry}], run {run}: {e}", flush=True)
                    break
    for name, count in total.most_common():
        print(f"{count:8d} {name}")
    print(f"{differ} disagreements, {time.monotonic() - began:.0f} s")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
