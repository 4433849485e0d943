# SPDX-License-Identifier: GPL-2.0-only
"""An interpreter of the syntax tree that shares no code with lower/: what the graph of a function must agree with.

`interpret` executes one function in one entry context from its tree and gives the properties that the run breaks, in
order.  Whatever the model leaves open (arguments, unknowns, outcomes, contexts of callers) is asked of `ask`.
`follow.Follower` answers for a graph: it walks the graph along, and objects where the graph offers anything else.

Shared with the checker are the tables of declarations and the operations of the reference semantics on objects.
Written anew are: scopes, control flow, calls, builtins, what a contract does at a call and in which order, what a
function is entered with, and what it owes at its exit.
"""

from __future__ import annotations

from interpreter.code import Run
from interpreter.edges import Owed
from interpreter.machine import Ended, TooLong, Void
from refcheck.base.errnos import ERRNO
from refcheck.syntax import code


def integers(decl, trees):
    """Integers around every constant of some trees."""
    points, todo = {0}, list(trees)
    while todo:
        node = todo.pop()
        if isinstance(node, code.Int):
            points.update({node.value} if abs(node.value) < 1 << 16 else ())
        elif isinstance(node, code.Errno) and node.name in ERRNO:
            from interpreter.contract import constant

            points.add(constant(decl, node))
        if isinstance(node, tuple):
            todo += list(node)
    points |= set(decl.constants.values())
    return sorted({n + d for n in points for d in (-1, 0, 1)} | {min(points) - 7, max(points) + 7})


def interpret(decl, function, entry, ask, random, tracked, points, steps=400, watch=None):
    """Run a function once; gives (properties that were broken in order, how the run ended).

    It ends with `exit`, `bad-pointer` (the path ended), `void` (no caller calls like this) or `long` (out of steps).
    """
    trees = [*decl.contracts.values(), *decl.functions.values()]
    contract = decl.contracts.get(function.sig.name)
    sig = contract.sig if contract else function.sig
    naps = contract is not None and any(e.verb == "sleep" for o in contract.outcomes for e in o.effects)
    sleeps = sig.may_sleep or naps or entry is not None
    run = Run(decl, tracked, points, integers(decl, trees), ask, random, sleeps, steps)
    run.contracted = contract is not None
    owed = Owed(run, function, entry)
    heap = run.m.heap
    if watch is not None:
        watch.tree = run
    how, result = "exit", None
    try:
        owed.enter()
        result = None if sig.result.name == "void" else run.m.cell(("result",), "the result", sig.result.name)
        run.body(function, result)
        run.returned = None if result is None else run.m.get(result)
        owed.leave(result)
    except Ended:
        how = "bad-pointer"
    except TooLong:
        how = "long"
    except Void:
        how = "void"
    return [v.property for v in heap.violations], how
