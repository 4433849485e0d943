# SPDX-License-Identifier: GPL-2.0-only
"""The one check of what the prover says, on whole states, by the reference semantics and nothing else.

Every `verify` ends here before a verdict leaves it, and so do `certify` and what a store has kept.  Nothing of the prover
is imported, nor what makes it fast (lens/): a state is stepped as it stands, and what was asked before is forgotten, but
for what the contract allows on an entry, which the exits of one walk share (meaning/heap.py).

A certificate is a proof if the initial state is in its invariant, every edge leads from every state of the invariant
into the invariant, and no such step breaks what is claimed.  More states than can be reached are accepted as long as
all of this holds for them.  What is reached is found by following the steps from the initial state; each verdict
that is claimed is compared with the one that follows from that.  A trace is a counterexample if it can be walked from
the initial state and its last step breaks what it shows.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from refcheck.base.diagnostics import InternalError
from refcheck.base.named import NamedTuple
from refcheck.base.verdicts import HOLDS, Verdict, worst
from refcheck.graph.cfg import CFG, Edge
from refcheck.graph.obligations import NAMES, obligations
from refcheck.meaning.heap import Allowed
from refcheck.meaning.state import State, Violation, initial_state
from refcheck.meaning.step import havocs, run, step
from refcheck.refinement.data import misfit as misfit_of_refinement
from refcheck.verdict.sanity import unreached
from refcheck.verdict.verdict import Certificate, PropertyVerdict, TraceStep, Unreached, root_cause, settled

if TYPE_CHECKING:
    from refcheck.refinement.graph import RefinedFrom

AskUnsat = Callable[[str], bool]  # whether a script of SMT-LIB 2 is unsatisfiable
EdgePath = tuple[tuple[Edge, tuple[int, ...]], ...]
CheckedMove = tuple[Edge, State | None, tuple[Violation, ...]]
ClaimedVerdicts = dict[str, Verdict]  # of each property; UNKNOWN claims nothing


class Refusal(NamedTuple):
    """Why a certificate is not believed: the name of a diagnostic, and what is wrong in words."""

    name: str
    text: str


class Confirmed(NamedTuple):
    """A certificate that holds, and what follows from it.

    `unreached` is what nothing reaches, `taken` the edges that some path takes, `causes` the root causes of all that is
    broken; `states` and `reached` count those of the invariant and those that some path reaches, `steps` what was asked.
    """

    certificate: Certificate
    properties: tuple[PropertyVerdict, ...]
    unreached: tuple[Unreached, ...]
    taken: frozenset[int]
    causes: frozenset[tuple[object, ...]]
    states: int
    reached: int
    steps: int

    @property
    def verdicts(self) -> dict[str, Verdict]:
        """The verdict of each property."""
        return {p.property: p.verdict for p in self.properties}

    @property
    def verdict(self) -> Verdict:
        """The worst of the properties."""
        return worst(self.verdicts.values())


class _RefusedError(Exception):
    """The proof fails: the name of a diagnostic, and what is wrong in words."""

    def __init__(self, text: str, name: str = "unproved-certificate") -> None:
        super().__init__(text)
        self.refusal = Refusal(name, text)


# ---------------------------------------------------------------------------------------------- certificates


def check(cfg: CFG, certificate: Certificate, claims: ClaimedVerdicts, unsat: AskUnsat | None = None) -> Confirmed | Refusal:
    """Whether a certificate proves what is claimed.

    One with a refinement rests on lemmas, which `unsat` is asked for; without it such a one is refused.
    """
    if missing := [n for n in NAMES if n not in claims]:
        return Refusal("damaged-certificate", f"it has no verdict for {missing[0]}")
    found = confirm(cfg, certificate, frozenset(n for n, v in claims.items() if v in HOLDS), unsat)
    if isinstance(found, Refusal):
        return found
    given_up = {n for n, v in claims.items() if v == Verdict.UNKNOWN}
    stated = tuple([p._replace(verdict=Verdict.UNKNOWN) if p.property in given_up else p for p in found.properties])
    for name, verdict, *_ in stated:
        if claims[name] != verdict:
            return Refusal("false-claim", f"it claims that {name} is {claims[name]}, which is {verdict}")
    return found._replace(properties=stated)


def confirm(
    cfg: CFG, certificate: Certificate, holding: frozenset[str], unsat: AskUnsat | None = None
) -> Confirmed | Refusal:  # fmt: skip
    """The verdict of each property that follows from a certificate, or why it proves none; none of `holding` is broken."""
    try:
        graph, origin = _graph(cfg, certificate, unsat)
        walk = _Walk(graph, certificate, holding, origin)
        walk.run()
    except _RefusedError as e:
        return e.refusal
    states, reached = sum(map(len, certificate.states)), sum(map(len, walk.reached))
    if origin is not None:
        walk.come_back(origin)
    idle = unreached(cfg, walk.reached, walk.taken, walk.allowed)
    owed, broken = obligations(cfg), {v.property for _, v in walk.broken}
    properties = tuple([settled(n, owed[n], walk.taken, broken, bool(idle)) for n in NAMES])
    causes = frozenset(root_cause(cfg.edges[n], violation) for n, violation in walk.broken)
    return Confirmed(certificate, properties, idle, frozenset(walk.taken), causes, states, reached, walk.steps)


def _graph(cfg: CFG, certificate: Certificate, unsat: AskUnsat | None) -> tuple[CFG, "RefinedFrom | None"]:
    """The graph of whose states a certificate speaks, and where it comes from; _RefusedError where its lemmas fail."""
    refinement = certificate.refinement
    if refinement is None:
        return cfg, None
    from refcheck.refinement.graph import refined  # noqa: PLC0415  few certificates have a refinement
    from refcheck.refinement.lemmas import lemmas  # noqa: PLC0415  the same

    if why := misfit_of_refinement(cfg, refinement):
        raise _RefusedError(why, "damaged-certificate")
    for edge, script in lemmas(cfg, refinement):
        if unsat is None or not unsat(script):
            what = "is not confirmed" if unsat else "needs a solver"
            raise _unproved("lemma", f"may go another way than those of the refinement, or that {what}", edge)
    return refined(cfg, refinement)


class _Walk:
    """Every step from every state of an invariant.

    `reached` has the states that some path reaches at each location, `taken` and `broken` are what such paths do.
    """

    def __init__(self, cfg: CFG, certificate: Certificate, claimed: frozenset[str], origin: "RefinedFrom | None") -> None:
        self.cfg, self.certificate, self.claimed, self.origin = cfg, certificate, claimed, origin
        self.inside = [frozenset(states) for states in certificate.states]
        self.out = cfg.out_edges()
        self.reached: list[set[State]] = [set() for _ in self.inside]
        self.taken: set[int] = set()
        self.broken: set[tuple[int, Violation]] = set()
        self.allowed: Allowed = {}
        self.steps = 0

    def run(self) -> None:
        """Initiation, and from every state consecution, safety and progress; _RefusedError with the first that fails."""
        if len(self.inside) != self.cfg.locations:
            text = f"it has {len(self.inside)} locations, the graph has {self.cfg.locations}"
            raise _RefusedError(text, "damaged-certificate")
        start, first = self.cfg.start, initial_state(self.cfg)
        if first not in self.inside[start]:
            raise _RefusedError("initiation: the initial state is not in the invariant")
        entering = {e.src for e in self.cfg.edges if e.kind == "entry"}
        self.reached[start].add(first)
        todo = [(start, first)]
        while todo:
            location, state = todo.pop()
            moves = self._moves(location, state)
            if not moves and location != self.cfg.exit and location not in entering and not self._goes_on(location, state):
                raise _RefusedError(f"progress: no edge leads on from a state at location {location}")
            for edge, after, violations in moves:
                self.taken.add(edge.number)
                for violation in violations:
                    self.broken.add((edge.number, violation))
                if after is not None and after not in self.reached[edge.dst]:
                    self.reached[edge.dst].add(after)
                    todo.append((edge.dst, after))
        for location, states in enumerate(self.certificate.states):
            for state in states:
                if state not in self.reached[location]:
                    self._moves(location, state)

    def _goes_on(self, location: int, state: State) -> bool:
        """In the graph without the refinement a step leads on: no integers have the predicates that this state has."""
        if self.origin is None:
            return False
        edges = self.origin.cfg.out_edges()[location]
        return any(step(self.origin.cfg, self.origin.state(state), edge) for edge in edges)

    def come_back(self, origin: "RefinedFrom") -> None:
        """What was found, of the graph without the refinement."""
        self.reached = [set(map(origin.state, here)) for here in self.reached]
        self.taken = {origin.edges[n] for n in self.taken}
        self.broken = {(origin.edges[n], v) for n, v in self.broken}
        self.allowed = {}

    def _moves(self, location: int, state: State) -> list[CheckedMove]:
        """All steps from a state: each leads into the invariant and breaks nothing that is claimed."""
        moves = list[CheckedMove]()
        for edge in self.out[location]:
            try:
                results = step(self.cfg, state, edge, self.allowed)
            except RecursionError:
                text = "the objects of a state keep each other alive in a circle"
                raise _RefusedError(text, "damaged-certificate") from None
            for after, violations in results:
                if after is not None and after not in self.inside[edge.dst]:
                    raise _unproved("consecution", "leads out of the invariant", edge)
                if violations and (lies := self.claimed & {v.property for v in violations}):
                    raise _unproved("safety", f"breaks {min(lies)}, which is claimed to hold", edge)
                moves.append((edge, after, violations))
        self.steps += len(moves)
        return moves


def _unproved(which: str, what: str, edge: Edge) -> _RefusedError:
    return _RefusedError(f"{which}: edge {edge.number} (`{edge.text}`, line {edge.span.line}) {what}")


# ---------------------------------------------------------------------------------------------- traces


def walked(cfg: CFG, path: EdgePath) -> tuple[tuple[TraceStep, ...], tuple[Violation, ...]]:
    """Walk a path from the initial state: its steps, and what the last one breaks.  InternalError where it cannot be."""
    state: State | None = initial_state(cfg)
    location, steps, broken = cfg.start, list[TraceStep](), tuple[Violation, ...]()
    for edge, picks in path:
        if state is None or edge.src != location or cfg.edges[edge.number] != edge:
            raise InternalError(f"replay of {cfg.function}: edge {edge.number} does not follow")
        offered = havocs(edge)
        if len(picks) != len(offered) or any(p not in some for p, some in zip(picks, offered, strict=True)):
            raise InternalError(f"replay of {cfg.function}: edge {edge.number} does not offer what was chosen")
        result = run(cfg, state, edge, picks)
        if result is None:
            raise InternalError(f"replay of {cfg.function}: the guard of edge {edge.number} is false")
        (state, broken), location = result, edge.dst
        steps.append(TraceStep(edge, picks, state))
    return tuple(steps), broken


def replay(cfg: CFG, path: EdgePath, violation: Violation, place: Edge) -> tuple[TraceStep, ...]:
    """The steps of a path whose last edge is `place` and breaks `violation`.  InternalError where that is not so."""
    steps, broken = walked(cfg, path)
    if not path or path[-1][0] != place or violation not in broken:
        raise InternalError(f"replay of {cfg.function}: the path does not break {violation.property}")
    return steps
