# SPDX-License-Identifier: GPL-2.0-only
"""Results to records: the only place where a rendering's facts are taken from graphs, traces and tasks."""

from collections.abc import Mapping

from refcheck.base.source import SourceFile
from refcheck.base.verdicts import Verdict
from refcheck.graph.cfg import CFG
from refcheck.result.balance import balances
from refcheck.result.checked import Checked
from refcheck.result.explain import finding
from refcheck.result.places import place
from refcheck.result.record import Arc, Balance, Graph, Named, PropertyRecord, Record, UnreachedRecord
from refcheck.verdict.verdict import Result


def record(checked: Checked, sources: Mapping[str, SourceFile], graph: bool = False, why: bool = False) -> Record:
    """A checked task as plain data; `sources` are the texts that were read, to quote lines from.

    The graph is part of it where there is a finding, or where it is asked for; with `why`, what balances each reference.
    Whether it is as expected depends on the other records of the model: standing.py.
    """
    task, result, cfg = checked.task, checked.result, checked.result.cfg
    expected = None if task.expected is None else tuple(f"{v.lower()}({p})" for v, p in sorted(task.expected))
    return Record(
        model=task.path,
        function=cfg.function,
        place=place(cfg.span),
        entry=cfg.entry or None,
        kernel_file=task.kernel_file or None,
        verdict=result.verdict,
        expected=expected,
        as_expected=None,
        properties=tuple(
            PropertyRecord(v.property, v.verdict, v.obligations, v.reached, v.reason or None) for v in result.verdicts
        ),
        findings=tuple(finding(cfg, t, task.kernel_file, sources) for t in result.traces),
        unreached=tuple(
            UnreachedRecord(u.what, u.text, place(u.edge.span) if u.edge else None) for u in result.unreached
        ),
        rests_on=task.assumes,
        trusts=task.trusted,
        locations=result.locations,
        states=result.states,
        queries=result.queries,
        obligations=sum(v.obligations for v in result.verdicts),
        acyclic=acyclic(cfg),
        certificate=None if result.certificate is None else f"{result.states} states",
        graph=graph_of(cfg) if graph or result.traces else None,
        overrides=task.overrides,
        kept=task.kept,
        balance=_balance(result) if why else (),
        facts=tuple(Named(f.name, " | ".join(cfg.contexts[c] for c in f.contexts)) for f in cfg.facts if f.contexts[1:]),
    )


def _balance(result: Result) -> tuple[Balance, ...]:
    """What balances each reference; where it is refuted, what is had, since not all of it ends as it should.

    Nothing where predicates on integers rule paths out, which are not followed there.
    """
    if result.certificate is None or result.certificate.refinement is not None:
        return ()
    found = balances(result.cfg) if result.verdict in (Verdict.PROVED, Verdict.REFUTED) else ()
    return found if result.verdict == Verdict.PROVED else tuple(dict.fromkeys(b._replace(ends=()) for b in found))


def graph_of(cfg: CFG) -> Graph:
    """A control-flow graph as plain data."""
    arcs = tuple(Arc(e.number, e.src, e.dst, e.span.line, e.line or None, e.text, e.kind) for e in cfg.edges)
    return Graph(cfg.locations, cfg.start, cfg.exit, arcs)


def acyclic(cfg: CFG) -> bool:
    """No location can be reached again: a depth-first walk meets no edge back."""
    out = [[e.dst for e in edges] for edges in cfg.out_edges()]
    state = [0] * len(out)
    stack = [(cfg.start, 0)]
    state[cfg.start] = 1
    while stack:
        here, i = stack.pop()
        if i == len(out[here]):
            state[here] = 2
            continue
        stack.append((here, i + 1))
        there = out[here][i]
        if state[there] == 1:
            return False
        if state[there] == 0:
            state[there] = 1
            stack.append((there, 0))
    return True
