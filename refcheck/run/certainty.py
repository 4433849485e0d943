# SPDX-License-Identifier: GPL-2.0-only
"""Which findings from C are certain: their traces cross nothing that is assumed, guessed, or in doubt.

Each doubt is a question about one trace; a finding is certain where none of them is answered yes.
"""

import re
from collections.abc import Iterator

from refcheck.base.named import NamedTuple
from refcheck.graph import ops
from refcheck.graph.cfg import Cell, Edge
from refcheck.infer.surveyed import DECLARED, FIELD, ROLE, Surveyed
from refcheck.meaning.heap import Heap
from refcheck.meaning.step import apply, havocs
from refcheck.slice.emit import NO_CASE, NOBODY_KNOWS
from refcheck.slice.facts import nodes
from refcheck.syntax import ast, code
from refcheck.unit.declare import Declarations
from refcheck.verdict.verdict import Result, Trace

_TWO_NAMES = re.compile(r"\w+ [!=]= (?!NULL)[A-Za-z_]\w*: yes")
_LEAF = re.compile(r"\b[a-z_]\w*\b(?!\s*(?:->|\.|\())")  # what a condition is about, not what it is reached through
_GUESSED = ("none", "fail")  # outcomes that a source has because the file asks for them
_ASKED = ("bad-pointer", "broken-contract", "missing-context", "noref-escape")
_OWNED = ("leaked-ref", "noref-escape", "double-release", "release-of-borrowed", "use-after-release", "broken-contract")
_SPENT = ("use-after-release", "use-after-consume", "double-release", "release-of-borrowed")


class _Evidence(NamedTuple):
    """A trace of a function, with the names of the callees on it."""

    f: Surveyed
    trace: Trace
    result: Result
    decl: Declarations
    callees: frozenset[str]

    @property
    def breaks(self) -> str:
        """The property that is broken."""
        return self.trace.violation.property

    @property
    def kind(self) -> str:
        """The resource of the object that the violation is about; empty where it is about none."""
        return self.result.cfg.resource_of(self.trace.violation.cell)

    @property
    def cell(self) -> Cell | None:
        """The cell that the violation is about, if there is one."""
        at = self.trace.violation.cell
        return self.result.cfg.cells[at] if at >= 0 else None

    @property
    def of_callers(self) -> bool:
        """The violation is about a parameter."""
        return self.cell is not None and self.cell.role == "param"

    @property
    def bound(self) -> bool:
        """Somebody said what the function is to keep, so that it is known what its callers bring."""
        return self.f.how in (DECLARED, ROLE)


def certain(f: Surveyed, trace: Trace, result: Result, decl: Declarations) -> bool:
    """The trace crosses no contract that is assumed or in doubt, as far as that speaks of the kind of object concerned."""
    callees = frozenset(s.edge.callee for s in trace.steps if s.edge.callee)
    case = _Evidence(f, trace, result, decl, callees)
    return not any(doubt(case) for doubt in _DOUBTS)


def _answers(t: Trace) -> Iterator[Edge]:
    """The edges of a trace on which a question is answered; their texts are `question: answer`."""
    return (s.edge for s in t.steps if s.edge.kind in ("branch", "choice"))


# ---------------------------------------------------------------------------------------------- contracts


def _doubted_contract(c: _Evidence) -> bool:
    """The function's own contract or that of a callee has exits against it."""
    return bool(c.f.ambiguous) or bool(c.callees & c.f.doubted)


def _guessed_outcome(c: _Evidence) -> bool:
    """Something comes from where nobody knows, and is NULL or an error because the file asks whether it is."""
    return any(s.edge.callee in c.f.made and s.edge.outcome in _GUESSED for s in c.trace.steps)


def _assumed_object(c: _Evidence) -> bool:
    """A contract that is only assumed speaks of such an object, or of one that may have it in a slot."""
    about = {c.kind, *(r.name for r in c.decl.resources.values() if any(s.target == c.kind for s in r.slots))}
    made = (c.decl.contracts[name].sig for name in c.callees & c.f.made)
    return any(not c.kind or about & {sig.result.name, *(p.type.name for p in sig.params)} for sig in made)


def _owning_field(c: _Evidence) -> bool:
    """What is leaked or put may be in a field that the file seems to own, and does not."""
    return bool(c.f.followed) and (not c.kind or c.kind in c.f.followed)


def _same_question(c: _Evidence) -> bool:
    """A callee with an inferred contract decides by a field that the function asks as well: the answers may be one."""
    asked = frozenset().union(*(c.f.asks.get(name, frozenset()) for name in c.callees & c.f.inferred))
    return bool(asked) and any(asked & set(FIELD.findall(e.text)) for e in _answers(c.trace))


