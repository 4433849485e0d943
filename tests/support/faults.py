# SPDX-License-Identifier: GPL-2.0-only
"""Faults put in on purpose, one at a time, and the checks that have to catch them.

A fault is a realistic mistake in one place: an operation is lost, a condition is turned round, a step of the proof is
left out.  It is put in by patching; the litmus models named beside it are then lowered and verified as ever.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from agreement import LIMITS, compare
from command import ROOT
from memory import forget
from reduction import disagreements

from refcheck.base.diagnostics import InternalError
from refcheck.base.verdicts import Verdict
from refcheck.graph import ops
from refcheck.graph.cfg import CFG, UNINIT
from refcheck.lens import heaps, local
from refcheck.lens.local import LocalLens, LocalMove, LocalSteps
from refcheck.lower import calls, expressions, finish, function, interface, jumps, outcome
from refcheck.lower.task import Task
from refcheck.meaning import contexts, heap
from refcheck.meaning import step as semantics
from refcheck.meaning.obligations import NAMES
from refcheck.meaning.state import State
from refcheck.prove import encode as encoding
from refcheck.prove import propose, prove, refute, solver
from refcheck.prove.encoding import conditions as sym_conditions
from refcheck.prove.encoding import contexts as sym_contexts
from refcheck.prove.encoding import exits as sym_exits
from refcheck.prove.encoding import references as sym_references
from refcheck.prove.encoding import slots as sym_slots
from refcheck.prove.encoding import step as sym_step
from refcheck.prove.encoding.heap import SymHeap
from refcheck.prove.encoding.smt import disj, neg, plus, positive
from refcheck.prove.propose import Exploration, explore
from refcheck.result.checked import Checked
from refcheck.run.tasks import prepare
from refcheck.syntax import build, code
from refcheck.verdict import check as checker
from refcheck.verdict import document as certificate
from refcheck.verdict.check import Confirmed, Refusal
from refcheck.verdict.verdict import Certificate

Patch = Callable[[Any, str, object], None]


class Fault(NamedTuple):
    """What is wrong, where, how it is put in, the litmus models it is tried on, and the checks that catch it."""

    what: str
    place: str
    put: Callable[[Patch], None]
    models: tuple[str, ...]
    caught: tuple[str, ...]


# ---------------------------------------------------------------------------------------------- the checks


def objections(names: tuple[str, ...]) -> list[str]:
    """The checks that object to what comes out for some litmus models, in the order of docs/trust.md."""
    found: set[str] = set()
    for name in names:
        forget()
        path = ROOT / "tests" / "litmus" / f"{name}.rc"
        for task in prepare(path, ROOT / "specs", ())[0]:
            forget()
            found |= verified(task, name.endswith("_ok"))
            found |= canaries(task)
    return [c for c in CHECKS if c in found]


def verified(task: Task, fine: bool) -> set[str]:
    """What a run of the verifier, the oracle and the updater say."""
    found: set[str] = set()
    try:
        result = prove.verify(task.cfg, LIMITS)
        agreed = compare(task)
    except InternalError as e:
        found.add(next((check for text, check in INTERNAL if text in str(e)), "another internal error"))
    except Exception:  # noqa: BLE001 (an operation that cannot go on is a check as well)
        found.add("a step that cannot be taken")
    else:
        checked = Checked(task, result)
        wrong = checked.result.verdict != Verdict.PROVED if fine else bool(checked.found)
        if (wrong and not checked.as_expected) or checked.as_expected is False:
            found.add("litmus verdicts")
        if any("internal error" not in d for d in agreed.disagreements):
            found.add("oracle")
    if disagreements(task.cfg, most=2000):
        found.add("updater")
    return found


INTERNAL = (
    ("the reference does not", "Z3 against the reference"),
    ("Z3 finds no way", "Z3 against the reference"),
    ("certificate of", "certificate check"),
    ("replay of", "replay"),
)
CHECKS = (
    "Z3 against the reference", "replay", "certificate check", "a step that cannot be taken", "another internal error",
    "oracle", "updater", "litmus verdicts", "broken invariants", "broken traces", "wrong claims", "wrong obligations",
)  # fmt: skip


def refused(ask: Callable[[], object]) -> bool:
    """A check says no."""
    try:
        answer = ask()
    except InternalError:
        return True
    return answer is None or isinstance(answer, Refusal)


def checked(cfg: CFG, states: Sequence[Sequence[State]], claims: dict[str, str]) -> Confirmed | Refusal:
    """What the checker says of an invariant with these claims, and none of the other properties."""
    return checker.check(cfg, Certificate(tuple(map(tuple, states))), dict.fromkeys(NAMES, Verdict.UNKNOWN) | claims)


def canaries(task: Task) -> set[str]:
    """Broken inputs that each check must refuse by itself; what is not refused shows that a check is broken."""
    cfg = task.cfg
    steps = LocalSteps(cfg)
    x = explore(cfg, 3000, steps)
    return _invariants(cfg, x) | _obligations(cfg, steps, x) | _traces(cfg, x)


def _invariants(cfg: CFG, x: Exploration) -> set[str]:
    """An invariant with one state less, at any place, or with none at all, is refused."""
    places = [(i, s) for i, here in enumerate(x.states) for s in here][:12]
    for place in places:
        less = [[s for s in here if (i, s) != place] for i, here in enumerate(x.states)]
        if not refused(lambda: checked(cfg, less, {})):  # noqa: B023
            return {"broken invariants"}
    return set()


def _obligations(cfg: CFG, steps: LocalSteps, x: Exploration) -> set[str]:
    """Z3 is asked about every edge that is taken, and refuses a step that leads elsewhere."""
    found: set[str] = set()
    asked = {n for o in prove.shapes(cfg, x.states, steps, excused=True) for n in o.edges}
    if not x.taken <= asked | {e.number for e in cfg.edges if e.number not in asked and not x.states[e.src]}:
        found.add("wrong obligations")
    for lens in [n for n in steps.lenses if n is not None][:12]:
        kinds, local_state = next(iter(lens.met), (None, None))
        if kinds is None or all(after is None for after, _ in lens.shape.step(kinds, local_state)):
            continue
        lines, failures = encoding.encode(lens.shape.cfg(kinds), [(local_state, ())], True)
        script = encoding.Obligation(lines, failures, ()).script
        if solver.check_each([script])[0].status == "unsat":
            found.add("wrong obligations")
    return found


def _traces(cfg: CFG, x: Exploration) -> set[str]:
    """A path that is cut short, or said to break something else, is refused; so is a claim of what is broken."""
    found: set[str] = set()
    for violation in x.violations:
        prop, path = violation.violation.property, [e for _, e in propose.path_to(x, violation)]
        chosen = tuple((e, tuple(h[0] for h in semantics.havocs(e))) for e in path)
        if not refused(lambda: checked(cfg, x.states, {prop: Verdict.PROVED})):  # noqa: B023
            found.add("wrong claims")
        other = "use-after-consume" if prop != "use-after-consume" else "hold-of-borrowed"
        for broken, said in ((chosen[:-1], prop), (chosen[1:], prop), (chosen, other)):
            shown = violation.violation._replace(property=said)
            if not refused(lambda: checker.replay(cfg, broken, shown, path[-1])):  # noqa: B023
                found.add("broken traces")
    return found


def table() -> str:
    """All faults as a table, with the checks that caught each when the tests were run."""
    rows = [f"| {f.what} | `{'`, `'.join(f.place.split(', '))}` | {'; '.join(f.caught)} |" for f in FAULTS]
    return "\n".join(["| fault | place | caught by |", "| --- | --- | --- |", *rows])


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

    for module in (sym_conditions, sym_step, sym_exits, encoding, refute):
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
    patch(local, "shape_of", lambda asked, make: real(("", *asked[1:]), make))


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
    patch(prove, "unreached", lambda *_: ())


FAULTS = (
    # lowering
    Fault("an effect `release` of a contract is dropped", "lower/outcome.py", lost_release,
        ("context_needed_bad",), ("litmus verdicts",),
    ),
    Fault("`!` does not swap the branches", "lower/expressions.py", not_is_lost,
        ("contract_kept_ok",), ("litmus verdicts",),
    ),
    Fault("guards are not unlocked on the way out", "lower/jumps.py", guards_stay_closed,
        ("guard_closes_ok",), ("litmus verdicts",),
    ),
    Fault("`unless` is read as `if`", "syntax/build.py", unless_read_as_if,
        ("contract_kept_ok",), ("litmus verdicts",),
    ),
    Fault("liveness forgets what guards read", "lower/finish.py", liveness_forgets_guards,
        ("branch_never_taken_bad",), ("litmus verdicts",),
    ),
    Fault("every argument comes with a reference", "lower/interface.py", every_argument_is_given,
        ("callers_section_closed_by_inner_unlock_bad",), ("litmus verdicts",),
    ),
    Fault("only the first outcome of a contract is lowered", "lower/calls.py", first_outcome_only,
        ("contract_failure_releases_bad",), ("litmus verdicts",),
    ),
    Fault("`__must_hold` is not asked of callers", "lower/interface.py", contexts_not_asked_for,
        ("context_needed_bad",), ("litmus verdicts",),
    ),
    Fault("a contract owes no references at an exit", "lower/outcome.py", contract_owes_no_references,
        ("contract_kept_ok",), ("litmus verdicts",),
    ),
    Fault("reader sections are taken for locks", "lower/tables.py", locks_taken_for_readers,
        ("hold_of_borrow_bad",), ("updater", "litmus verdicts"),
    ),
    # reference
    Fault("a section protects nothing when it begins", "meaning/contexts.py", sections_protect_nothing,
        ("released_inside_section_ok",), ("Z3 against the reference", "updater"),
    ),
    Fault("a section that ends ends no protection, in both meanings", "meaning/contexts.py, prove/encoding/contexts.py",
        readers_end_never,
        ("callers_section_closed_by_inner_unlock_bad", "loan_returned_bad"),
        ("updater", "litmus verdicts"),
    ),
    Fault("leaks are not reported", "meaning/heap.py", leaks_unseen,
        ("loop_overwrites_bad",), ("Z3 against the reference",),
    ),
    # encoding
    Fault("`settle` is forgotten", "prove/encoding/heap.py", settle_forgotten,
        ("callers_section_closed_by_inner_unlock_bad",), ("Z3 against the reference",),
    ),
    Fault("the test of a value is negated", "prove/encoding/conditions.py", truth_negated,
        ("branch_never_taken_bad",), ("Z3 against the reference", "wrong obligations"),
    ),
    Fault("what was never written is 0", "prove/encoding/conditions.py", unwritten_is_zero,
        ("flag_unset_bad",), ("Z3 against the reference",),
    ),
    Fault("the level of the entry is off by one", "prove/encoding/heap.py", floor_one_too_high,
        ("callers_section_closed_by_inner_unlock_bad",), ("Z3 against the reference",),
    ),
    Fault("`Kill` forgets what is still held", "prove/encoding/references.py", kill_without_condition,
        ("equal_pointers_ok",), ("Z3 against the reference",),
    ),
    Fault("any context satisfies any fact", "prove/encoding/heap.py", any_context_is_every_fact,
        ("lock_keeps_ok",), ("Z3 against the reference",),
    ),
    Fault("a hold counts twice", "prove/encoding/references.py", hold_counts_twice,
        ("hold_of_borrow_bad",), ("Z3 against the reference",),
    ),
    Fault("objects without a name stay", "prove/encoding/heap.py", leaks_not_encoded,
        ("callers_section_closed_by_inner_unlock_bad",), ("Z3 against the reference",),
    ),
    Fault("a release is not encoded", "prove/encoding/references.py", release_not_encoded,
        ("context_needed_bad",), ("Z3 against the reference",),
    ),
    Fault("edges that differ in their guards are taken for one", "lens/local.py", shapes_without_guards,
        ("loop_overwrites_bad",), ("replay", "broken invariants"),
    ),
    Fault("a change of contexts is lost when an edge is put back", "lens/local.py", cut_forgets_contexts,
        ("callers_section_closed_by_inner_unlock_bad",), ("replay",),
    ),
    Fault("a change of objects is lost when an edge is put back", "lens/heaps.py", cut_forgets_objects,
        ("hold_of_borrow_bad",), ("replay",),
    ),
    # proposal
    Fault("a state is dropped", "prove/propose.py", state_dropped,
        ("branch_never_taken_bad", "loan_returned_bad"), ("certificate check",),
    ),
    Fault("violations are dropped", "prove/propose.py", violations_dropped,
        ("callers_section_closed_by_inner_unlock_bad",), ("certificate check",),
    ),
    Fault("a path lacks its first edge", "prove/propose.py", path_without_its_start,
        ("callers_section_closed_by_inner_unlock_bad",), ("replay",),
    ),
    Fault("all edges count as reached", "prove/propose.py", everything_counts_as_taken,
        ("branch_never_taken_bad",), ("certificate check",),
    ),
    # prover
    Fault("every answer of Z3 is taken for unsat", "prove/solver.py", unknown_is_unsat,
        ("branch_never_taken_bad",), ("wrong obligations",),
    ),
    Fault("every other obligation is skipped", "prove/encode.py", obligations_skipped,
        ("branch_never_taken_bad",), ("wrong obligations",),
    ),
    Fault("consecution is not asked", "prove/encode.py", consecution_not_asked,
        ("branch_never_taken_bad",), ("wrong obligations",),
    ),
    Fault("the prover does not ask what nothing reaches", "prove/prove.py", sanity_not_asked,
        ("branch_never_taken_bad",), ("certificate check",),
    ),
    # replay and certificates
    Fault("the replay accepts everything", "verdict/check.py", replay_takes_everything,
        ("callers_section_closed_by_inner_unlock_bad",), ("a step that cannot be taken", "broken traces"),
    ),
    Fault("the replay accepts any violation", "verdict/check.py", replay_takes_any_violation,
        ("callers_section_closed_by_inner_unlock_bad",), ("broken traces",),
    ),
    Fault("the checker looks at the first edge of a location only", "verdict/check.py", checker_skips_edges,
        ("branch_never_taken_bad", "callers_section_closed_by_inner_unlock_bad"), ("certificate check",),
    ),
    Fault("the checker sees nothing that is broken", "verdict/check.py", checker_sees_no_violation,
        ("callers_section_closed_by_inner_unlock_bad",), ("certificate check", "wrong claims"),
    ),
    Fault("the checker takes every state for one of the invariant", "verdict/check.py", checker_takes_every_state_for_inside,
        ("branch_never_taken_bad",), ("broken invariants",),
    ),
    Fault("a certificate loses a state on its way to JSON", "verdict/document.py", json_loses_a_state,
        ("branch_never_taken_bad",), ("oracle",),
    ),
)
