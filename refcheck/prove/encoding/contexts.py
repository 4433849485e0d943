# SPDX-License-Identifier: GPL-2.0-only
"""What is done with contexts, as terms: the counterpart of meaning/contexts.py."""

from typing import assert_never

from refcheck.graph import ops
from refcheck.meaning.state import COUNTED, EXPIRED, FIRM, HANDED, LENT
from refcheck.prove.encoding.heap import SymHeap
from refcheck.prove.encoding.smt import Term, among, compare, conj, disj, eq, ite, neg, plus, positive


def apply(sym: SymHeap, op: ops.ContextOp, pc: Term) -> None:
    """One operation on the levels of contexts, where `pc` holds."""
    match op:
        case ops.Enter(context):
            _enter(sym, context, pc)
        case ops.Leave(context):
            _leave(sym, context, pc)
        case ops.Revoke(facts):
            _expire(sym, [pc if f in facts else False for f in range(len(sym.cfg.facts))], False, False)
        case ops.Snapshot(cell, context):
            sym.write(cell, pc, sym.contexts[context])
        case ops.Need(facts):
            sym.report("missing-context", conj(pc, neg(disj(*(sym.fact(f) for f in facts)))))
        case ops.NeedNone(_, allowed, contexts):
            some = disj(*(positive(sym.contexts[c]) for c in contexts))
            sym.report("missing-context", conj(pc, some) if allowed else pc)
        case _:
            assert_never(op)


def _enter(sym: SymHeap, context: int, pc: Term) -> None:
    """A section that begins keeps valid, until it ends, what is alive and freed only after it."""
    before = [sym.fact(f) for f in range(len(sym.cfg.facts))]
    level = sym.contexts[context]
    sym.contexts[context] = sym.script.name(ite(pc, plus(level, 1), level), "Int")
    for f, held in enumerate(before):
        begins = conj(pc, neg(held), sym.fact(f))
        for at in sym.objects if begins is not False else ():
            resource = sym.cfg.resources[at[0]]
            if resource.freed_after == f:
                bits, b = sym[at].protections, resource.facts.index(f)
                bits[b] = sym.now(conj(begins, sym.alive(at)), 1, bits[b])


def _leave(sym: SymHeap, context: int, pc: Term) -> None:
    left, level = sym.cfg.levels[context].left, sym.contexts[context]
    below = compare("<=", level, sym.entry_level(context))
    wrong = sym.name(conj(pc, disj(eq(level, 0), below if left < 0 else False)))
    sym.report("unbalanced-context", wrong)
    fine = sym.name(conj(pc, neg(wrong)))
    if left >= 0:
        sym.write(left, conj(fine, below), 1)
    before = [sym.fact(f) for f in range(len(sym.cfg.facts))]
    sym.contexts[context] = sym.script.name(ite(fine, plus(level, -1), level), "Int")
    ended = [sym.name(conj(fine, held, neg(sym.fact(f)))) for f, held in enumerate(before)]
    facts = sym.cfg.facts
    callers = [
        conj(e, disj(*(positive(sym.entry_level(c)) for c in fact.contexts))) for e, fact in zip(ended, facts, strict=True)
    ]
    locks = [c for c, fact in zip(callers, facts, strict=True) if not fact.reader]
    _expire(sym, ended, sym.name(disj(*callers)), sym.name(disj(*locks)))


def _expire(sym: SymHeap, ended: list[Term], callers: Term, locks: Term) -> None:
    """Sections end: the borrows that rest on them end too.

    Where the section was the caller's, what the caller lent may have been such a borrow; where it was a lock, what it kept
    firmly may have rested on that.
    """
    for at in sym.objects:
        obj, facts = sym[at], sym.cfg.resources[at[0]].facts
        lost = disj(conj(callers, eq(obj.lending, LENT)), conj(locks, among(obj.lending, (FIRM, COUNTED))))
        obj.lending = sym.now(lost, HANDED, obj.lending)
        obj.protections = [sym.now(ended[f], 0, bit) for f, bit in zip(facts, obj.protections, strict=True)]
    sym.settle(EXPIRED, sym.name(disj(*ended)))