def _inferred_demand(c: _Evidence) -> bool:
    """What breaks is what an inferred contract asks for, which may be more than the body needs on this path."""
    sleeps = c.breaks == "missing-context" and c.trace.violation.reason != "needed"
    return c.breaks in _ASKED and not sleeps and c.trace.steps[-1].edge.callee in c.f.inferred


def _inferred_null(c: _Evidence) -> bool:
    """The pointer may come from an inferred contract, which does not say when it gives none."""
    if c.breaks != "bad-pointer":
        return False
    signatures = (c.decl.contracts[name].sig for name in c.callees & c.f.inferred)
    return any(c.kind in (sig.result.name, *(p.type.name for p in sig.params if p.type.pointer)) for sig in signatures)


# ---------------------------------------------------------------------------------------------- callers


def _callers_sections(c: _Evidence) -> bool:
    """A section that callers may be in: nobody says that they are not, and the path has closed none that it opened."""
    needed = c.breaks == "missing-context" and c.trace.violation.reason == "needed"
    if c.bound or not (needed or c.breaks == "noref-escape"):
        return False
    return c.of_callers or not any(isinstance(op, ops.Leave) for s in c.trace.steps for op in ops.flat(s.edge.ops))


def _locks_for_others(c: _Evidence) -> bool:
    """Callers share the care for what is entered: the function leaves what they entered, or gives them a section."""
    if c.breaks != "unbalanced-context":
        return False
    if c.f.callback or _akin_answers(c.trace) or _moves_contexts(c.decl.contracts.get(c.f.name)):
        return True  # one of a pair that locks and unlocks
    those = [t for t in c.result.traces if t.violation.property == c.breaks]
    if any(t.violation.reason == "closed-twice" and not _own_section(c.result, t) for t in those):
        return c.f.how != DECLARED
    return not c.bound and c.trace.steps[-1].edge.kind == "exit" and not _gives_up(c.result, c.trace)


def _moves_contexts(contract: ast.ContractDef | None) -> bool:
    """A contract enters or leaves something: the body may do so by another name (rtnl is a mutex)."""
    return contract is not None and any(e.verb in ("enter", "leave") for o in contract.outcomes for e in o.effects)


def _gives_up(result: Result, t: Trace) -> bool:
    """The exit says that something went wrong: it returns an error or NULL, or comes before the end of a void function."""
    cell = next((i for i, x in enumerate(result.cfg.cells) if x.role == "result"), -1)
    last, before = t.steps[-1].edge, t.steps[-2].state if len(t.steps) > 1 else None
    if cell < 0 or before is None or havocs(last):
        return cell < 0 and last.text.startswith("return")
    heap = Heap(result.cfg, before)
    for op in last.ops:
        if not isinstance(op, ops.Exit):
            apply(heap, op)
    value = heap.cells[cell]
    if result.cfg.cells[cell].kind == "ptr":
        return value <= 0
    return value < 0 and value in result.cfg.points


def _akin_answers(t: Trace) -> bool:
    """Two conditions of which nothing is known speak of one variable or field: one answer may decide the other."""
    seen: dict[str, set[str]] = {}
    for e in _answers(t):
        text = e.text.rpartition(": ")[0]
        for name in _LEAF.findall(text):
            seen.setdefault(name, set()).add(text)
    return any(len(texts) > 1 for texts in seen.values())


def _own_section(result: Result, t: Trace) -> bool:
    """What is left at the end of a trace is entered by the function itself, on this path or on another to the same place."""
    context = result.cfg.contexts.index(t.violation.detail)
    if any(isinstance(op, ops.Enter) and op.context == context for s in t.steps for op in ops.flat(s.edge.ops)):
        return True
    before = t.steps[-2].state if len(t.steps) > 1 else None
    if before is None or result.certificate is None or result.certificate.refinement is not None:
        return False
    here = result.certificate.states[t.steps[-1].edge.src]
    return any(state.contexts[context] > before.contexts[context] for state in here)


def _callers_references(c: _Evidence) -> bool:
    """A hold of an argument, or a use behind its release, is right if a caller has a reference; a container is one's own."""
    if c.bound or not c.of_callers:
        return False
    return c.breaks == "hold-of-borrowed" or (c.breaks in _SPENT and not c.decl.resources[c.kind].slots)


def _callers_pointers(c: _Evidence) -> bool:
    """An argument is NULL because the function asks whether it is, which callers may never let it be."""
    return c.breaks == "bad-pointer" and not c.bound and c.of_callers


def _counts_by_hand(c: _Evidence) -> bool:
    """The function changes a count itself, which is not followed."""
    return c.breaks in _OWNED and any(a.kind == "counts" for a in c.f.assumed)


