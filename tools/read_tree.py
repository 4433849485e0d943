# SPDX-License-Identifier: GPL-2.0-only
"""How much C of a kernel tree refcheck reads: functions, functions with lifecycle calls, and what of them is Broken.

    tools/read_tree.py DIR [--under net --under drivers/net] [--list]

Prints one line of figures, and with --list each place that was not understood in a function with lifecycle calls.
"""

import argparse
import re
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from refcheck.base.diagnostics import InputError
from refcheck.base.source import SourceFile
from refcheck.c import tree
from refcheck.c.census import calls_in_text
from refcheck.c.mask import read_c
from refcheck.c.parse import parse

LIFECYCLE = re.compile(
    r"\b(?:dst_release|dst_hold|dst_clone|skb_dst_\w+|ip_rt_put|ip6_rt_put|kfree_skb\w*|consume_skb|dev_kfree_skb\w*|skb_get"
    r"|skb_clone|neigh_release|dev_put|dev_hold|sock_put|sock_hold|netdev_put|netdev_hold|rt6_\w+|ip_route_output\w*"
    r"|dst_cache_\w+|fib6_info_(?:hold|release)\w*|in6_dev_put|in_dev_put|fib_info_put)\s*\("
)


def broken(node: object) -> Iterator[tree.Broken]:
    """Every Broken in a tree."""
    todo = [node]
    while todo:
        at = todo.pop()
        if isinstance(at, tree.Broken):
            yield at
        elif isinstance(at, tuple):
            todo += at


def called(node: object) -> Iterator[str]:
    """Every name that a tree calls, also in what is broken."""
    todo = [node]
    while todo:
        match at := todo.pop():
            case tree.Broken(calls, _):
                yield from calls
            case tree.CallExpr(tree.Id(name), args, _):
                yield name
                todo += args
            case tree.CallExpr(tree.Member(base, field), args, _):
                yield field
                todo += [base, *args]
            case tree.MacroLoop(macro, args, body, _):
                yield macro
                todo += [*args, body]
            case tuple():
                todo += at


class Figures:
    """What was counted."""

    def __init__(self) -> None:
        self.files = self.chars = self.functions = self.lifecycle = self.broken = self.broken_lifecycle = 0
        self.variants = self.items_broken = self.lost = 0
        self.seconds = 0.0

    def file(self, source: SourceFile, listing: bool) -> None:
        """Read a file and count."""
        began = time.process_time()
        read = parse(source)
        self.seconds += time.process_time() - began
        self.files += 1
        self.chars += len(source.text)
        seen: set[int] = set()
        lines = source.lines()
        for item in read.items:
            if isinstance(item, tree.Broken):
                self.items_broken += 1
                if listing and LIFECYCLE.search("\n".join(lines[item.span.line - 1 : item.span.end_line])):
                    print(f"{item.span}: whole item: {lines[item.span.line - 1][:90]}")
            if not isinstance(item, tree.CFunction) or item.body is None:
                continue
            self.variants += item.span.line in seen
            if item.span.line in seen:
                continue
            seen.add(item.span.line)
            text = "\n".join(lines[item.span.line - 1 : item.span.end_line])
            matters, parts = bool(LIFECYCLE.search(text)), list(broken(item))
            self.functions += 1
            self.lifecycle += matters
            self.broken += bool(parts)
            self.broken_lifecycle += matters and bool(parts)
            for part in parts if listing else ():
                mark = "L" if matters else " "
                print(f"{mark} {part.span}: {item.name}: {lines[part.span.line - 1].strip()[:90]}")
        for item in read.items:
            if isinstance(item, tree.CFunction) and item.body is not None and not any(
                o is not item and isinstance(o, tree.CFunction) and o.span == item.span for o in read.items
            ):  # fmt: skip
                names = set(called(item))
                lost = {n for n, _ in calls_in_text(source, item.span)} - names
                self.lost += bool(lost)
                if lost and listing:
                    print(f"! {item.span}: {item.name}: lost {sorted(lost)[:5]}")


def main() -> int:
    """Read the tree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--under", action="append", help="a folder of it (repeatable)")
    parser.add_argument("--list", action="store_true", help="each place that was not understood")
    a = parser.parse_args()
    figures = Figures()
    for path in sorted(p for u in a.under or ["."] for p in (a.tree / u).rglob("*.c")):
        try:
            figures.file(read_c(str(path)), a.list)
        except InputError as e:
            print(e.diagnostics[0].span, e)
    f = figures
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(
        f"{f.files} files, {f.chars / 1e6:.1f} MB, {f.functions} functions ({f.broken} with Broken), {f.lifecycle} with"
        f" lifecycle calls ({f.broken_lifecycle} with Broken), {f.variants} further variants, {f.items_broken} items Broken,"
        f" {f.lost} functions with calls lost, {f.seconds:.0f} s, {rss} MB"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
