# SPDX-License-Identifier: GPL-2.0-only
"""More ways to what is refuted on both sides: a second path to the same line is a second defect.

A finding is told by its line and cause, and many paths can come there.  The base's ways are the branches that have to be
closed, one after the other, until nothing comes there any more.  The same branches are closed in the head: whatever still
comes there does so by another way.
"""

from collections import Counter
from collections.abc import Iterator

from refcheck.base.limits import Limits
from refcheck.base.named import NamedTuple
from refcheck.base.verdicts import Verdict
from refcheck.gate.breach import HIDDEN, Breach
from refcheck.gate.rules import Pair
from refcheck.gate.side import Function, Model, plain, renamed
from refcheck.graph import ops
from refcheck.graph.cfg import CFG, Edge
from refcheck.prove.prove import verify
from refcheck.result.explain import finding
from refcheck.run.tasks import prepare_unit
from refcheck.verdict.verdict import Trace

MOST = 16
_CLOSED = (ops.Stuck("closed"),)
_HELP = "repair it; where the kernel has this bug now, a reviewer must say so past the gate"

# What is broken, why, and in which line
CulpritLine = tuple[str, str, str]


class _Closable(NamedTuple):
    """A function in one entry context, and the base's names of its variables."""

    cfg: CFG
    names: dict[str, str]
    limits: Limits

    def text(self, e: Edge) -> str:
        """What an edge says, as the base calls things."""
        return plain([e.text], self.names)[0]

    def texts(self) -> frozenset[str]:
        """What all edges say."""
        return frozenset(map(self.text, self.cfg.edges))

    def trace(self, cause: CulpritLine) -> Trace | None:
        """A path to a cause."""
        traces = (t for t in verify(self.cfg, self.limits).traces if t.steps[-1].edge.ops != _CLOSED)
        return next((t for t in traces if self.cause(t) == cause), None)

    def cause(self, t: Trace) -> CulpritLine:
        """What a path shows, as the base calls things."""
        return t.violation.property, t.violation.reason, self.text(t.steps[-1].edge)

    def branches(self, t: Trace) -> list[Edge]:
        """The edges of a path beside which there are others, the last one first."""
        others = Counter(e.src for e in self.cfg.edges if e.ops != _CLOSED)
        return [s.edge for s in reversed(t.steps) if others[s.edge.src] > 1]

    def without(self, closed: Edge) -> "_Closable":
        """The same with a branch that leads nowhere."""
        edges = tuple(e._replace(ops=_CLOSED) if e.number == closed.number else e for e in self.cfg.edges)
        return self._replace(cfg=self.cfg._replace(edges=edges))


def more_ways(pair: Pair, limits: Limits) -> Iterator[Breach]:
    """The ways to a refutation of the base that only the head has."""
    if pair.old is None or pair.new is None:
        return
    (base, old), (head, new) = pair.old, pair.new
    if plain(old.lines, {}) == plain(new.lines, {}):
        return
    shared = _refuted(base, old) & _refuted(head, new)
    if not shared:
        return
    graphs, names = (_graphs(base, old), _graphs(head, new)), renamed(old, new)
    for entry in sorted({entry for entry, _ in shared}):
        was, now = _Closable(graphs[0][entry], {}, limits), _Closable(graphs[1][entry], names, limits)
        for cause in dict.fromkeys(was.cause(t) for t in verify(was.cfg, limits).traces):
            if (entry, cause[0]) in shared:
                known = _ways(was, cause)
                extra = _others(now, cause, known, was.texts())
                if extra:
                    name = f"{new.name} [{entry}]" if entry else new.name
                    yield _breach(head, name, cause, known, extra, now)


def _breach(
    m: Model, name: str, cause: CulpritLine, known: list[str], extra: list[tuple[str, Trace]], now: _Closable
) -> Breach:
    shown = tuple(finding(now.cfg, t, "", m.unit.sources) for _, t in extra)
    ways = ", ".join(f"`{way}`" for way, _ in extra)
    message = f"under its `expect` one way more leads to what is refuted: {cause[0]} at `{cause[2]}` by {ways}"
    was = ", ".join(f"`{way}`" for way in known)
    return Breach(HIDDEN, name, message, shown[0].place, f"by {was}", f"by {ways} too", (), _HELP, False, shown)


def _graphs(m: Model, f: Function) -> dict[str, CFG]:
    """The graphs of a function by entry context."""
    return {t.cfg.entry: t.cfg for t in prepare_unit(m.unit, (f.name,)).tasks}


def _refuted(m: Model, f: Function) -> set[tuple[str, str]]:
    """Entry context and property of what is refuted."""
    mine = (r for r in m.records if r.function == f.name)
    return {(r.entry or "", p.property) for r in mine for p in r.properties if p.verdict == Verdict.REFUTED}


def _ways(side: _Closable, cause: CulpritLine) -> list[str]:
    """The branches that have to be closed."""
    found: list[str] = []
    while len(found) < MOST and (trace := side.trace(cause)) is not None and (branches := side.branches(trace)):
        found.append(side.text(branches[0]))
        side = side.without(branches[0])
    return found


def _others(side: _Closable, cause: CulpritLine, known: list[str], texts: frozenset[str]) -> list[tuple[str, Trace]]:
    """The ways that are left with the known ones closed; one of the base that is gone may have another text."""
    left, reworded = Counter(known), len([way for way in known if way not in side.texts()])
    found: list[tuple[str, Trace]] = []
    for _ in range(2 * MOST):
        trace = side.trace(cause)
        branches = side.branches(trace) if trace is not None else []
        if trace is None or not branches:
            break
        closed = next((e for e in branches if left[side.text(e)]), branches[0])
        way = side.text(closed)
        if left[way]:
            left[way] -= 1
        elif reworded and way not in texts:
            reworded -= 1
        else:
            found.append((way, trace))
        side = side.without(closed)
    return found
