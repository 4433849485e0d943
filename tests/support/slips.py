# SPDX-License-Identifier: GPL-2.0-only
"""How each fault of faults.py is put in: by patching one function, as a slip of the hand would have left it."""

from collections.abc import Callable, Sequence
from typing import Any

from refcheck.certificate import document as certificate
from refcheck.graph import ops
from refcheck.graph.cfg import CFG, UNINIT
from refcheck.lens import heaps, local
from refcheck.lens.local import LocalLens, LocalMove
from refcheck.lower import calls, expressions, finish, function, interface, jumps, outcome
from refcheck.meaning import contexts, heap
from refcheck.prove import encode as encoding
from refcheck.prove import propose, prove, refute, solver
from refcheck.prove.encoding import conditions as sym_conditions
from refcheck.prove.encoding import contexts as sym_contexts
from refcheck.prove.encoding import owed as sym_owed
from refcheck.prove.encoding import references as sym_references
from refcheck.prove.encoding import slots as sym_slots
from refcheck.prove.encoding import step as sym_step
from refcheck.prove.encoding.heap import SymHeap
from refcheck.prove.encoding.smt import disj, neg, plus, positive
from refcheck.syntax import build, code
from refcheck.verdict import check as checker

Patch = Callable[[Any, str, object], None]


# ---------------------------------------------------------------------------------------------- faults in lowering


def lost_release(patch: Patch) -> None:
    real = outcome.Outcomes._effect
    patch(outcome.Outcomes, "_effect", lambda s, e, *more: None if e.verb == "release" else real(s, e, *more))


def not_is_lost(patch: Patch) -> None:
    real = expressions.Expressions.branch

    def branch(self: Any, e: Any, yes: int, no: int) -> None:
        real(self, e.arg if isinstance(e, code.LogicalNot) else e, yes, no)

    patch(expressions.Expressions, "branch", branch)


def guards_stay_closed(patch: Patch) -> None:
    patch(jumps.Jumps, "unwind", lambda *_, **__: None)


def unless_read_as_if(patch: Patch) -> None:
    patch(build.TreeBuilder, "effect_unless", lambda _, __, c: c[0]._replace(when=c[1]))


def liveness_forgets_guards(patch: Patch) -> None:
    of_all = finish.reads
    patch(finish, "reads", lambda one: set() if isinstance(one, ops.Cond) else of_all(one))


def every_argument_is_given(patch: Patch) -> None:
    patch(interface.Interface, "owned", lambda *_: ops.TRUE)


def first_outcome_only(patch: Patch) -> None:
    real = calls.Calls._apply
    patch(calls.Calls, "_apply", lambda s, c, *more: real(s, c._replace(outcomes=c.outcomes[:1]), *more))


def contexts_not_asked_for(patch: Patch) -> None:
    real = interface.Interface.demands
    patch(interface.Interface, "demands", lambda s: [op for op in real(s) if not isinstance(op, ops.Need)])


def contract_owes_no_references(patch: Patch) -> None:
    def kept(todo: Sequence[ops.Op]) -> list[ops.Op]:
        within = [o._replace(ops=tuple(kept(o.ops))) if isinstance(o, ops.When) else o for o in todo]
        return [o for o in within if not isinstance(o, ops.Release | ops.Consume | ops.Free)]

    real = outcome.Outcomes.changes
    patch(outcome.Outcomes, "changes", lambda *more: kept(real(*more)))


def locks_taken_for_readers(patch: Patch) -> None:
    real = function.build_tables

    def tables(*args: Any) -> Any:
        made = real(*args)
        return made._replace(facts=tuple(f._replace(reader=False) for f in made.facts))

    patch(function, "build_tables", tables)


# ---------------------------------------------------------------------------------------------- in the reference


def sections_protect_nothing(patch: Patch) -> None:
    def enter(state: Any, context: int) -> None:
        state.contexts[context] += 1

    patch(contexts, "_enter", enter)


def readers_end_never(patch: Patch) -> None:
    # The same mistake in both meanings: a section that ends takes no protection away
    patch(contexts, "_expire", lambda *_: None)
    patch(sym_contexts, "_expire", lambda *_: None)


def leaks_unseen(patch: Patch) -> None:
    real = heap.Heap.report
    patch(heap.Heap, "report", lambda s, p, *more: None if p == "leaked-ref" else real(s, p, *more))


# ---------------------------------------------------------------------------------------------- in the encoding


def settle_forgotten(patch: Patch) -> None:
    patch(SymHeap, "settle", lambda *_: None)


def truth_negated(patch: Patch) -> None:
    real = sym_conditions.condition

    def condition(sym: Any, cond: Any, pc: Any) -> Any:
        value, undefined = real(sym, cond, pc)
        return (neg(value) if isinstance(cond, ops.Truth) else value), undefined

    for module in (sym_conditions, sym_step, sym_owed, encoding, refute):
        patch(module, "condition", condition)


def unwritten_is_zero(patch: Patch) -> None:
    def unset(sym: Any, cell: int, _: Any) -> bool:
        if sym.cells[cell] == UNINIT:
            sym.cells[cell] = 0
        return False

    for module in (sym_conditions, sym_step):
        patch(module, "unset", unset)


def floor_one_too_high(patch: Patch) -> None:
    real = SymHeap.entry_level
    patch(SymHeap, "entry_level", lambda s, c: plus(real(s, c), 1))


