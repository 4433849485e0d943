# SPDX-License-Identifier: GPL-2.0-only
"""What is said of a kernel tree by subsystem, and how long a file takes for its size, as one picture.

    python benchmarks/whole.py [--tree DIR] [--count N] [--seed S]

With a tree, N files below net/ and drivers/net are drawn and verified in one process, and the seconds of CPU of each are
kept in docs/kernel-whole.json beside what `tools/kernel.py --whole` counted.  Either way docs/kernel-whole.svg is drawn.
"""

import argparse
import json
import random
import sys
import time
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1] / "docs"
DATA, PICTURE = DOCS / "kernel-whole.json", DOCS / "kernel-whole.svg"
COLOURS = {
    "PROVED": "tab:green", "SUSPECT": "gold", "REFUTED": "tab:red", "VACUOUS": "tab:purple", "UNKNOWN": "black",
    "not read": "lightgrey",
}  # fmt: skip


def timed(tree: Path, count: int, seed: int) -> list[list[object]]:
    """Path, characters and seconds of CPU of files that are drawn at random; what they share is read before."""
    from refcheck.run.one_file import Options
    from refcheck.run.proof import verified
    from refcheck.run.shared import Shared

    files = sorted(p for folder in ("net", "drivers/net") for p in (tree / folder).rglob("*.c"))
    drawn = random.Random(seed).sample(files, count)
    options, shared, found = Options(tree=tree), Shared(), []
    verified(drawn[0], options, None, shared)
    for path in sorted(drawn):
        began = time.process_time()
        verified(path, options, None, shared)
        found.append([str(path.relative_to(tree)), path.stat().st_size, round(time.process_time() - began, 3)])
    return found


def draw(data: dict, output: Path) -> None:
    """The picture: verdicts by folder in parts of all, and seconds over characters, both axes logarithmic."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.fonttype"] = "none"
    mpl.rcParams["svg.hashsalt"] = "refcheck"
    from matplotlib import pyplot as plt

    folders = [(n, c) for n, c in data["folders"].items() if sum(c.values()) >= data["least"]]
    size = (13, 2 + len(folders) * 0.16)
    figure, (left, right) = plt.subplots(1, 2, figsize=size, constrained_layout=True, width_ratios=(3, 2))
    begin = [0.0] * len(folders)
    names = [n for n, _ in folders]
    for verdict, colour in COLOURS.items():
        parts = [100 * c.get(verdict, 0) / sum(c.values()) for _, c in folders]
        left.barh(names, parts, left=begin, color=colour, label=verdict)
        begin = [a + b for a, b in zip(begin, parts, strict=True)]
    left.set_xlim(50, 100)
    left.invert_yaxis()
    left.tick_params(axis="y", labelsize=7)
    left.set_xlabel("% of the verdicts of a folder")
    left.legend(loc="lower left", fontsize=8)
    right.loglog([t[1] for t in data["times"]], [max(t[2], 0.001) for t in data["times"]], ".", ms=4)
    right.set_xlabel("characters of a file")
    right.set_ylabel("seconds of CPU")
    right.grid(visible=True, which="major", alpha=0.3)
    figure.savefig(output, metadata={"Date": None})
    plt.close(figure)


def main() -> int:
    """Measure where a tree is given, and draw."""
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--tree", type=Path)
    p.add_argument("--count", type=int, default=200)
    p.add_argument("--seed", type=int, default=15)
    args = p.parse_args()
    data = json.loads(DATA.read_text(encoding="utf-8"))
    if args.tree:
        data["times"] = timed(args.tree.resolve(), args.count, args.seed)
        DATA.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    draw(data, PICTURE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
