# SPDX-License-Identifier: GPL-2.0-only
"""Runs of the interpreter beside walks through the graph, and where they differ."""

from __future__ import annotations

import random as randoms

from interpreter import interpret
from interpreter.follow import Ahead, Disagreement, Follower
from refcheck.graph import ops
from refcheck.graph.cfg import UNINIT
from refcheck.lower.function import entry_contexts, lower
from refcheck.syntax import ast
from refcheck.unit.declare import declare


def functions(unit):
    """(declarations, function, entry context, graph) of everything that a unit verifies."""
    decl = declare(unit)
    for item in unit.model.items:
        if isinstance(item, ast.FunctionDef):
            for entry in entry_contexts(decl, item.sig.name):
                yield decl, item, entry, lower(decl, item.sig.name, entry)


def relevant(broken):
    """What is compared: everything up to the end of the path."""
    return broken[: broken.index("bad-pointer") + 1] if "bad-pointer" in broken else broken


def alike(tree, graph):
    """The same was broken in the same order.

    Only a leak may come at another time: the graph forgets a variable that is not read again, and sees the last name
    of an object go; the tree sees that at the exit, unless the path ended before, or the exit breaks something else
    first; and behind a leak it says nothing more of the exit.
    """
    tree, graph = relevant(tree), relevant(graph)
    if tree == graph or "leaked-ref" not in graph:
        return tree == graph
    if "leaked-ref" not in tree and tree[-1:] not in (["broken-contract"], ["unbalanced-context"], ["bad-pointer"]):
        return False
    rest, more = ([p for p in found if p != "leaked-ref"] for found in (tree, graph))
    return more[: len(rest)] == rest and len(more) <= len(rest) + 1


def compare(decl, function, entry, cfg, seed, steps=400):
    """One run and one walk; gives how it ended and what was broken, and raises Disagreement where they differ."""
    random = randoms.Random(seed)
    walk = Follower(cfg, random)
    walk.order = list(decl.contexts)
    tracked = {(r.name, s.name) for r in cfg.resources for s in r.slots}
    try:
        broken, how = interpret(decl, function, entry, walk.ask, random, tracked, cfg.points, steps, walk)
    except Ahead:
        raise Disagreement(f"the graph ends with {walk.broken} where the tree goes on") from None
    if how == "long":
        if "leaked-ref" not in walk.broken and relevant(broken)[: len(walk.broken)] != relevant(walk.broken):
            raise Disagreement(f"the tree breaks {broken} so far, the graph {walk.broken}")
        return how, []
    finished = walk.finish()
    if how == "void" or "void" in walk.broken:
        if how != "void" or "void" not in walk.broken:
            raise Disagreement(f"void: the tree ends with {how}, the graph with {walk.broken}")
        return how, []
    if not finished:
        raise Disagreement(f"the tree ends ({how}, {broken}) where the graph goes on at {walk.at}")
    if not alike(broken, walk.broken):
        raise Disagreement(f"the tree breaks {broken} ({how}), the graph {walk.broken}")
    if how == "exit" and not returned_alike(walk):
        raise Disagreement(f"the tree returns {walk.tree.returned}, the graph {walk.result}")
    return how, relevant(broken)


def returned_alike(walk):
    """Both return nothing, an object, or the same number."""
    mine, its = walk.tree.returned, walk.result
    if mine is None or its is None:
        return mine is its
    pointer = (
        walk.cfg.cells[next(op.result for e in walk.cfg.edges for op in e.ops if isinstance(op, ops.Exit))].kind == "ptr"
    )
    if pointer and mine > 0 and its > 0:
        return (mine == UNINIT) == (its == UNINIT)
    return walk.tree.rep(mine) == walk.tree.rep(its)