def kill_without_condition(patch: Patch) -> None:
    real = sym_references.apply
    patch(
        sym_references, "apply",
        lambda s, op, pc: s.write(op.cell, pc, UNINIT) if isinstance(op, ops.Kill) else real(s, op, pc),
    )  # fmt: skip


def any_context_is_every_fact(patch: Patch) -> None:
    patch(SymHeap, "fact", lambda s, _: disj(*(positive(level) for level in s.contexts)))


def hold_counts_twice(patch: Patch) -> None:
    real = sym_references.bump
    for module in (sym_references, sym_slots):
        patch(module, "bump", lambda *args: (real(*args), real(*args)))


def leaks_not_encoded(patch: Patch) -> None:
    patch(SymHeap, "collect", lambda _: None)


def release_not_encoded(patch: Patch) -> None:
    real = sym_references.apply
    patch(sym_references, "apply", lambda s, op, pc: None if isinstance(op, ops.Release) else real(s, op, pc))


def shapes_without_guards(patch: Patch) -> None:
    # Edges that differ in their guards only are taken for one
    real = local.shape_of
    patch(local, "shape_of", lambda asked, *made: real(("", *asked[1:]), *made))


# ---------------------------------------------------------------------------------------------- in the proposal


def state_dropped(patch: Patch) -> None:
    real = propose.explore

    def less(*args: Any) -> Any:
        x = real(*args)
        last = max(i for i, here in enumerate(x.states) if here)
        return x._replace(states=(*x.states[:last], x.states[last][1:], *x.states[last + 1 :]))

    patch(prove, "explore", less)


def violations_dropped(patch: Patch) -> None:
    real = propose.explore
    patch(prove, "explore", lambda *a: real(*a)._replace(violations=(), broken=frozenset()))


def path_without_its_start(patch: Patch) -> None:
    real = propose.path_to
    patch(refute, "path_to", lambda *a: real(*a)[1:])


def everything_counts_as_taken(patch: Patch) -> None:
    real = propose.explore
    patch(prove, "explore", lambda cfg, *a: real(cfg, *a)._replace(taken=frozenset(e.number for e in cfg.edges)))


# ---------------------------------------------------------------------------------------------- prover, replay, certificate


def unknown_is_unsat(patch: Patch) -> None:
    real = solver.check_each
    patch(solver, "check_each", lambda *a: [x._replace(status="unsat") for x in real(*a)])


def obligations_skipped(patch: Patch) -> None:
    real = prove.shapes
    patch(prove, "shapes", lambda *a, **k: real(*a, **k)[::2])


def consecution_not_asked(patch: Patch) -> None:
    real = encoding.encode

    def less(*args: Any) -> Any:
        lines, failures = real(*args)
        return lines, tuple(f for f in failures if f[0] != "consecution")

    patch(encoding, "encode", less)


def replay_takes_everything(patch: Patch) -> None:
    for module in (checker, refute):
        patch(module, "replay", lambda *_: ())


def replay_takes_any_violation(patch: Patch) -> None:
    def lenient(cfg: CFG, path: Any, *_: Any) -> Any:
        return checker.walked(cfg, path)[0]

    for module in (checker, refute):
        patch(module, "replay", lenient)


def checker_skips_edges(patch: Patch) -> None:
    def less(walk: Any) -> None:
        walk.out = [edges[:1] for edges in walk.out]

    altered(patch, less)


def checker_sees_no_violation(patch: Patch) -> None:
    real = checker.step
    patch(checker, "step", lambda *a: [(after, ()) for after, _ in real(*a)])


def checker_takes_every_state_for_inside(patch: Patch) -> None:
    class Everything(frozenset):  # type: ignore[type-arg]
        def __contains__(self, _: object) -> bool:
            return True

    def loose(walk: Any) -> None:
        walk.inside = [Everything() for _ in walk.inside]

    altered(patch, loose)


def altered(patch: Patch, change: Callable[[Any], None]) -> None:
    """Change how the checker walks, before it does."""
    real = checker._Walk.run

    def run(walk: Any) -> None:
        change(walk)
        real(walk)

    patch(checker._Walk, "run", run)


def json_loses_a_state(patch: Patch) -> None:
    real = certificate._states_data

    def less(*args: Any) -> Any:
        data = real(*args)
        last = max(i for i, here in enumerate(data["locations"]) if here)
        data["locations"][last] = data["locations"][last][1:]
        return data

    patch(certificate, "_states_data", less)


def cut_forgets_contexts(patch: Patch) -> None:
    # What an edge changes outside of its own cells is lost when it is put back
    real = local.LocalLens._move

    def less(lens: LocalLens, *args: Any) -> LocalMove:
        changes, broken = real(lens, *args)
        first, last = len(lens.cfg.cells), len(lens.cfg.cells) + len(lens.cfg.contexts)
        return changes and tuple(c for c in changes if not first <= c[0] < last), broken

    patch(local.LocalLens, "_move", less)


def cut_forgets_objects(patch: Patch) -> None:
    # What an edge does to objects is lost when it is put back
    real = heaps.Heaps.put_back

    def less(known: heaps.Heaps, heap: int, *args: Any) -> int:
        after = real(known, heap, *args)
        there = [[[o is None for o in pool] for pool in known.pools[n]] for n in (heap, after)]
        return heap if there[0] == there[1] else after

    patch(heaps.Heaps, "put_back", less)


def sanity_not_asked(patch: Patch) -> None:
    patch(checker, "unreached", lambda *_: ())
