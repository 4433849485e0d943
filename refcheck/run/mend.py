# SPDX-License-Identifier: GPL-2.0-only
"""Help that was tried: a repair is made in the text, the text verified anew, and offered only where that mends.

It mends where the finding is gone, nothing else is broken in its function nor where that stands in place of a contract, and
nothing is unknown or unreached that was not so before.
"""

from collections import Counter
from collections.abc import Sequence

from refcheck.base.diagnostics import InputError
from refcheck.base.limits import Limits
from refcheck.base.named import NamedTuple
from refcheck.base.source import SourceFile
from refcheck.base.verdicts import Verdict
from refcheck.lower.function import entry_contexts, lower
from refcheck.lower.tables import reachable
from refcheck.prove.acquired import acquired_by
from refcheck.prove.prove import verify
from refcheck.result.build import record
from refcheck.result.checked import Checked
from refcheck.result.edits import edits
from refcheck.result.explain import subject
from refcheck.result.record import Finding, Record
from refcheck.result.repair import Breakage, repairs
from refcheck.result.verbs import verbs
from refcheck.syntax import ast
from refcheck.syntax.parser import parse
from refcheck.unit.declare import Declarations, declare
from refcheck.unit.load import Unit
from refcheck.verdict.verdict import Result, Trace

MOST_TRIED = 120  # texts that are verified for the findings of one file
_MORE_STATES = 2

Entered = tuple[str, str]  # a function, in an entry context


class Aftermath(NamedTuple):
    """What is said of a function in an entry context: what breaks, and what is not decided or reached."""

    broken: Counter[tuple[str, ...]]
    idle: frozenset[tuple[str, str]]


def with_help(
    unit: Unit, decl: Declarations, judged: Sequence[Checked], limits: Limits, graphs: bool = False, why: bool = False
) -> list[Record]:  # fmt: skip
    """The records of the functions of one model, with help where some was found to mend."""
    mender = Mender(unit, decl, judged, limits)
    return [mender.helped(c, record(c, unit.sources, graphs, why)) for c in judged]


class Mender:
    """The model of one file, with what is known of its functions, and of texts that were tried."""

    def __init__(self, unit: Unit, decl: Declarations, found: Sequence[Checked], limits: Limits) -> None:
        self.unit, self.decl, self.limits = unit, decl, limits
        self.said: dict[Entered, Aftermath] = {(c.task.cfg.function, c.task.cfg.entry): said(c.result) for c in found}
        self.tried: dict[str, dict[Entered, Aftermath] | None] = {}

    def helped(self, checked: Checked, record: Record) -> Record:
        """The record with help and repair for each of its findings that one was found for."""
        pairs = zip(record.findings, checked.result.traces, strict=True)
        return record._replace(findings=tuple([self._helped(checked, f, t) for f, t in pairs]))

    def _helped(self, checked: Checked, f: Finding, trace: Trace) -> Finding:
        result = checked.result
        source, name = self.unit.sources[self.unit.model.path], result.cfg.function
        called = {e.callee for e in result.cfg.edges if e.callee}
        able = verbs(self.decl, self.unit.model.path, called)
        function = self.decl.functions[name]
        if function.span.path != source.path or result.certificate is None:  # not all is known of what breaks
            return f
        broken = Breakage(result.cfg, trace, result.certificate, f.subject, source, function, able)
        for r in repairs(broken):
            if self._mends(r.text, (name, result.cfg.entry), key(result, trace), result.states):
                return f._replace(help=r.words, repair=edits(source.text, r.text))
        return f

    def _mends(self, text: str, of: Entered, gone: tuple[str, ...], states: int) -> bool:
        if text not in self.tried and len(self.tried) < MOST_TRIED:
            self.tried[text] = self._verified(text, of[0], states)
        after = self.tried.get(text)
        if after is None or of not in after:
            return False
        for entered, now in after.items():
            before = self._before(entered)
            allowed = before.broken - Counter([gone]) if entered == of else before.broken
            if now.broken - allowed or now.idle - before.idle:
                return False
        return True

    def _before(self, entered: Entered) -> Aftermath:
        if entered not in self.said:
            name, entry = entered
            self.said[entered] = said(verify(lower(self.decl, name, entry or None), self.limits))
        return self.said[entered]

    def _verified(self, text: str, name: str, states: int) -> dict[Entered, Aftermath] | None:
        """What is said of a function, and of those in which its body stands, in another text; None where that is none."""
        path = self.unit.model.path
        module, errors = parse(SourceFile(path, text))
        if errors:
            return None
        limits = self.limits._replace(states=min(self.limits.states, _MORE_STATES * states + 100))
        try:
            unit = self.unit._replace(model=module, modules=(*self.unit.modules[:-1], module))
            decl = declare(unit)
            new: list[ast.FunctionDef | ast.ContractDef] = [decl.functions[name]]
            if new[0].sig.may_sleep != self.decl.functions[name].sig.may_sleep:  # also those that call it by its contract
                new += [decl.contracts[name]] if name in decl.contracts else []
            changed = [n for n, f in decl.functions.items() if any(t is c for t in reachable(decl, f) for c in new)]
            graphs = [lower(decl, n, entry) for n in changed for entry in entry_contexts(decl, n)]
        except InputError:
            return None
        return {(cfg.function, cfg.entry): said(verify(cfg, limits)) for cfg in graphs}


def said(result: Result) -> Aftermath:
    """What is said of a result, without places."""
    idle = {(p.property, str(p.verdict)) for p in result.verdicts if p.verdict in (Verdict.UNKNOWN, Verdict.VACUOUS)}
    idle |= {(u.what, u.text) for u in result.unreached}
    return Aftermath(Counter(key(result, t) for t in result.traces), frozenset(idle))


def key(result: Result, trace: Trace) -> tuple[str, ...]:
    """What a trace breaks, of what, and what acquired that: the same wherever it stands."""
    v = trace.violation
    return v.property, v.reason, subject(result.cfg, trace), v.detail, acquired_by(result.cfg, trace)
