# SPDX-License-Identifier: GPL-2.0-only
"""The reference semantics: what an edge does to a state, in plain Python, apart from the encoding for the solver.

`step` is total: an operation that breaks a property is reported and then treated as harmless, so that one finding
does not hide another; only the use of NULL, ERR_PTR or an unwritten value ends a path.  docs/semantics.md explains
each rule, and why "no reference held, and not inside the section of the borrow" is exactly when another CPU may
free the object.
"""

from itertools import product
from typing import assert_never

from refcheck.graph import ops
from refcheck.graph.cfg import CFG, UNINIT, Edge
from refcheck.meaning import contexts, references, slots
from refcheck.meaning.conditions import evaluate, read
from refcheck.meaning.exits import check_exit, fitting_promises
from refcheck.meaning.heap import Allowed, Heap
from refcheck.meaning.state import State, Violation

StepResult = tuple[State | None, tuple[Violation, ...]]


def havocs(edge: Edge) -> list[tuple[int, ...]]:
    """The values open to each free choice on the edge, in order."""
    return [op.values for op in ops.choices(edge.ops)]


def step(cfg: CFG, state: State, edge: Edge, allowed: Allowed | None = None) -> list[StepResult]:
    """All successors of a state along an edge, each with what the edge broke; empty where the guard is false.

    `allowed` keeps what the contract allows at exits: whoever takes many steps of one graph gives all of them the same.
    """
    results = []
    for picks in product(*havocs(edge)):
        result = run(cfg, state, edge, picks, allowed)
        if result is None:
            return []
        results.append(result)
    return results


def run(
    cfg: CFG, state: State, edge: Edge, picks: tuple[int, ...], allowed: Allowed | None = None
) -> StepResult | None:  # fmt: skip
    """The successor along an edge for one set of choices; None where the guard is false.

    The successor is None where the path ends with the edge because it uses a value that is none.
    """
    heap = Heap(cfg, state, allowed)
    if evaluate(heap, edge.guard) is False:
        return None
    left = iter(picks)
    for op in edge.ops:
        if isinstance(op, ops.Havoc):
            heap.cells[op.cell] = next(left)
        else:
            apply(heap, op)
    if heap.changed or heap.repointed(state):
        heap.collect()
    return None if heap.stopped else heap.freeze(), tuple(heap.violations)


def promises_at(cfg: CFG, state: State, edge: Edge, allowed: Allowed | None = None) -> set[str]:
    """The promises that an exit edge keeps from a state; none where its guard is false or the path ends before."""
    heap = Heap(cfg, state, allowed)
    if evaluate(heap, edge.guard) is not True:
        return set()
    for op in edge.ops:
        if isinstance(op, ops.Exit):
            return fitting_promises(heap, op.result, apply, evaluate)
        apply(heap, op)
    return set()


def apply(heap: Heap, op: ops.Op) -> None:
    """One operation; Havoc is dealt with by `run`."""
    if isinstance(op, ops.ReferenceOp):
        references.apply(heap, op)
        return
    if isinstance(op, ops.SlotOp):
        slots.apply(heap, op)
        return
    if isinstance(op, ops.ContextOp):
        contexts.apply(heap, op)
        return
    match op:
        case ops.Set(cell, value):
            heap.cells[cell] = value
        case ops.Copy(cell, src):
            value_read = read(heap, src)
            heap.cells[cell] = UNINIT if value_read is None else value_read
        case ops.Forget(cell):
            heap.cells[cell] = UNINIT
        case ops.CheckInit(cell):
            read(heap, cell)
        case ops.When(cond, todo):
            if evaluate(heap, cond):
                for inner in todo:
                    apply(heap, inner)
        case ops.Require(cond, by, text, prop):
            if evaluate(heap, cond) is False:
                heap.report(prop, "precondition", -1, f"{by}: {text}")
        case ops.Suppose():
            pass  # which integer of its class a cell has is not known here
        case ops.Unreachable():
            heap.report("sanity", "reached")
        case ops.Exit(result):
            check_exit(heap, result, apply, evaluate)
        case ops.Stuck(by):
            heap.report("broken-contract", "no-outcome", -1, by)
            heap.stopped = True
        case ops.Havoc():
            raise AssertionError("Havoc stands at the top level of an edge")
        case _:
            assert_never(op)
