# SPDX-License-Identifier: GPL-2.0-only
"""Faults put in on purpose, one at a time, and the checks that have to catch them.

A fault is a realistic mistake in one place: an operation is lost, a condition is turned round, a step of the proof is
left out.  It is put in by patching; the litmus models named beside it are then lowered and verified as ever.
"""

from collections.abc import Callable
from typing import NamedTuple

import slips
from slips import Patch


class Fault(NamedTuple):
    """What is wrong, where, how it is put in, the litmus models it is tried on, and the checks that catch it."""

    what: str
    place: str
    put: Callable[[Patch], None]
    models: tuple[str, ...]
    caught: tuple[str, ...]


FAULTS = (
    # lowering
    Fault("an effect `release` of a contract is dropped", "lower/outcome.py", slips.lost_release,
        ("context_needed_bad",), ("litmus verdicts",),
    ),
    Fault("`!` does not swap the branches", "lower/expressions.py", slips.not_is_lost,
        ("contract_kept_ok",), ("litmus verdicts",),
    ),
    Fault("guards are not unlocked on the way out", "lower/jumps.py", slips.guards_stay_closed,
        ("guard_closes_ok",), ("litmus verdicts",),
    ),
    Fault("`unless` is read as `if`", "syntax/build.py", slips.unless_read_as_if,
        ("contract_kept_ok",), ("litmus verdicts",),
    ),
    Fault("liveness forgets what guards read", "lower/finish.py", slips.liveness_forgets_guards,
        ("branch_never_taken_bad",), ("litmus verdicts",),
    ),
    Fault("every argument comes with a reference", "lower/interface.py", slips.every_argument_is_given,
        ("callers_section_closed_by_inner_unlock_bad",), ("litmus verdicts",),
    ),
    Fault("only the first outcome of a contract is lowered", "lower/calls.py", slips.first_outcome_only,
        ("contract_failure_releases_bad",), ("litmus verdicts",),
    ),
    Fault("`__must_hold` is not asked of callers", "lower/interface.py", slips.contexts_not_asked_for,
        ("context_needed_bad",), ("litmus verdicts",),
    ),
    Fault("a contract owes no references at an exit", "lower/outcome.py", slips.contract_owes_no_references,
        ("contract_kept_ok",), ("litmus verdicts",),
    ),
    Fault("reader sections are taken for locks", "lower/tables.py", slips.locks_taken_for_readers,
        ("hold_of_borrow_bad",), ("updater", "litmus verdicts"),
    ),
    # reference
    Fault("a section protects nothing when it begins", "meaning/contexts.py", slips.sections_protect_nothing,
        ("released_inside_section_ok",), ("Z3 against the reference", "updater"),
    ),
    Fault("a section that ends ends no protection, in both meanings", "meaning/contexts.py, prove/encoding/contexts.py",
        slips.readers_end_never,
        ("callers_section_closed_by_inner_unlock_bad", "loan_returned_bad"),
        ("updater", "litmus verdicts"),
    ),
    Fault("leaks are not reported", "meaning/heap.py", slips.leaks_unseen,
        ("loop_overwrites_bad",), ("Z3 against the reference",),
    ),
    # encoding
    Fault("`settle` is forgotten", "prove/encoding/heap.py", slips.settle_forgotten,
        ("callers_section_closed_by_inner_unlock_bad",), ("Z3 against the reference",),
    ),
    Fault("the test of a value is negated", "prove/encoding/conditions.py", slips.truth_negated,
        ("branch_never_taken_bad",), ("Z3 against the reference", "wrong obligations"),
    ),
    Fault("what was never written is 0", "prove/encoding/conditions.py", slips.unwritten_is_zero,
        ("flag_unset_bad",), ("Z3 against the reference",),
    ),
    Fault("the level of the entry is off by one", "prove/encoding/heap.py", slips.floor_one_too_high,
        ("callers_section_closed_by_inner_unlock_bad",), ("Z3 against the reference",),
    ),
    Fault("`Kill` forgets what is still held", "prove/encoding/references.py", slips.kill_without_condition,
        ("equal_pointers_ok",), ("Z3 against the reference",),
    ),
    Fault("any context satisfies any fact", "prove/encoding/heap.py", slips.any_context_is_every_fact,
        ("lock_keeps_ok",), ("Z3 against the reference",),
    ),
    Fault("a hold counts twice", "prove/encoding/references.py", slips.hold_counts_twice,
        ("hold_of_borrow_bad",), ("Z3 against the reference",),
    ),
    Fault("objects without a name stay", "prove/encoding/heap.py", slips.leaks_not_encoded,
        ("callers_section_closed_by_inner_unlock_bad",), ("Z3 against the reference",),
    ),
    Fault("a release is not encoded", "prove/encoding/references.py", slips.release_not_encoded,
        ("context_needed_bad",), ("Z3 against the reference",),
    ),
    Fault("edges that differ in their guards are taken for one", "lens/local.py", slips.shapes_without_guards,
        ("loop_overwrites_bad",), ("replay", "broken invariants"),
    ),
    Fault("a change of contexts is lost when an edge is put back", "lens/local.py", slips.cut_forgets_contexts,
        ("callers_section_closed_by_inner_unlock_bad",), ("replay",),
    ),
    Fault("a change of objects is lost when an edge is put back", "lens/heaps.py", slips.cut_forgets_objects,
        ("hold_of_borrow_bad",), ("replay",),
    ),
    # proposal
    Fault("a state is dropped", "prove/propose.py", slips.state_dropped,
        ("branch_never_taken_bad", "loan_returned_bad"), ("certificate check",),
    ),
    Fault("violations are dropped", "prove/propose.py", slips.violations_dropped,
        ("callers_section_closed_by_inner_unlock_bad",), ("certificate check",),
    ),
    Fault("a path lacks its first edge", "prove/propose.py", slips.path_without_its_start,
        ("callers_section_closed_by_inner_unlock_bad",), ("replay",),
    ),
    Fault("all edges count as reached", "prove/propose.py", slips.everything_counts_as_taken,
        ("branch_never_taken_bad",), ("certificate check",),
    ),
    # prover
    Fault("every answer of Z3 is taken for unsat", "prove/solver.py", slips.unknown_is_unsat,
        ("branch_never_taken_bad",), ("wrong obligations",),
    ),
    Fault("every other obligation is skipped", "prove/encode.py", slips.obligations_skipped,
        ("branch_never_taken_bad",), ("wrong obligations",),
    ),
    Fault("consecution is not asked", "prove/encode.py", slips.consecution_not_asked,
        ("branch_never_taken_bad",), ("wrong obligations",),
    ),
    Fault("the checker does not ask what nothing reaches", "verdict/check.py", slips.sanity_not_asked,
        ("branch_never_taken_bad",), ("oracle", "litmus verdicts"),
    ),
    # replay and certificates
    Fault("the replay accepts everything", "verdict/check.py", slips.replay_takes_everything,
        ("callers_section_closed_by_inner_unlock_bad",), ("a step that cannot be taken", "broken traces"),
    ),
    Fault("the replay accepts any violation", "verdict/check.py", slips.replay_takes_any_violation,
        ("callers_section_closed_by_inner_unlock_bad",), ("broken traces",),
    ),
    Fault("the checker looks at the first edge of a location only", "verdict/check.py", slips.checker_skips_edges,
        ("branch_never_taken_bad", "callers_section_closed_by_inner_unlock_bad"), ("certificate check",),
    ),
    Fault("the checker sees nothing that is broken", "verdict/check.py", slips.checker_sees_no_violation,
        ("callers_section_closed_by_inner_unlock_bad",), ("certificate check", "wrong claims"),
    ),
    Fault("the checker takes every state for one of the invariant", "verdict/check.py",
        slips.checker_takes_every_state_for_inside, ("branch_never_taken_bad",), ("broken invariants",),
    ),
    Fault("a certificate loses a state on its way to JSON", "certificate/document.py", slips.json_loses_a_state,
        ("branch_never_taken_bad",), ("oracle",),
    ),
)


def table() -> str:
    """All faults as a table, with the checks that caught each when the tests were run."""
    rows = [f"| {f.what} | `{'`, `'.join(f.place.split(', '))}` | {'; '.join(f.caught)} |" for f in FAULTS]
    return "\n".join(["| fault | place | caught by |", "| --- | --- | --- |", *rows])
