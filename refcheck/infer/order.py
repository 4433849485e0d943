# SPDX-License-Identifier: GPL-2.0-only
"""Callees before callers; functions that call each other in a circle stand together."""

from collections.abc import Mapping


def bottom_up(calls: Mapping[str, set[str]]) -> list[list[str]]:
    """The strongly connected parts of a call graph, callees first."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []
    for root in calls:
        if root in index:
            continue
        work = [(root, iter(sorted(calls[root])))]
        index[root] = low[root] = len(index)
        stack.append(root)
        while work:
            here, rest = work[-1]
            following = next((n for n in rest if n in calls), None)
            if following is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[here])
                if low[here] == index[here]:
                    at = stack.index(here)
                    found.append(stack[at:])
                    del stack[at:]
            elif following not in index:
                index[following] = low[following] = len(index)
                stack.append(following)
                work.append((following, iter(sorted(calls[following]))))
            elif following in stack:
                low[here] = min(low[here], index[following])
    return found
