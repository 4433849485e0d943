# SPDX-License-Identifier: GPL-2.0-only
"""What is done with contexts: sections begin and end, and with them the protections that rest on them."""

from typing import assert_never

from refcheck.graph import ops
from refcheck.meaning.heap import Heap
from refcheck.meaning.state import COUNTED, EXPIRED, FIRM, HANDED, LENT, replaced


def apply(heap: Heap, op: ops.ContextOp) -> None:
    """One operation on the levels of contexts."""
    match op:
        case ops.Enter(context):
            _enter(heap, context)
        case ops.Leave(context):
            _leave(heap, context)
        case ops.Revoke(facts):
            _expire(heap, list(facts), [])
        case ops.Snapshot(cell, context):
            heap.cells[cell] = heap.contexts[context]
        case ops.Need(facts, by):
            if not any(heap.fact(f) for f in facts):
                names = " or ".join(heap.cfg.facts[f].name for f in facts)
                heap.report("missing-context", "needed", -1, f"{by}: {names}")
        case ops.NeedNone(by, allowed, contexts):
            if not allowed or any(heap.contexts[c] for c in contexts):
                heap.report("missing-context", "may-sleep", -1, f"{by}: ")
        case _:
            assert_never(op)


def _enter(heap: Heap, context: int) -> None:
    """A section that begins keeps valid, until it ends, what is alive and freed only after it."""
    before = [heap.fact(f) for f in range(len(heap.cfg.facts))]
    heap.contexts[context] += 1
    for f, held in enumerate(before):
        if held or not heap.fact(f):
            continue
        for at in heap.objects():
            resource = heap.cfg.resources[at[0]]
            if resource.freed_after == f and heap.alive(at):
                obj = heap[at]
                heap[at] = obj._replace(protections=replaced(obj.protections, resource.facts.index(f), 1))


def _leave(heap: Heap, context: int) -> None:
    cfg, level = heap.cfg, heap.contexts[context]
    left, on_entry = cfg.levels[context].left, heap.entry_level(context)
    if level == 0 or (level <= on_entry and left < 0):
        heap.report("unbalanced-context", "closed-twice", -1, cfg.contexts[context])
        return
    if level <= on_entry:
        heap.cells[left] = 1
    before = [heap.fact(f) for f in range(len(cfg.facts))]
    heap.contexts[context] -= 1
    ended = [f for f, held in enumerate(before) if held and not heap.fact(f)]
    if ended:
        _expire(heap, ended, [f for f in ended if any(heap.entry_level(c) for c in cfg.facts[f].contexts)])


def _expire(heap: Heap, ended: list[int], callers: list[int]) -> None:
    """Sections end: the borrows that rest on them end too.

    Where the section was one of the `callers`, what the caller lent may have been such a borrow; where it was a lock, what
    it kept firmly may have rested on that.
    """
    lost = {LENT} if callers else set[int]()
    if any(not heap.cfg.facts[f].reader for f in callers):
        lost |= {FIRM, COUNTED}
    for at in heap.objects():
        obj, facts = heap[at], heap.cfg.resources[at[0]].facts
        heap[at] = obj._replace(
            lending=HANDED if obj.lending in lost else obj.lending,
            protections=tuple([0 if f in ended else bit for f, bit in zip(facts, obj.protections, strict=True)]),
        )
    heap.settle(EXPIRED)
