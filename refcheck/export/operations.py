# SPDX-License-Identifier: GPL-2.0-only
"""Operations as statements of a plain program: the counterpart of refcheck/meaning/step.py.

As there, what breaks a property goes on as if it had been harmless, and the use of NULL, ERR_PTR or an unwritten value
ends the path with the edge.
"""

from refcheck.base.diagnostics import InputError, error
from refcheck.export.conditions import evaluate, when_true
from refcheck.export.exits import leave_function
from refcheck.export.objects import expire, fact, overwritten
from refcheck.export.plain import Assignment, either, negate
from refcheck.export.pointers import assign, copy, kill, living, new, pointer, written
from refcheck.export.references import assumed, consume, enter, free, give_back, hold, leave, merge
from refcheck.export.scene import Scene
from refcheck.export.slots import drop_slot, hold_slot, put_slot, read_slot, unpublish, unspoken, use_slots, with_slot
from refcheck.graph import ops
from refcheck.graph.cfg import UNINIT
from refcheck.meaning.state import RELEASED


def operate(s: Scene, op: ops.Op) -> None:
    """One operation."""
    match op:
        case ops.Set(cell, value):
            assign(s, cell, value)
        case ops.Copy(cell, src):
            copy(s, cell, src)
        case ops.Forget(cell):
            assign(s, cell, UNINIT)
        case ops.Havoc(cell, values):
            overwritten(s, cell)
            s.pick(("cell", cell), values)
        case ops.Kill(cell):
            kill(s, cell)
        case ops.New():
            new(s, op)
        case ops.CheckInit(cell):
            written(s, cell)
        case ops.Use(cell, nullable, err_ok):
            living(s, cell, nullable, err_ok)
        case ops.Valid(cell, nullable):
            pointer(s, cell, nullable)
        case ops.When(cond, todo):
            when_true(s, cond, lambda: _all(s, todo))
        case ops.Require(cond, by, _, prop):
            asked = evaluate(s, cond)
            asked.report(s)
            s.claim(prop, either(asked.true, asked.unwritten), f"precondition of {by}", ends=prop == "bad-pointer")
        case ops.Unreachable():
            s.claim("sanity", "0", "the model says that nothing comes here")
        case ops.Exit(result):
            leave_function(s, result, operate)
        case ops.Stuck(by):
            s.claim("broken-contract", "0", f"no outcome of {by} fits", ends=True)
        case ops.Snapshot(cell, context):
            levels = s.get(("level", context))
            s.code.append(Assignment(s.var(("cell", cell)), s.var(("level", context))))
            s.know(("cell", cell), levels)
        case ops.Enter(context):
            enter(s, context)
        case ops.Leave(context):
            leave(s, context)
        case ops.Revoke(facts):
            expire(s, [(f, "1") for f in facts], [])
        case ops.Need(facts, by):
            s.claim("missing-context", either(*(fact(s, f) for f in facts)), f"context of {by}")
        case ops.NeedNone(by, allowed, contexts):
            none = negate(either(*(s.some(("level", c)) for c in contexts)))
            s.claim("missing-context", none if allowed else "0", f"{by} may sleep")
        case _:
            _reference_or_slot(s, op)


def _all(s: Scene, todo: tuple[ops.Op, ...]) -> None:
    for op in todo:
        operate(s, op)


def _reference_or_slot(s: Scene, op: ops.Op) -> None:
    match op:
        case ops.NeedCount(cell):
            hold(s, cell, plain=True, counts=False)
        case ops.Hold(cell):
            hold(s, cell, plain=True, counts=True)
        case ops.TryHold(cell):
            hold(s, cell, plain=False, counts=True)
        case ops.Release(cell, nullable):
            give_back(s, cell, nullable, RELEASED)
        case ops.Free(cell, nullable, unseen):
            free(s, cell, nullable, unseen)
        case ops.Consume(cell, nullable, queued):
            consume(s, cell, nullable, queued)
        case ops.NeedFirm() | ops.NeedOwn() | ops.Grant():
            assumed(s, op)
        case ops.UseSlots(cell, slots):
            use_slots(s, cell, slots)
        case ops.Merge(left, right):
            merge(s, left, right)
        case ops.Unspoken(ptr, slot):
            unspoken(s, ptr, slot)
        case ops.ReadSlot(cell, ptr, slot):
            read_slot(s, cell, ptr, slot, take=False)
        case ops.TakeSlot(cell, ptr, slot):
            read_slot(s, cell, ptr, slot, take=True)
        case ops.ClearSlot(ptr, slot):
            with_slot(s, ptr, slot, lambda k, m, t: unpublish(s, (k, m, slot), t))
        case ops.DropSlot(ptr, slot):
            with_slot(s, ptr, slot, lambda k, m, t: drop_slot(s, (k, m, slot), t))
        case ops.HoldSlot(ptr, slot):
            with_slot(s, ptr, slot, lambda k, m, t: hold_slot(s, (k, m, slot), t))
        case ops.Suppose():
            text = "this function calculates with integers, of which other checkers are given the classes only"
            raise InputError([error("unsupported", text, s.cfg.span, "export it to run, or put the answer into a flag")])
        case ops.PutSlot(ptr, slot):
            with_slot(s, ptr, slot, lambda k, m, _: put_slot(s, op, (k, m, slot)))
        case _:
            text = f"the operation {type(op).__name__} has no translation"
            raise InputError([error("unsupported", text, s.cfg.span, "this function cannot be exported")])
