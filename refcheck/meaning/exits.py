# SPDX-License-Identifier: GPL-2.0-only
"""What a function owes at its exit: that some outcome of its contract explains the state that it leaves.

The state in which the function was entered is built again, and each outcome that was possible there is run on it, with
the operations that a call of the function runs.  The state at the exit keeps the outcome where it refines what comes out
of that (docs/semantics.md, section 6): both are compared along the pairs of objects that go by the same name.  The
outcomes are narrowed step by step (result, contexts, references, borrows, slots, out-parameters).  What none of those
that are left allows is reported, and the next step looks at them all: one finding hides no other property.
"""

from refcheck.graph.cfg import EMPTY, MODES, NOREF, UNINIT
from refcheck.meaning.heap import Heap
from refcheck.meaning.owed import Ask, Owed, Runner, outcomes, paired
from refcheck.meaning.state import ENDED, FREED, IMMORTAL, LENT, NOBODY, REPORTED, Where


def check_exit(heap: Heap, result: int, run: Runner, ask: Ask) -> None:
    """Report what no promise of the contract allows, then end the path."""
    if result >= 0 and heap.cells[result] == UNINIT:
        heap.report("bad-pointer", "uninitialised-result", result)
    else:
        owed = owed_at(heap, result, run, ask)
        if not owed:
            heap.report("broken-contract", "result", result)
        _narrow(heap, owed or owed_at(heap, result, run, ask, False), result)
        for at in heap.objects():
            if heap.alive(at) and not any(_names(heap, cell, at) for cell in _compared(heap)):
                heap.check_stale(at)
    heap.cells = [UNINIT] * len(heap.cells)
    heap.contexts = [0] * len(heap.contexts)
    heap.pools = [[] for _ in heap.pools]


def fitting_promises(heap: Heap, result: int, run: Runner, ask: Ask) -> set[str]:
    """The names of the promises that the state at an exit keeps."""
    return {
        o.promise.name for o in owed_at(heap, result, run, ask)
        if not _open_context(heap, o) and not _unequal(heap, o)
        and not _bad_borrow(heap, o) and not _slot_misfits(heap, o) and not _outs_misfit(heap, o)
        and _revokes_no_more(heap, o)
    }  # fmt: skip


def owed_at(heap: Heap, result: int, run: Runner, ask: Ask, fitting: bool = True) -> list[Owed]:
    """The outcomes that were possible on entry, each with the state that it would have left; `fitting`: with this result."""
    found = outcomes(heap, run, ask)
    if not fitting or result < 0 or heap.cfg.came.free:
        return [paired(heap, promise, state, result) for promise, state in found]
    alike = [paired(heap, promise, state, result) for promise, state in found if _alike(heap, state, result)]
    return [o for o in alike if _value_fits(heap, o, result)]


# ---------------------------------------------------------------------------------------------- the comparison


def _narrow(heap: Heap, owed: list[Owed], result: int) -> None:
    """Report what no outcome allows, a property once."""
    if not owed:
        return
    level = [o for o in owed if not _open_context(heap, o)]
    if not level:
        _once(heap, "unbalanced-context", "at-exit", -1, _open_context(heap, owed[0]))
    level = level or owed
    exact = [o for o in level if not _unequal(heap, o)]
    if not exact:
        _report_references(heap, level, result)
    exact = exact or level
    lasting = [o for o in exact if not _bad_borrow(heap, o)]
    if not lasting:
        _once(heap, _bad_borrow(heap, exact[0]), "returned", result)
    lasting = lasting or exact
    kept = [o for o in lasting if not _slot_misfits(heap, o)]
    if not kept:
        _report_slot(heap, lasting)
    outs = [_outs_misfit(heap, o) for o in kept or lasting]
    if all(outs):
        _once(heap, "broken-contract", "out-parameter", outs[0][0])
    if not any(_revokes_no_more(heap, o) for o in kept or lasting if all(outs) or not _outs_misfit(heap, o)):
        _once(heap, "broken-contract", "revoked")


def _once(heap: Heap, prop: str, reason: str, cell: int = -1, detail: str = "") -> None:
    """An exit breaks a property once, but for what is leaked."""
    if all(v.property != prop for v in heap.violations):
        heap.report(prop, reason, cell, detail)


def _value_fits(heap: Heap, owed: Owed, cell: int) -> bool:
    """The values are the same, or name objects that can stand for each other."""
    if not _alike(heap, owed.state, cell):
        return False
    kind, want, have = heap.cfg.cells[cell].resource, owed.state.cells[cell], heap.cells[cell]
    if kind < 0 or not 0 < want < UNINIT:
        return True
    came = {a for e, a in owed.given if e == (kind, want)}
    if came:
        return (kind, have) in came
    return heap.cfg.resources[kind].shared or not any(a == (kind, have) for e, a in owed.pairs if e != (kind, want))


