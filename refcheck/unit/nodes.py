# SPDX-License-Identifier: GPL-2.0-only
"""The nodes of the trees of a unit by their class, each tree walked once."""

from collections import defaultdict
from typing import Any

from refcheck.base.source import Span
from refcheck.syntax import code
from refcheck.unit.declare import Declarations

Nodes = dict[type, list[Any]]
# What is asked for together, in the order of the tree.
_WITH = {code.Guard: code.Call, code.Errno: code.Int, code.Assigned: code.Assign}


def nodes_by_class(tree: object) -> Nodes:
    """All nodes of a tree by their class; guards stand among the calls, error codes among the numbers.

    What is assigned inside of an expression stands among the assignments.
    """
    found: Nodes = defaultdict(list)
    todo: list[Any] = [tree]
    while todo:
        here = todo.pop()
        kind = type(here)
        if kind is not tuple:
            found[_WITH.get(kind, kind)].append(here)
        for x in here:
            if isinstance(x, tuple) and type(x) is not Span:
                todo.append(x)  # noqa: PERF401  a list for each node would take longer
    return found


def nodes_of(decl: Declarations, tree: object) -> Nodes:
    """The nodes of a tree of the unit, walked once."""
    found = decl.memo.nodes.get(id(tree))
    if found is None:
        found = decl.memo.nodes[id(tree)] = tree, nodes_by_class(tree)
    return found[1]
