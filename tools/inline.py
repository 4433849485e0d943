# SPDX-License-Identifier: GPL-2.0-only
"""`make inline`: is what is proved apart proved together, with bodies in place of their contracts?

Generated callers of generated contracts:

    python tools/inline.py --callers 100000 [--first 0] [--processes 2]

or every call of a function with a contract and a body in models that exist:

    python tools/inline.py models corpus docs

Each seed gives one contract with a body, and ten callers.  The status is 0 where nothing was found, 1 otherwise; what was
found is printed in its shortest form.
"""

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]
EACH, CHUNK = 10, 20


def asked(text: str) -> tuple[Counter, list[str]]:
    """The answers for a model by what became of them, and those that were found; whatever is raised is a find."""
    from generated import unit_of
    from inlining import joined

    from refcheck.base.diagnostics import InputError

    figures: Counter = Counter()
    found: list[str] = []
    try:
        for answer in joined(unit_of(text)):
            figures[answer.what] += 1
            if answer.what == "found":
                found.append(f"{answer.caller} with {answer.callee} in place: {', '.join(answer.broken)}")
    except InputError as e:
        figures["no model"] += 1
        figures[f"no model: {e.diagnostics[0].message}"] += 1
    except Exception as e:  # noqa: BLE001 (whatever it is, it is a find)
        found.append(f"{type(e).__name__}: {e}"[:300])
    return figures, found


def chunk(first: int, count: int, callers: int) -> tuple[Counter, Counter, dict[int, list[str]]]:
    """What became of the callers of some seeds, what contracts with proved callers show, and what was found."""
    from inlining import pairs

    figures: Counter = Counter()
    features: Counter = Counter()
    bad: dict[int, list[str]] = {}
    for seed in range(first, first + count):
        drawn, text = pairs(seed, callers)
        more, found = asked(text)
        figures += more
        features.update(drawn.features() if more["together"] else ())
        if found:
            bad[seed] = found
    return figures, features, bad


def shrink(text: str) -> str:
    """The model without the lines that the find does not need (delta debugging, doi 10.1109/32.988498)."""
    lines, size = text.split("\n"), 16
    while size:
        at, shorter = 0, False
        while at < len(lines):
            fewer = lines[:at] + lines[at + size :]
            if any(" in place: " in f for f in asked("\n".join(fewer))[1]):
                lines, shorter = fewer, True
            else:
                at += size
        size = size if shorter else size // 2
    return "\n".join(lines)


def generated(args: argparse.Namespace) -> int:
    """Ask about generated callers, and say what came of it."""
    from inlining import pairs

    seeds = max(1, args.callers // EACH)
    starts = range(args.first, args.first + seeds, CHUNK)
    sizes = [min(CHUNK, args.first + seeds - s) for s in starts]
    figures: Counter = Counter()
    features: Counter = Counter()
    bad: dict[int, list[str]] = {}
    began = time.monotonic()
    with ProcessPoolExecutor(args.processes) as pool:
        for more, shown, found in pool.map(chunk, starts, sizes, repeat(EACH)):
            figures += more
            features += shown
            bad |= found
    seconds = time.monotonic() - began
    print(f"{seeds * EACH} callers of {seeds} contracts, seeds {args.first} to {args.first + seeds - 1}, {seconds:.0f} s")
    _print(figures)
    print("contracts with a caller that is proved with the body in place, by what they show:")
    _print(features)
    for seed, found in sorted(bad.items()):
        print(f"\nseed {seed}: {'; '.join(found)}")
        if seed in sorted(bad)[: args.shown]:
            print(shrink(pairs(seed, EACH)[1]))
    print(f"{len(bad)} seeds with a find")
    return 1 if bad else 0


def _print(figures: Counter) -> None:
    for name, count in sorted(figures.items(), key=lambda f: (-f[1], f[0])):
        print(f"{count:9,} {name}")


def files(names: list[str]) -> Iterator[Path]:
    """Model files, those below folders, and the examples of Markdown pages as files of their own."""
    from examples import BLOCKS

    from refcheck.base.files import model_files

    for name in names:
        if name != "docs":
            yield from model_files([ROOT / name])
            continue
        with tempfile.TemporaryDirectory() as folder:
            for i, block in enumerate(b for b in BLOCKS if b.what != "error"):
                path = Path(folder) / f"example{i}.rc"
                path.write_text(block.text, encoding="utf-8")
                yield path


def existing(names: list[str]) -> int:
    """Ask about every call in models that exist."""
    from inlining import joined

    from refcheck.unit.load import load

    figures: Counter = Counter()
    bad = 0
    for path in files(names):
        for answer in joined(load(path)):
            figures[answer.what] += 1
            if answer.what in ("found", "refused"):
                bad += answer.what == "found"
                print(f"{path}: {answer.caller} with {answer.callee} in place: {answer.what}: {', '.join(answer.broken)}")
    _print(figures)
    return 1 if bad else 0


def main() -> int:
    """Ask about what is named, or about generated callers."""
    parser = argparse.ArgumentParser(description="Is what is proved apart proved together?")
    parser.add_argument("models", nargs="*", help="files and folders (`docs` are the examples); none for generated callers")
    parser.add_argument("--callers", type=int, default=2000, help="how many (default 2000)")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--shown", type=int, default=3, help="how many finds are shortened and shown (default 3)")
    args = parser.parse_args()
    return existing(args.models) if args.models else generated(args)


if __name__ == "__main__":
    sys.exit(main())
