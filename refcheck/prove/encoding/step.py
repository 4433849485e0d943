# SPDX-License-Identifier: GPL-2.0-only
"""What operations do to a symbolic state: the transfer relation for the solver, written apart from the reference.

The counterpart of meaning/step.py; each kind of operations stands in the file of the same name as there.
"""

from typing import assert_never

from refcheck.graph import ops
from refcheck.graph.cfg import UNINIT
from refcheck.prove.encoding import contexts, references, slots
from refcheck.prove.encoding.conditions import condition, unset
from refcheck.prove.encoding.exits import encode_exit
from refcheck.prove.encoding.heap import SymHeap
from refcheck.prove.encoding.smt import Term, conj, disj, neg


def apply(sym: SymHeap, op: ops.Op, pc: Term) -> None:
    """One operation, where `pc` holds."""
    if isinstance(op, ops.ReferenceOp):
        references.apply(sym, op, pc)
        return
    if isinstance(op, ops.SlotOp):
        slots.apply(sym, op, pc)
        return
    if isinstance(op, ops.ContextOp):
        contexts.apply(sym, op, pc)
        return
    match op:
        case ops.Set(cell, value):
            sym.write(cell, pc, value)
        case ops.Copy(cell, src):
            unset(sym, src, pc)
            sym.write(cell, pc, sym.cells[src])
        case ops.Havoc(cell, values):
            sym.write(cell, pc, sym.script.choice(values))
        case ops.Forget(cell):
            sym.write(cell, pc, UNINIT)
        case ops.CheckInit(cell):
            unset(sym, cell, pc)
        case ops.When(cond, todo):
            truth, undefined = condition(sym, cond, pc)
            inner = sym.name(conj(pc, truth, neg(undefined)))
            for o in todo if inner is not False else ():
                apply(sym, o, inner)
        case ops.Require(cond, _, _, prop):
            truth, undefined = condition(sym, cond, pc)
            sym.report(prop, conj(pc, neg(truth), neg(undefined)))
        case ops.Suppose():
            pass
        case ops.Unreachable():
            sym.report("sanity", pc)
        case ops.Exit(result):
            encode_exit(sym, result, apply)
        case ops.Stuck():
            sym.report("broken-contract", pc)
            sym.stopped = sym.name(disj(sym.stopped, pc))
        case _:
            assert_never(op)