def _alike(heap: Heap, state: Heap, cell: int) -> bool:
    """The values are the same, or both name objects."""
    want, have = state.cells[cell], heap.cells[cell]
    return want == have or (heap.cfg.cells[cell].resource >= 0 and 0 < want < UNINIT and 0 < have < UNINIT)


def _open_context(heap: Heap, owed: Owed) -> str:
    """The first context that is left at another level, or was left in between; empty where there is none."""
    cfg = heap.cfg
    for c, level in enumerate(heap.contexts):
        left = cfg.levels[c].left
        if level != owed.state.contexts[c] or (left >= 0 and heap.cells[left] > owed.state.cells[left]):
            return cfg.contexts[c]
    return ""


def _balance(heap: Heap, owed: Owed, here: Where) -> int:
    """References held on an object less those that the outcome leaves there; nothing is counted on what is immortal."""
    if heap[here].lending == IMMORTAL:
        return 0
    if heap.cfg.came.free and any(_names(heap, cell, here) for cell in _going_back(heap)):
        return 0
    there = {e for e, a in owed.pairs if a == here}
    return heap[here].refs - sum(owed.state[e].refs for e in there)


def _going_back(heap: Heap) -> tuple[int, ...]:
    results = tuple(i for i, c in enumerate(heap.cfg.cells) if c.role == "result")
    return (*results, *heap.cfg.came.outs)


def _compared(heap: Heap) -> tuple[int, ...]:
    """What names the containers whose slots are compared with those that an outcome leaves."""
    return heap.cfg.came.names if heap.cfg.came.free else (*heap.cfg.came.names, *_going_back(heap))


def _names(heap: Heap, cell: int, here: Where) -> bool:
    return heap.cfg.cells[cell].resource == here[0] and heap.cells[cell] == here[1]


def _unequal(heap: Heap, owed: Owed) -> bool:
    """Some reference is held that the outcome does not leave, or the other way round, or memory is gone that it leaves."""
    return any(_balance(heap, owed, o) for o in heap.objects()) or _missing(heap, owed)


def _over(heap: Heap, owed: Owed) -> list[Where]:
    """The objects on which more is held than the outcome leaves."""
    return [o for o in heap.objects() if _balance(heap, owed, o) > 0]


def _lacks(heap: Heap, owed: Owed) -> bool:
    """Some reference that the outcome leaves is not there, or the memory of an object that it leaves."""
    return any(_balance(heap, owed, o) < 0 for o in heap.objects()) or _missing(heap, owed)


def _missing(heap: Heap, owed: Owed) -> bool:
    """The outcome leaves memory that is gone here, or a reference on an object for which none stands here."""
    if _freed(heap, owed) is not None:
        return True
    paired = {e for e, _ in owed.pairs}
    return any(owed.state[there].refs for there in owed.state.objects() if there not in paired)


def _freed(heap: Heap, owed: Owed) -> Where | None:
    """An object whose memory is gone, although the outcome only gives it away: a section of the caller may keep it."""
    gone = (a for e, a in sorted(owed.pairs) if heap[a].lending == FREED != owed.state[e].lending)
    return next(gone, None)


def _report_references(heap: Heap, level: list[Owed], result: int) -> None:
    """Each object that is leaked whatever the outcome is, and what is given away that none of them takes."""
    over = [_over(heap, owed) for owed in level]
    if all(over):
        for leaked in [o for o in over[0] if all(o in other for other in over)] or over[0][:1]:
            heap.report("leaked-ref", "at-exit", _cell_naming(heap, leaked), heap.cfg.resources[leaked[0]].name)
    back = result >= 0 and heap.cfg.cells[result].kind == "ptr" and heap.get(heap.named(result)) is not None
    if back and any(_is_held(o.state, result) for o in level) and not _is_held(heap, result):
        _once(heap, "noref-escape", "returned-as-owned", result)
    elif not all(over) or all(_lacks(heap, owed) for owed in level):
        under = next((o for owed in level for o in heap.objects() if _balance(heap, owed, o) < 0), None)
        freed = next((o for owed in level if (o := _freed(heap, owed))), None)
        at, reason = (freed, "freed") if under is None and freed else (under, "given-away")
        name = heap.cfg.resources[at[0]].name if at else ""
        _once(heap, "broken-contract", reason, _cell_naming(heap, at) if at else -1, name)


def _is_held(heap: Heap, cell: int) -> bool:
    obj = heap.get(heap.named(cell)) if heap.cfg.cells[cell].kind == "ptr" else None
    return obj is not None and obj.refs > 0


