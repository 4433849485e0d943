# SPDX-License-Identifier: GPL-2.0-only
"""Which findings from C are certain: their traces cross nothing that is assumed, guessed, or in doubt."""

from refcheck.infer.survey import Surveyed
from refcheck.slice.emit import NO_CASE, NOBODY_KNOWS
from refcheck.slice.facts import nodes
from refcheck.syntax import code
from refcheck.unit.declare import Declarations
from refcheck.verdict.verdict import Result, Trace

_GUESSED = ("none", "fail")  # outcomes that a source has because the file asks for them


def certain(f: Surveyed, trace: Trace, result: Result, decl: Declarations) -> bool:
    """The trace crosses no contract that is assumed or in doubt, as far as that speaks of the kind of object concerned."""
    callees = {s.edge.callee for s in trace.steps}
    if f.ambiguous or _kept_elsewhere(f, trace) or callees & f.doubted or NO_CASE in callees:
        return False
    if trace.violation[:2] == ("broken-contract", "result") and NOBODY_KNOWS in callees:
        return False
    if f.callback and trace.violation.property == "unbalanced-context":
        return False  # one of a pair that locks and unlocks
    if any(s.edge.callee in f.made and s.edge.outcome in _GUESSED for s in trace.steps):
        return False
    if _both_ways(trace) or (trace.violation.property == "bad-pointer" and _no_round(f, trace)):
        return False
    kind = _resource(trace, result)
    made = [decl.contracts[c].sig for c in callees if c in f.made]
    return not any(not kind or kind in (sig.result.name, *(p.type.name for p in sig.params)) for sig in made)


def _kept_elsewhere(f: Surveyed, trace: Trace) -> bool:
    """What is leaked may be kept by memory that the slice does not follow."""
    return trace.violation.property == "leaked-ref" and (
        f.hands_out or any(a.kind in ("store", "other name") for a in f.assumed)
    )


def _resource(trace: Trace, result: Result) -> str:
    """The resource of the object that a violation is about; empty where it is about none."""
    cell = trace.violation.cell
    kind = result.cfg.cells[cell].resource if cell >= 0 else -1
    return result.cfg.resources[kind].name if kind >= 0 else ""


def _answers(trace: Trace) -> dict[str, set[str]]:
    """The answers that conditions of a trace got, by their text."""
    found: dict[str, set[str]] = {}
    for s in trace.steps:
        if s.edge.kind in ("branch", "choice"):
            text, _, answer = s.edge.text.rpartition(": ")
            found.setdefault(text, set()).add(answer)
    return found


def _both_ways(trace: Trace) -> bool:
    """Something of which nothing is known is asked twice, and answered both ways: it would have to change in between."""
    return any(len(answers) > 1 and "(" not in text for text, answers in _answers(trace).items())


def _no_round(f: Surveyed, trace: Trace) -> bool:
    """The trace passes a loop over a list without a round, which the list may not allow."""
    tree = f.function.body if f.function is not None else None
    loops = {n.line for n in nodes(tree) if isinstance(n, code.While) and isinstance(n.cond, code.Nondet)}
    taken: dict[int, set[str]] = {}
    for s in trace.steps:
        if s.edge.kind in ("branch", "choice") and s.edge.span.line in loops:
            taken.setdefault(s.edge.span.line, set()).add(s.edge.text.rpartition(": ")[2])
    return any("true" not in answers and "yes" not in answers for answers in taken.values())