def _own_inference(c: _Evidence) -> bool:
    """An exit breaks a contract that was inferred from this body: what is wrong is the contract."""
    return c.breaks == "broken-contract" and not c.bound and not c.trace.steps[-1].edge.callee


def _as_a_module(c: _Evidence) -> bool:
    """An option is a module, which not every option can be, and none says that this one can."""
    modules = [i for i, x in enumerate(c.result.cfg.cells) if x.role == "config" and "_MODULE" in x.name]
    return any(s.state.cells[i] == 1 for s in c.trace.steps if s.state is not None for i in modules)


def _in_a_queue(c: _Evidence) -> bool:
    """The function may know of a queue that it is not empty, or be in the lock that keeps what it has queued."""
    told = {"bad-pointer": "drained", "use-after-consume": "queued"}.get(c.breaks)
    return told is not None and any(s.edge.outcome == told for s in c.trace.steps)


def _kept_elsewhere(c: _Evidence) -> bool:
    """What is leaked may be kept by memory that the slice does not follow."""
    keeps = c.f.hands_out or any(a.kind in ("store", "other name") for a in c.f.assumed)
    return c.breaks == "leaked-ref" and keeps


# ---------------------------------------------------------------------------------------------- values


def _unknown_result(c: _Evidence) -> bool:
    """The exit returns a number of which nothing is known, where the number tells what is owed."""
    if c.breaks not in ("leaked-ref", "broken-contract") or c.trace.steps[-1].edge.kind != "exit":
        return False
    if c.trace.violation.reason in ("result", "given-away"):
        return any(name == NOBODY_KNOWS or _says_any(c.decl.contracts.get(name)) for name in c.callees)
    line = c.trace.steps[-1].edge.span.line
    return any(s.edge.callee == NOBODY_KNOWS and s.edge.span.line == line for s in c.trace.steps)


def _unwritten(c: _Evidence) -> bool:
    """A number, what an out-parameter points to or a slot of what a slot holds is read unwritten, which may be ruled out."""
    if not c.trace.violation.reason.startswith("uninitialised"):
        return False
    return c.cell is None or c.cell.kind != "ptr" or c.cell.name.startswith("*") or "->" in c.cell.name


def _says_any(contract: ast.ContractDef | None) -> bool:
    outcomes = contract.outcomes if contract is not None else ()
    return any(isinstance(e.value, ast.Values) and e.value.relation == "any" for o in outcomes for e in o.effects)


def _no_case(c: _Evidence) -> bool:
    """A switch without `default` has no case for a value of which nothing is known."""
    return NO_CASE in c.callees


def _both_ways(c: _Evidence) -> bool:
    """Something of which nothing is known is asked twice, and answered both ways: it would have to change in between.

    What a call says may change; where it decides about a section, who entered and who leaves have asked the same.
    """
    answers: dict[str, set[str]] = {}
    for e in _answers(c.trace):
        text, _, answer = e.text.rpartition(": ")
        answers.setdefault(text, set()).add(answer)
    section = c.breaks in ("unbalanced-context", "missing-context")
    return any(len(got) > 1 and (section or "(" not in text) for text, got in answers.items())


def _asked_in_a_macro(c: _Evidence) -> bool:
    """Something that is not followed is asked whether there is no such object: `if (CHECK(dev, !skb, "none"))`."""
    if c.cell is None or not c.cell.name:
        return False
    none = re.compile(rf"\w\(.*!\s*{re.escape(c.cell.name)}\b")
    return any(none.search(e.text) for e in _answers(c.trace))


def _same_address(c: _Evidence) -> bool:
    """Two objects of the model are taken for one, since nothing says that each source gives one of its own."""
    return any(_TWO_NAMES.fullmatch(e.text) for e in _answers(c.trace))


def _no_round(c: _Evidence) -> bool:
    """The trace passes a loop without a round, which what is looped over may not allow."""
    if c.breaks not in ("bad-pointer", "leaked-ref"):
        return False
    tree = c.f.function.body if c.f.function is not None else None
    loops = {n.line for n in nodes(tree) if isinstance(n, code.While | code.For)}
    taken: dict[int, set[str]] = {}
    for e in _answers(c.trace):
        if e.span.line in loops:
            taken.setdefault(e.span.line, set()).add(e.text.rpartition(": ")[2])
    return any("true" not in got and "yes" not in got for got in taken.values())


_DOUBTS = (
    _doubted_contract, _same_question, _guessed_outcome, _assumed_object, _owning_field, _inferred_demand, _inferred_null,
    _own_inference, _callers_sections, _locks_for_others, _callers_references, _callers_pointers,
    _kept_elsewhere, _counts_by_hand, _as_a_module,
    _in_a_queue, _unknown_result, _unwritten, _no_case, _both_ways, _asked_in_a_macro,
    _same_address, _no_round,
)  # fmt: skip