def _cell_naming(heap: Heap, where: Where) -> int:
    """A variable that names the object, the user's own before temporaries; -1 if there is none."""
    found = [i for i, c in enumerate(heap.cfg.cells) if c.kind == "ptr" and _names(heap, i, where)]
    order = {"local": 0, "param": 1, "ghost": 2, "temp": 3}
    return min(found, key=lambda i: order.get(heap.cfg.cells[i].role, 4), default=-1)


def _bad_borrow(heap: Heap, owed: Owed) -> str:
    """The property that what goes back breaks because less protects it than the outcome says; empty where nothing does."""
    if heap.cfg.came.free:
        going = [heap.named(c) for c in _going_back(heap) if heap.cfg.cells[c].kind == "ptr"]
        return next((prop for here in going if heap.get(here) is not None and (prop := _dead(heap, here))), "")
    for there, here in sorted(owed.returned):
        if not owed.state.alive(there) and any(e == there for e, _ in owed.given):
            continue
        if prop := _dead(heap, here) or _weaker(heap, owed, there, here):
            return prop
    return ""


def _dead(heap: Heap, here: Where) -> str:
    why = heap[here].why
    if why == REPORTED or heap.alive(here):
        return ""
    return ENDED.get(why, "noref-escape")


def _weaker(heap: Heap, owed: Owed, there: Where, here: Where) -> str:
    """A section, a lock or an owner that protects the object of the outcome does not protect the one that stands for it."""
    left, right = owed.state[there], heap[here]
    if right.why == REPORTED or right.lending == IMMORTAL:
        return ""
    lends = left.lending == IMMORTAL or left.lending >= LENT > right.lending
    owns = left.owner != NOBODY and right.owner not in owed.here(left.owner)
    rests = any(a > b for a, b in zip(left.protections, right.protections, strict=True))
    return "noref-escape" if lends or owns or rests else ""


def _slot_misfits(heap: Heap, owed: Owed) -> list[tuple[Where, int]]:
    """The slots, of objects that the outcome leaves alive, that hold something else than it says, or less protected."""
    found = []
    for there, here in sorted(owed.pairs):
        if not owed.state.alive(there):
            continue
        both = zip(heap.cfg.resources[there[0]].slots, owed.state[there].slots, heap[here].slots, strict=True)
        for s, (slot, left, right) in enumerate(both):
            want, have = (slot.target, left.target), (slot.target, right.target)
            fits = left.mode == right.mode and (left.mode == EMPTY or _content_fits(heap, owed, want, have))
            if not fits or (left.mode == NOREF and not _good(heap, owed, want, have)):
                found.append((here, s))
    return found


def _report_slot(heap: Heap, owed: list[Owed]) -> None:
    """No outcome has the slots as they are: a slot that fits none of them or not the nearest, and what they all say."""
    misfits = sorted([_slot_misfits(heap, o) for o in owed], key=len)
    here, s = next((m for m in misfits[0] if all(m in other for other in misfits)), misfits[0][0])
    name = {mode: word for word, mode in MODES.items()}
    wanted = {o.state[there].slots[s].mode for o in owed for there, a in o.pairs if a == here and o.state.alive(there)}
    allowed = " or ".join(name.get(mode, "untouched") for mode in sorted(wanted))
    slot, mode = heap.cfg.resources[here[0]].slots[s].name, heap[here].slots[s].mode
    _once(heap, "broken-contract", "slot", _cell_naming(heap, here), f"{slot}: {name.get(mode, 'touched')}: {allowed}")


def _content_fits(heap: Heap, owed: Owed, there: Where, here: Where) -> bool:
    came = {a for e, a in owed.given if e == there}
    if came:
        return here in came
    return heap.cfg.resources[there[0]].shared or all(e == there for e, a in owed.pairs if a == here)


def _good(heap: Heap, owed: Owed, there: Where, here: Where) -> bool:
    """What a slot lends is protected as the outcome says."""
    if not owed.state.alive(there):
        return any(e == there for e, _ in owed.given)
    return heap.get(here) is not None and not _dead(heap, here) and not _weaker(heap, owed, there, here)


def _outs_misfit(heap: Heap, owed: Owed) -> list[int]:
    """The out-parameters that have not what the outcome says."""
    return [] if heap.cfg.came.free else [cell for cell in heap.cfg.came.outs if not _value_fits(heap, owed, cell)]


def _revokes_no_more(heap: Heap, owed: Owed) -> bool:
    """What the outcome leaves of the loans of a lock, its callers have behind this exit too."""
    return all(heap.cells[c] <= owed.state.cells[c] for c in heap.cfg.came.revoked)
