# SPDX-License-Identifier: GPL-2.0-only
"""A certificate against its graph: believed only as far as the reference semantics confirms it, nothing taken on trust.

The walk below is the definition of a proof, without short cuts: the initial state is in the invariant, every edge
leads from every state of the invariant into the invariant, and no such step breaks what is claimed.  An invariant
with more states than can be reached is accepted as long as all of this holds for it.  What is reached is found by
following the steps from the initial state; each claimed verdict is compared with the one that follows from that.
"""


from refcheck.base.named import NamedTuple
from refcheck.base.source import Span
from refcheck.graph.cfg import CFG, Edge
from refcheck.meaning.heap import State, initial_state
from refcheck.meaning.obligations import NAMES, obligations
from refcheck.meaning.step import step
from refcheck.verdict.document import Document, cfg_digest, misfit
from refcheck.verdict.sanity import unreached
from refcheck.verdict.verdict import NOTHING, PROVED, REFUTED, UNKNOWN, VACUOUS, Certificate

Node = tuple[int, State]


class Refusal(NamedTuple):
    """Why a certificate is not believed: the name of a diagnostic, and what is wrong in words."""

    name: str
    text: str


class Confirmed(NamedTuple):
    """A certificate that holds: the recomputed verdicts, the states of the invariant, and the steps that were taken."""

    verdicts: dict[str, str]
    states: int
    steps: int

    @property
    def verdict(self) -> str:
        """The worst of the properties, as for a result."""
        have = set(self.verdicts.values())
        return next((v for v in (REFUTED, UNKNOWN, VACUOUS) if v in have), PROVED)


class _Walk(NamedTuple):
    """Every step from every state of the invariant: where it leads, and which properties it breaks."""

    moves: dict[Node, list[tuple[Edge, State | None, frozenset[str]]]]
    steps: int


def confirm(cfg: CFG, dead: list[Span], document: Document) -> Confirmed | Refusal:
    """Whether a certificate proves what it claims about a graph; `dead` has the statements that the graph lacks."""
    if document.digest != cfg_digest(cfg):
        return Refusal("stale-certificate", "the function, or a contract that it applies, has changed since")
    if why := misfit(cfg, document.certificate):
        return Refusal("damaged-certificate", why)
    if missing := [n for n in NAMES if n not in document.verdicts]:
        return Refusal("damaged-certificate", f"it has no verdict for {missing[0]}")
    claimed = frozenset(n for n, v in document.verdicts.items() if v in (PROVED, VACUOUS, NOTHING))
    walk = _walk(cfg, document.certificate, claimed)
    if isinstance(walk, Refusal):
        return walk
    verdicts = _verdicts(cfg, dead, walk)
    if isinstance(verdicts, Refusal):
        return verdicts
    for name, claim in document.verdicts.items():
        if claim == UNKNOWN:
            verdicts[name] = UNKNOWN
        elif claim != verdicts[name]:
            return Refusal("false-claim", f"it claims that {name} is {claim}, which is {verdicts[name]}")
    states = sum(len(here) for here in document.certificate.states)
    return Confirmed(verdicts, states, walk.steps)


def _walk(cfg: CFG, certificate: Certificate, claimed: frozenset[str]) -> _Walk | Refusal:
    """Initiation, consecution and safety; the refusal names the first edge that fails."""
    inside = [frozenset(states) for states in certificate.states]
    if initial_state(cfg) not in inside[cfg.start]:
        return Refusal("unproved-certificate", "initiation: the initial state is not in the invariant")
    out, steps = cfg.out_edges(), 0
    moves: dict[Node, list[tuple[Edge, State | None, frozenset[str]]]] = {}
    for location, states in enumerate(certificate.states):
        for state in states:
            here = moves[location, state] = []
            for edge in out[location]:
                try:
                    results = step(cfg, state, edge)
                except RecursionError:
                    return Refusal("damaged-certificate", "the objects of a state keep each other alive in a circle")
                for after, violations in results:
                    steps += 1
                    if after is not None and after not in inside[edge.dst]:
                        return _unproved("consecution", "leads out of the invariant", edge)
                    broken = frozenset(v.property for v in violations)
                    if broken & claimed:
                        return _unproved("safety", f"breaks {min(broken & claimed)}, which is claimed to hold", edge)
                    here.append((edge, after, broken))
    return _Walk(moves, steps)


def _unproved(which: str, what: str, edge: Edge) -> Refusal:
    return Refusal("unproved-certificate", f"{which}: edge {edge.number} (`{edge.text}`, line {edge.span.line}) {what}")


def _verdicts(cfg: CFG, dead: list[Span], walk: _Walk) -> dict[str, str] | Refusal:
    """The verdict of every property, from what the initial state reaches."""
    start: Node = (cfg.start, initial_state(cfg))
    reached: list[dict[State, None]] = [{} for _ in range(cfg.locations)]
    reached[cfg.start][start[1]] = None
    todo, taken, broken = [start], set[int](), set[str]()
    entering = {e.src for e in cfg.edges if e.kind == "entry"}
    while todo:
        node = todo.pop()
        moves = walk.moves[node]
        if not moves and node[0] != cfg.exit and node[0] not in entering:
            return Refusal("unproved-certificate", f"progress: no edge leads on from a state at location {node[0]}")
        for edge, after, breaks in moves:
            taken.add(edge.number)
            broken |= breaks
            if after is not None and after not in reached[edge.dst]:
                reached[edge.dst][after] = None
                todo.append((edge.dst, after))
    idle = unreached(cfg, reached, taken, dead)
    owed = obligations(cfg)
    return {n: _verdict(n, owed[n], taken, n in broken, bool(idle)) for n in NAMES}


def _verdict(name: str, edges: list[int], taken: set[int], broken: bool, idle: bool) -> str:
    if broken:
        return REFUTED
    if name == "sanity":
        return VACUOUS if idle else PROVED
    if not edges:
        return NOTHING
    return PROVED if any(n in taken for n in edges) else VACUOUS
