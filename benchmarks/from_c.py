# SPDX-License-Identifier: GPL-2.0-only
"""refcheck on C beside what is used on C: gcc -fanalyzer, sparse and spatch, on corpus/c and on files of a kernel tree.

    python benchmarks/from_c.py [--output FILE] [--times N] [--tree DIR FILE...]

None of the three proves anything, and each is asked for what it looks for: gcc for its own paths through C (once more told
by pairs.h who gives and who takes references, as no tree tells it), sparse for sections that are not left (the header tree
says where they begin and end, as the kernel's does), spatch for a way from a look-up to a return (leak.cocci).  A file
counts where the tool says anything of the kind about it.  On a kernel tree gcc and sparse need a configuration and
generated headers, which a tree that was only unpacked does not have: they are left out.
"""

import argparse
import json
import re
import shutil
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from measure import Ran, run

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT / "corpus" / "c"
LIMIT = 600.0
SAYS = {
    "gcc": re.compile(r"^(\S+\.c):\d+:\d+: warning: .*\[-Wanalyzer-", re.MULTILINE),
    "sparse": re.compile(r"^(\S+\.c):\d+:\d+: warning: (?!symbol '\w+' was not declared)", re.MULTILINE),
    "spatch": re.compile(r"^(\S+\.c):\d+: ", re.MULTILINE),
}


class Tool(NamedTuple):
    """A tool: what it is called with for files of a folder, and which of them it says something about."""

    name: str
    command: Callable[[list[str]], list[str]]
    says: Callable[[str], set[str]]


class Measured(NamedTuple):
    """One tool on all files: the medians of its runs, and the files that it says something about."""

    tool: str
    ran: Ran
    said: set[str]


def refcheck(output: str) -> set[str]:
    """The files with a finding, or one that is not certain."""
    try:
        results = json.loads(output)["results"]
    except ValueError:
        return set()
    return {str(Path(r["model"])) for r in results if r["findings"]}


def matching(tool: str) -> Callable[[str], set[str]]:
    """The files that the output of a peer names."""
    return lambda output: {m[1] for m in SAYS[tool].finditer(output)}


def tools(tree: str, *, configured: bool) -> list[Tool]:
    """What is installed and can be run on a tree."""
    mine, include = str(Path(sys.executable).with_name("refcheck")), ["-nostdinc", "-I", "include"]
    found = [
        Tool("refcheck", lambda files: [mine, "verify", "--no-store", "--tree", tree, "--format", "json", *files], refcheck)
    ]
    gcc = ["gcc", "-std=gnu11", "-O1", "-fanalyzer", "-S", "-o", "/dev/null"]
    peers = {
        "gcc": [*gcc, *include],
        "gcc, told": [*gcc, "-include", str(ROOT / "benchmarks" / "pairs.h"), *include],
        "sparse": ["sparse", *include],
        "spatch": ["spatch", "--very-quiet", "--no-includes", "--sp-file", str(ROOT / "benchmarks" / "leak.cocci")],
    }
    for name, command in peers.items():
        if shutil.which(command[0]) and (configured or name == "spatch"):
            found.append(Tool(name, lambda files, c=command: [*c, *files], matching(command[0])))
    return found


def measured(tool: Tool, folder: Path, files: list[str], times: int) -> Measured:
    """All files in one process (gcc and sparse take one file at a time: the sum), the median of several runs."""
    parts = [[f] for f in files] if tool.name not in ("refcheck", "spatch") else [files]
    runs = []
    for _ in range(times):
        each = [run(tool.command(part), folder, LIMIT) for part in parts]
        text = "".join(r.output for r in each)
        runs.append(Ran(sum(r.seconds for r in each), sum(r.cpu for r in each), max(r.megabytes for r in each), 0, text))
    seconds, cpu = (statistics.median(r[i] for r in runs) for i in (0, 1))
    return Measured(tool.name, Ran(seconds, cpu, max(r.megabytes for r in runs), 0, ""), tool.says(runs[0].output))


def corpus(times: int) -> list[str]:
    """The table of the corpus: how many bugs each tool sees, and how often it still does where they are mended."""
    files = sorted(str(p.relative_to(CORPUS)) for p in CORPUS.glob("*/*.c"))
    pairs = sorted({f.split("/")[0] for f in files})
    lines = [f"{len(pairs)} pairs of corpus/c, all {len(files)} files:", ""]
    lines += ["| tool | bugs seen | also where it is mended | seen before only | seconds | CPU | MB |", "| --- " * 7 + "|"]
    for m in [measured(t, CORPUS, files, times) for t in tools(".", configured=True)]:
        before, after = ({f.split("/")[0] for f in m.said if f.endswith(f"/{v}.c")} for v in ("before", "after"))
        counts = f"{len(before)} of {len(pairs)} | {len(after)} | {len(before - after)}"
        lines.append(f"| {m.tool} | {counts} | {m.ran.seconds:.2f} | {m.ran.cpu:.2f} | {m.ran.megabytes:.0f} |")
    return [*lines, ""]


def kernel(tree: Path, files: list[str], times: int) -> list[str]:
    """The table of files of a kernel tree."""
    lines = [f"{len(files)} files of {tree.name}:", "", "| tool | files with something said | seconds | CPU | MB |"]
    lines.append("| --- " * 5 + "|")
    every = [measured(t, tree, files, times) for t in tools(".", configured=False)]
    lines += [f"| {m.tool} | {len(m.said)} | {m.ran.seconds:.2f} | {m.ran.cpu:.2f} | {m.ran.megabytes:.0f} |" for m in every]
    return [*lines, ""]


def main() -> int:
    """Measure and write."""
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--output", type=Path, help="where the page is written, else it is printed")
    p.add_argument("--times", type=int, default=3)
    p.add_argument("--tree", type=Path)
    p.add_argument("files", nargs="*", help="files of the tree")
    args = p.parse_args()
    lines = [
        "# From C",
        "",
        "Written by `benchmarks/from_c.py`; [README](../README.md) says what is measured.",
        "",
        *corpus(args.times),
    ]
    if args.tree:
        lines += kernel(args.tree.resolve(), args.files, args.times)
    text = "\n".join(lines)
    if args.output:
        args.output.write_text(text, encoding="utf-8")
    else:
        print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
