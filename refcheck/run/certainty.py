# SPDX-License-Identifier: GPL-2.0-only
"""Which findings from C are certain: their traces cross nothing that is assumed, guessed, or in doubt."""

from refcheck.infer.survey import Surveyed
from refcheck.slice.emit import NO_CASE, NOBODY_KNOWS
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
    if any(s.edge.callee in f.made and s.edge.outcome in _GUESSED for s in trace.steps):
        return False
    kind = _resource(trace, result)
    made = [decl.contracts[c].sig for c in callees if c in f.made]
    return not any(not kind or kind in (sig.result.name, *(p.type.name for p in sig.params)) for sig in made)


def _kept_elsewhere(f: Surveyed, trace: Trace) -> bool:
    """What is leaked may be kept by memory that the slice does not follow."""
    return trace.violation.property == "leaked-ref" and (f.hands_out or any(a.kind == "store" for a in f.assumed))


def _resource(trace: Trace, result: Result) -> str:
    """The resource of the object that a violation is about; empty where it is about none."""
    cell = trace.violation.cell
    kind = result.cfg.cells[cell].resource if cell >= 0 else -1
    return result.cfg.resources[kind].name if kind >= 0 else ""
