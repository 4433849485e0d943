# SPDX-License-Identifier: GPL-2.0-only
"""Faults put into what a contract means, rule by rule, in each of its users: calls, bodies, and the two that compare exits.

The rules are those of docs/semantics.md, section 6.  Each fault is tried on the litmus models beside it, as those of
faults.py are: where both meanings of an exit have it, nothing but the verdict that a model is named for can show it.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from command import ROOT
from fault_checks import CHECKS, INTERNAL, surprising
from inlining import joined
from memory import forget
from slips import Patch

from refcheck.base.diagnostics import InternalError
from refcheck.graph import ops
from refcheck.graph.cfg import Came
from refcheck.lower import calls, entry, function, interface, outcome
from refcheck.meaning import conditions, exits
from refcheck.meaning.heap import Heap
from refcheck.prove import prove
from refcheck.prove.encoding import conditions as sym_conditions
from refcheck.prove.encoding import exits as sym_exits
from refcheck.prove.encoding.heap import SymHeap
from refcheck.run.tasks import prepare
from refcheck.unit.effects import source
from refcheck.unit.load import load

Put = Callable[[Patch], None]
ORDER = (*CHECKS, "inlining")


class Fault(NamedTuple):
    """The rule, the user that gets it wrong and how, how that is put in, the litmus models, the checks that catch it."""

    rule: str
    user: str
    what: str
    put: Put
    models: tuple[str, ...]
    caught: tuple[str, ...]


def objections(names: Sequence[str]) -> tuple[str, ...]:
    """The checks that object to what comes out for some litmus models."""
    found: set[str] = set()
    for name in names:
        path = ROOT / "tests" / "litmus" / f"{name}.rc"
        forget()
        for task in prepare(path, ROOT / "specs", ())[0]:
            try:
                result = prove.verify(task.cfg, prove.Limits())
            except InternalError as e:
                found.add(next((check for text, check in INTERNAL if text in str(e)), "another internal error"))
            except Exception:  # noqa: BLE001 (an operation that cannot go on is a check as well)
                found.add("a step that cannot be taken")
            else:
                if surprising(task, result, name.endswith("_ok")):
                    found.add("litmus verdicts")
        forget()
        if found <= {"litmus verdicts"} and any(a.what == "found" for a in joined(load(path))):
            found.add("inlining")
    return tuple(c for c in ORDER if c in found)


def table() -> str:
    """All faults as a table."""
    rows = [f"| {f.rule} | {f.user} | {f.what} | {'; '.join(f.caught)} |" for f in FAULTS]
    return "\n".join(["| rule | user | fault | caught by |", "| --- | --- | --- | --- |", *rows])


# ---------------------------------------------------------------------------------------------- how they are put in


def gives(module: Any, name: str, value: Any) -> Put:
    """A function that gives the same whatever it is asked."""
    return lambda patch: patch(module, name, lambda *_, **__: value)


def phase(name: str, other: int) -> Put:
    """What belongs to one phase of an outcome is done in another."""
    return lambda patch: patch(outcome, name, other)


def without(cls: Any, name: str, *kinds: type) -> Put:
    """A list of operations loses those of some kinds, also where they stand under conditions."""
    real = getattr(cls, name)

    def less(todo: Sequence[ops.Op]) -> list[ops.Op]:
        within = [o._replace(ops=tuple(less(o.ops))) if isinstance(o, ops.When) else o for o in todo]
        return [o for o in within if not isinstance(o, kinds)]

    return lambda patch: patch(cls, name, lambda *args: less(real(*args)))


def arrives(was: str, now: str) -> Put:
    """An argument comes in as something better than what callers show."""
    real = interface.Interface.arrival

    def arrival(*args: Any) -> ops.New:
        made = real(*args)
        return made._replace(how=now) if made.how == was else made

    return lambda patch: patch(interface.Interface, "arrival", arrival)


def both(*todo: Put) -> Put:
    """Several at once."""

    def put(patch: Patch) -> None:
        for one in todo:
            one(patch)

    return put


def conditions_read_late(patch: Patch) -> None:
    patch(outcome.Outcomes, "_asked", lambda s, asked: s.cond(asked))


def everything_read_good(patch: Patch) -> None:
    real = interface.Interface.filled
    patch(interface.Interface, "filled", lambda *args: real(*args[:-1], True))


def conditions_of_outcomes_forgotten(patch: Patch) -> None:
    real = entry.EntryBuilder.promises
    patch(entry.EntryBuilder, "promises", lambda *args: tuple(p._replace(cond=ops.TRUE) for p in real(*args)))


def one_more(patch: Patch) -> None:
    # What is handed over under a condition is handed over always
    real = interface.Interface.arrival

    def arrival(s: Any, p: Any, cell: int) -> ops.New:
        return real(s, p, cell)._replace(how="handed") if s.handed(p, s.bind[p.name]) else real(s, p, cell)

    patch(interface.Interface, "arrival", arrival)


def entry_without_slots(patch: Patch) -> None:
    real = entry.EntryBuilder.came

    def came(*args: Any) -> Came:
        found: Came = real(*args)
        kept = [o for o in found.built if not any(isinstance(i, ops.PutSlot) for i in ops.flat((o,)))]
        return found._replace(built=tuple(kept))

    patch(entry.EntryBuilder, "came", came)


def unnamed_entries_assume_more(patch: Patch) -> None:
    real = entry.EntryBuilder._assume
    patch(entry.EntryBuilder, "_assume", lambda s, clauses: real(s, [(ops.TRUE, m) for _, m in clauses]))


def named_entries_assume(patch: Patch) -> None:
    real = entry.EntryBuilder._conditions

    def assume(s: Any) -> None:
        named, s.entry = s.entry, None
        real(s)
        s.entry = named

    patch(entry.EntryBuilder, "_conditions", assume)


def absent_is_there(patch: Patch) -> None:
    real = entry.EntryBuilder._parameters

    def parameters(s: Any) -> None:
        real(s)
        s.scope = {n: v._replace(present=-1) for n, v in s.scope.items()}

    patch(entry.EntryBuilder, "_parameters", parameters)


def reads_are_wanted(patch: Patch) -> None:
    # What an outcome reads in any case is taken for read, though nobody may want it
    real = interface.Interface._always

    def always(s: Any, param: str, slot: str) -> bool:
        read = [[(x.name, x.slot) for e in o.effects if (x := source(e))] for o in s.contract.outcomes]
        return real(s, param, slot) or all((param, slot) in here for here in read)

    patch(interface.Interface, "_always", always)


def sleeps_somewhere(patch: Patch) -> None:
    patch(function, "_naps", lambda contract: bool(contract) and any(
        e.verb == "sleep" for o in contract.outcomes for e in o.effects
    ))


def plain_exit(name: str, value: Any) -> Put:
    return gives(exits, name, value)


def sym_exit(name: str, value: Any) -> Put:
    return gives(sym_exits, name, value)


REFERENCE, ENCODING, BOTH = "exit (reference)", "exit (encoding)", "exit (both)"


def in_exits(rule: str, what: str, plain: Put, sym: Put, models: tuple[str, ...], caught: tuple[str, ...]) -> list[Fault]:
    """The same mistake in each of the two that compare exits, and in both."""
    alone = ("Z3 against the reference",)
    return [
        Fault(rule, REFERENCE, what, plain, models, alone),
        Fault(rule, ENCODING, what, sym, models, alone),
        Fault(rule, BOTH, what, both(plain, sym), models, caught),
    ]


VERDICT, NETS = ("litmus verdicts",), ("litmus verdicts", "inlining")
CALL, BODY = "call", "body on entry"
READ_ON_ENTRY = "conditions and sources are read on entry"
IN_ORDER = "protections end, things move, protections begin"
SURVIVES = "what an outcome does not give away survives it"
ONE_SET = "a call shows what a body assumes"
UNSPOKEN = "of what the contract does not speak, hands off"
ASKED = "`__must_hold`, `__requires` and `__may_sleep` are asked everywhere"
REFINES = "the exit refines an outcome"

FAULTS = (
    Fault(READ_ON_ENTRY, "call and exit", "a condition is asked where its effect happens", conditions_read_late,
        ("condition_on_a_slot_that_goes_ok",), VERDICT),
    Fault(READ_ON_ENTRY, "call and exit", "a copy is read when things move", phase("READ", outcome.MOVE),
        ("copy_then_drop_bad", "copy_then_drop_ok"), VERDICT),
    Fault(READ_ON_ENTRY, "call and exit", "what is taken is taken when things move", phase("TAKE", outcome.MOVE),
        ("move_then_take_ok",), VERDICT),
    Fault(IN_ORDER, "call and exit", "protections end last", phase("END", outcome.BEHIND),
        ("inout_survives_bad", "lent_survives_under_a_condition_bad"), NETS),
    Fault(IN_ORDER, "call and exit", "a context is left last", phase("LEAVE", outcome.BEHIND),
        ("conditions_of_contexts_overlap_bad", "leave_then_use_bad"), VERDICT),
    Fault(IN_ORDER, "call and exit", "new objects are made first", phase("MAKE", outcome.ASK),
        ("section_renewed_ok",), VERDICT),
    Fault(IN_ORDER, "call and exit", "holds are taken first", phase("HOLD", outcome.ASK),
        ("hold_behind_a_drop_bad",), VERDICT),
    Fault(IN_ORDER, "call and exit", "sections begin first", phase("ENTER", outcome.ASK),
        ("conditions_of_contexts_overlap_bad", "leave_then_use_bad"), VERDICT),
    Fault(IN_ORDER, CALL, "a use behind a `leave` is checked in front of it", phase("LATE", outcome.USE),
        ("leave_then_use_bad",), VERDICT),
    Fault(IN_ORDER, CALL, "sleeping is checked before the context is left", phase("SLEEP", outcome.USE),
        ("sleep_behind_its_section_ok",), VERDICT),
    Fault(SURVIVES, CALL, "nothing is asked of it", gives(outcome.Outcomes, "_survivors", None),
        ("inout_survives_bad", "lent_survives_under_a_condition_bad"), NETS),
    Fault(SURVIVES, CALL, "what slots lend need not survive", gives(outcome.Outcomes, "_lent", None),
        ("slot_given_with_container_bad", "slot_survives_release_bad"), NETS),
    Fault(ONE_SET, CALL, "arguments need not be alive", gives(outcome.Outcomes, "alive", []),
        ("inout_survives_bad", "container_kept_by_a_section_bad"), NETS),
    Fault(ONE_SET, CALL, "`__counted` is not asked", without(outcome.Outcomes, "alive", ops.NeedCount),
        ("counted_is_asked_bad",), VERDICT),
    Fault(ONE_SET, CALL, "a container may be kept by a section", without(outcome.Outcomes, "alive", ops.NeedFirm),
        ("container_kept_by_a_section_bad",), VERDICT),
    Fault(ONE_SET, CALL, "a slot may own what is handed over", without(interface.Interface, "checks", ops.NeedOwn),
        ("content_is_the_argument_bad",), NETS),
    Fault(ONE_SET, CALL, "what slots lend may be dead",
        both(without(interface.Interface, "checks", ops.UseSlots), gives(outcome.Outcomes, "_lent", None)),
        ("slot_passed_dead_bad", "slot_that_may_be_dead_is_handed_on_bad"), VERDICT),
    Fault(ONE_SET, CALL, "slots may be stale", gives(interface.Interface, "_not_stale", []),
        ("slot_passed_stale_unread_bad",), VERDICT),
    Fault(ONE_SET, CALL, "two containers may be one", gives(interface.Interface, "_distinct", []),
        ("containers_are_two_bad",), VERDICT),
    Fault(ONE_SET, CALL, "what is in a slot may be a container that is passed",
        gives(interface.Interface, "_contents_apart", []),
        ("content_is_a_container_bad",), VERDICT),
    Fault(ONE_SET, CALL, "two references will do for three", gives(interface.Interface, "_given_together", True),
        ("two_references_for_three_arguments_bad",), NETS),
    Fault(SURVIVES, CALL, "what is used behind a `leave` need not survive it", gives(outcome.Outcomes, "_used_late", None),
        ("leave_then_use_in_another_case_bad", "leave_then_use_under_a_condition_bad"), NETS),
    Fault(ONE_SET, CALL, "one reference will do for two", gives(interface.Interface, "_each_its_own", []),
        ("one_reference_for_two_arguments_bad",), VERDICT),
    Fault(ONE_SET, CALL, "values may be unwritten", without(interface.Interface, "checks", ops.CheckInit),
        ("unwritten_argument_bad", "any_is_never_written_bad"), VERDICT),
    Fault(ONE_SET, BODY, "no two arguments are one object",
        both(gives(conditions, "_may_be_one", False), gives(sym_conditions, "_may_be_one", False)),
        ("arguments_are_one_bad", "equal_pointers_ok"), VERDICT),
    Fault(ONE_SET, BODY, "what is lent is counted", arrives("lent", "counted"),
        ("callers_section_closed_by_inner_unlock_bad", "conditions_of_contexts_overlap_bad"), VERDICT),
    Fault(ONE_SET, BODY, "what is firm is counted", arrives("firm", "counted"),
        ("counted_is_asked_bad", "firm_is_not_counted_bad"), VERDICT),
    Fault(ONE_SET, BODY, "what is lent is firm", arrives("lent", "firm"),
        ("callers_section_closed_by_inner_unlock_bad", "conditions_of_contexts_overlap_bad"), VERDICT),
    Fault(ONE_SET, BODY, "what is `__counted` lasts for ever", arrives("counted", "immortal"),
        ("counted_by_a_lock_bad",), VERDICT),
    Fault(ONE_SET, BODY, "what is used behind a `leave` is firm", arrives("kept", "firm"),
        ("used_late_is_not_firm_bad",), NETS),
    Fault(ASKED, BODY, "a contract that sleeps in one case sleeps in each", sleeps_somewhere,
        ("sleep_under_a_condition_bad",), NETS),
    Fault(ONE_SET, BODY, "what is `__any` is lent", arrives("dead", "lent"),
        ("any_is_touched_bad",), VERDICT),
    Fault(ONE_SET, BODY, "what is given away under a condition comes with a reference always", one_more,
        ("handed_by_the_state_of_a_slot_bad",), VERDICT),
    Fault(ONE_SET, BODY, "what is given away under a condition never comes with one",
        gives(interface.Interface, "handed", []),
        ("contract_asks_for_an_error_pointer_ok", "contract_kept_ok"), VERDICT),
    Fault(ONE_SET, BODY, "what slots lend is alive", everything_read_good,
        ("slot_that_is_only_dropped_bad",), VERDICT),
    Fault(ONE_SET, BODY, "no slot lends anything", lambda p: p(entry.EntryBuilder, "_queued", lambda *_: True),
        ("queue_in_body_bad", "slot_that_is_only_dropped_bad"), VERDICT),
    Fault(ONE_SET, BODY, "no out-parameter is absent", absent_is_there,
        ("out_parameter_absent_bad",), VERDICT),
    Fault(ONE_SET, BODY, "no caller is in a section for which something is lent",
        gives(entry.EntryBuilder, "_promised", []),
        ("borrow_promised_inside_its_section_bad",), VERDICT),
    Fault(IN_ORDER, CALL, "what a lock lends does not end with what takes it out",
        without(outcome.Outcomes, "operations", ops.Revoke),
        ("revoked_then_used_bad",), VERDICT),
    Fault(REFINES, CALL, "an integer that goes back is the argument itself",
        lambda p: p(outcome.Outcomes, "_alike", lambda _, cell, src: [ops.Copy(cell, src)]),
        ("integer_goes_back_as_another_bad",), VERDICT),
    Fault(REFINES, "exit (lowering)", "callers are not told what was taken out",
        gives(entry.EntryBuilder, "_nothing_revoked", []),
        ("revoked_by_a_callee_bad",), NETS),
    Fault(UNSPOKEN, CALL, "it is asked only where an effect is done", gives(interface.Interface, "_known_slots", []),
        ("slot_dropped_under_a_condition_bad",), NETS),
    Fault(UNSPOKEN, CALL, "it is asked only where what is read is wanted", reads_are_wanted,
        ("slot_read_for_nobody_bad",), NETS),
    Fault(UNSPOKEN, BODY, "it may be touched", gives(interface.Interface, "untouched", []),
        ("slot_of_freed_container_bad", "slot_unspoken_bad"), VERDICT),
    Fault(UNSPOKEN, BODY, "it is known", gives(interface.Interface, "looked_at", True),
        ("slot_of_freed_container_bad", "slot_unspoken_bad"), VERDICT),
    Fault(ASKED, CALL, "`__must_hold` is not asked", without(interface.Interface, "demands", ops.Need),
        ("context_needed_bad", "must_hold_of_a_body_in_place_bad"), VERDICT),
    Fault(ASKED, CALL, "`__may_sleep` is not asked", without(interface.Interface, "demands", ops.NeedNone),
        ("sleep_in_section_bad",), VERDICT),
    Fault(ASKED, CALL, "`__requires` is not asked", gives(interface.Interface, "required", []),
        ("requires_is_asked_bad",), VERDICT),
    Fault(ASKED, CALL, "nothing is asked where the body stands in place", gives(calls.Calls, "demand", None),
        ("must_hold_of_a_body_in_place_bad",), VERDICT),
    Fault(ASKED, BODY, "conditions of `__must_hold` are forgotten", unnamed_entries_assume_more,
        ("must_hold_under_a_condition_bad",), VERDICT),
    Fault(ASKED, BODY, "an entry context is taken to give what is required", named_entries_assume,
        ("entry_leaves_an_argument_open_bad",), VERDICT),
    Fault(REFINES, "exit (lowering)", "any outcome will do, whatever its condition", conditions_of_outcomes_forgotten,
        ("outcome_of_another_case_bad",), VERDICT),
    Fault(REFINES, "exit (lowering)", "contexts are not owed",
        without(outcome.Outcomes, "changes", ops.Enter, ops.Leave),
        ("callers_section_closed_by_inner_unlock_bad", "conditions_of_contexts_overlap_bad"), VERDICT),
    Fault(REFINES, "exit (lowering)", "references are not owed",
        without(outcome.Outcomes, "changes", ops.Release, ops.Consume, ops.Free),
        ("consumed_bad", "content_is_the_argument_bad"), VERDICT),
    Fault(REFINES, "exit (lowering)", "new objects are not owed", without(outcome.Outcomes, "changes", ops.New),
        ("loan_returned_bad", "resource_is_extended_ok"), VERDICT),
    Fault(REFINES, "exit (lowering)", "slots are not owed",
        without(outcome.Outcomes, "changes", ops.PutSlot, ops.ClearSlot, ops.DropSlot, ops.TakeSlot),
        ("content_is_the_argument_bad", "copy_then_drop_ok"), VERDICT),
    Fault(REFINES, "exit (lowering)", "the state of the entry has no slots", entry_without_slots,
        ("slot_set_to_null_bad", "container_kept_by_a_section_bad"), NETS),
    *in_exits(REFINES, "any result will do",
        both(plain_exit("_alike", True), plain_exit("_value_fits", True)), sym_exit("_value", True),
        ("contract_result_bad", "loan_returned_bad"), VERDICT),
    *in_exits(REFINES, "contexts may be at any level", plain_exit("_open_context", ""), sym_exit("_contexts", True),
        ("section_left_open_bad",), VERDICT),
    *in_exits(REFINES, "any number of references will do", plain_exit("_balance", 0), sym_exit("_balances", []),
        ("slot_set_to_null_bad", "release_missing_bad"), NETS),
    *in_exits(REFINES, "memory may be gone that is only given away", plain_exit("_freed", None), sym_exit("_freed", False),
        ("freed_by_its_callee_bad",), NETS),
    *in_exits(REFINES, "what goes back may be dead", plain_exit("_dead", ""), sym_exit("_dead", {}),
        ("borrow_returned_without_contract_bad",), VERDICT),
    *in_exits(REFINES, "less may protect what goes back", plain_exit("_weaker", ""), sym_exit("_weaker", False),
        ("borrow_from_another_owner_bad",), NETS),
    *in_exits(REFINES, "slots may hold anything", plain_exit("_slot_misfits", []), sym_exit("_slots", True),
        ("container_dies_in_the_body_bad", "slot_lends_from_a_lock_bad"), VERDICT),
    *in_exits(REFINES, "a slot may name another object", plain_exit("_content_fits", True), sym_exit("_stands", True),
        ("slot_holds_another_bad",), VERDICT),
    *in_exits(REFINES, "what callers were lent may have ended",
        plain_exit("_revokes_no_more", True), sym_exit("_revoked", True),
        ("revoked_by_a_callee_bad",), NETS),
    *in_exits(REFINES, "a slot may lend what is dead", plain_exit("_good", True), sym_exit("_good", True),
        ("slot_lends_from_an_earlier_section_bad",), VERDICT),
    *in_exits(REFINES, "out-parameters may hold anything", plain_exit("_outs_misfit", []), sym_exit("_outs", True),
        ("out_unwritten_bad", "out_parameter_holds_another_bad"), VERDICT),
    *in_exits(REFINES, "a container may be left stale", gives(Heap, "check_stale", None), gives(SymHeap, "stale", False),
        ("slot_left_stale_bad", "slot_left_stale_under_a_lock_bad"), VERDICT),
)  # fmt: skip
