# SPDX-License-Identifier: GPL-2.0-only
"""`make judge`: does what runs agree with what is proved?

Generated programs by the thousand, and model files, go through refcheck and through the compiled judge (docs/run.md).  A
function that a run hits must be refuted, or a body that was executed on the way; each trace of a refuted function must be
reproducible.

    python tools/judge.py --programs 20000 [--first SEED] [--jobs N] [--budget RUNS] [--batch N] [--state FILE]
    python tools/judge.py --files tests/litmus models corpus

The state file has what was tried so far, so that a run that was stopped goes on.  The status is 1 where something
disagrees that tests/data/judge/expected.toml does not list.
"""

import argparse
import atexit
import json
import os
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

if TYPE_CHECKING:
    from judging import Judge


@cache
def the_judge() -> "Judge":
    """The judge of this process."""
    from judging import Judge

    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    return Judge(Path(folder.name))


def batch(paths: list[Path], budget: int, states: int) -> tuple[Counter, list[dict]]:
    """Figures and disagreements of some files."""
    from judging import examined, verified

    start = time.monotonic()
    run = verified(paths, states)
    spent = round(1000 * (time.monotonic() - start))
    got = examined(the_judge(), run, budget)
    return got.figures + Counter({"ms of refcheck": spent}), [d._asdict() for d in got.found]


def generated(first: int, count: int, budget: int) -> tuple[int, Counter, list[dict]]:
    """A batch of generated programs; what disagrees comes with its seed."""
    from generator import program

    os.nice(10)
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"seed{seed}.rc" for seed in range(first, first + count)]
        for path, seed in zip(paths, range(first, first + count), strict=True):
            path.write_text(program(seed), encoding="utf-8")
        figures, found = batch(paths, budget, 3000)
    return first, figures, [{**d, "file": Path(d["file"]).stem.replace("seed", "seed ")} for d in found]


def soak(args: argparse.Namespace) -> tuple[Counter, list[dict]]:
    """Batches until the count is reached."""
    state = {"next": args.first, "figures": {}, "disagreements": []}
    if args.state and args.state.exists():
        state = json.loads(args.state.read_text(encoding="utf-8"))
    figures, start = Counter(state["figures"]), time.monotonic()
    end = args.first + args.programs
    firsts = range(state["next"], end, args.batch)
    counts = [min(args.batch, end - f) for f in firsts]
    with ProcessPoolExecutor(args.jobs) as pool:
        for first, got, found in pool.map(generated, firsts, counts, repeat(args.budget)):
            figures.update(got)
            state["disagreements"] += found
            state.update(next=min(first + args.batch, end), figures=dict(figures))
            for d in found:
                print(json.dumps(d), flush=True)
            if args.state:
                args.state.write_text(json.dumps(state, indent=1), encoding="utf-8")
            done = state["next"] - firsts.start
            print(f"{state['next']}: {done / (time.monotonic() - start):.1f} programs/s", file=sys.stderr, flush=True)
    return figures, state["disagreements"]


def files(args: argparse.Namespace) -> tuple[Counter, list[dict]]:
    """Model files; what is expected to disagree is counted, and left out."""
    from judging import expected

    from refcheck.base.files import model_files

    figures, found = batch([p.resolve() for p in model_files(args.files)], args.budget, 20_000)
    known = {(e.file, e.function, e.kind) for e in expected()}
    news = [d for d in found if (d["file"], d["function"], d["kind"]) not in known]
    figures["expected disagreements"] = len(found) - len(news)
    for d in news:
        print(json.dumps(d))
    return figures, news


def main() -> int:
    """Run, print figures, and say whether all agree."""
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--programs", type=int, default=1000)
    p.add_argument("--first", type=int, default=0)
    p.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    p.add_argument("--budget", type=int, default=300)
    p.add_argument("--batch", type=int, default=50)
    p.add_argument("--state", type=Path)
    p.add_argument("--files", type=Path, nargs="*", default=[], help="models to judge, instead of generated programs")
    args = p.parse_args()
    figures, found = files(args) if args.files else soak(args)
    print(json.dumps(figures, indent=1))
    kinds = Counter(d["kind"] for d in found)
    print("disagreements:", dict(kinds) or 0)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
