# SPDX-License-Identifier: GPL-2.0-only
"""Findings of a graph that calculates or compares integers: each is real, or ruled out by predicates, or unknown.

Steps know the classes of integers only.  So each path to a finding is asked for over the integers themselves; one that
cannot be taken gives predicates, with which the graph is explored again (counterexample-guided abstraction refinement:
Clarke et al. 2003, doi 10.1145/876638.876643).  What comes of it is a graph, its states and what is found in these; whether
the refinement is right the checker asks anew.
"""

import time
from itertools import product

from refcheck.base.limits import Limits
from refcheck.base.named import NamedTuple
from refcheck.graph.cfg import CFG
from refcheck.lens.steps import Steps, steps_of
from refcheck.meaning.step import havocs
from refcheck.prove import solver
from refcheck.prove.acquired import each_acquisition
from refcheck.prove.predicates import ChosenPath, core, predicates
from refcheck.prove.propose import Exploration, Found, explore, path_to
from refcheck.prove.refute import refute
from refcheck.prove.ways import TooManyError, ways
from refcheck.refinement.data import Predicate, Refinement, Ways
from refcheck.refinement.graph import RefinedFrom, refined
from refcheck.verdict.verdict import Trace

MOST_ROUNDS = 24
FIRST_STATES = 5000  # are looked at before more are
MOST_PREDICATES = 12  # at one location


class Refined(NamedTuple):
    """A graph with predicates, where it comes from, its states, and what became of each finding.

    `refinement` is None where nothing had to be followed; `open` has for properties why a finding is neither real nor
    ruled out.
    """

    graph: CFG
    origin: RefinedFrom
    refinement: Refinement | None
    exploration: Exploration
    steps: Steps
    traces: tuple[Trace, ...]
    open: dict[str, str]

    @property
    def lemmas(self) -> int:
        """How many edges go ways of which the checker asks whether these are all."""
        return sum(rows is not None for rows in self.refinement.rows) if self.refinement is not None else 0


def refine(cfg: CFG, limits: Limits, until: float) -> Refined:
    """The states of a graph and what becomes of its findings; each round follows more predicates than the one before.

    The first states decide whether predicates are needed: without them there may be no end.
    """
    work = _Refiner(cfg, limits, until)
    now, ruled_out = work.judged(work.explored(cfg, RefinedFrom(cfg, tuple(range(len(cfg.edges)))), None))
    for _ in range(MOST_ROUNDS):
        if ruled_out:
            following = work.followed(now, ruled_out)
            if isinstance(following, str):
                return work.given_up(now, ruled_out, following)
            now, ruled_out = work.judged(following)
        elif now.exploration.complete or work.most == limits.states:
            return now
        else:
            now, ruled_out = work.judged(work.all_of(now))
    return work.given_up(now, ruled_out, f"{MOST_ROUNDS} rounds of refinement did not rule it out")


class _Refiner:
    """What is followed so far: predicates, and where."""

    def __init__(self, cfg: CFG, limits: Limits, until: float) -> None:
        self.cfg, self.limits, self.until = cfg, limits, until
        self.numbers: dict[Predicate, int] = {}
        self.at: list[set[int]] = [set() for _ in range(cfg.locations)]
        self.most = min(limits.states, FIRST_STATES)
        self.known: dict[tuple[int, tuple[int, ...], tuple[int, ...]], Ways] = {}

    def left_ms(self) -> int:
        """Milliseconds left, at least 1; 0 where there is no limit."""
        return max(1, int(1000 * (self.until - time.perf_counter()))) if self.limits.timeout else 0

    def judged(self, now: Refined) -> tuple[Refined, list[Found]]:
        """The traces of findings that are real, and the findings on paths that no integers can take."""
        traces, ruled_out, unknown = list[Trace](), list[Found](), dict[str, str]()
        for found in each_acquisition(now.graph, now.exploration):
            limits = (self.left_ms(), self.limits.rlimit)
            trace = refute(now.graph, now.exploration, found, *limits, now.steps, now.origin)
            if not isinstance(trace, Trace) and found.path is not None:
                continue  # the first one of the same leak says what is open
            if trace is None:
                ruled_out.append(found)
            elif isinstance(trace, str):
                unknown[found.violation.property] = f"a counterexample was proposed, but Z3 gave up: {trace}"
            else:
                traces.append(trace)
        return now._replace(traces=tuple(traces), open=unknown), ruled_out

    def all_of(self, now: Refined) -> Refined:
        """The same graph explored as far as the limits go."""
        self.most = self.limits.states
        now.steps.close()
        return self.explored(now.graph, now.origin, now.refinement)

    def given_up(self, now: Refined, ruled_out: list[Found], why: str) -> Refined:
        """Findings on paths that no integers can take are not real; that there are no others is not known."""
        if not now.exploration.complete and self.most < self.limits.states:
            now, ruled_out = self.judged(self.all_of(now))
        text = f"the path that was found cannot be taken, and {why}"
        return now._replace(open={f.violation.property: text for f in ruled_out} | now.open)

    def followed(self, now: Refined, ruled_out: list[Found]) -> Refined | str:
        """The graph with the predicates of some paths as well, explored; why there is none, in words."""
        grew = False
        for found in ruled_out:
            path = _path(now, found)
            for location, p in predicates(self.cfg, path, core(self.cfg, path, self._unsat)):
                number = self.numbers.setdefault(p, len(self.numbers))
                if location not in (self.cfg.start, self.cfg.exit) and number not in self.at[location]:
                    self.at[location].add(number)
                    grew = True
        if not grew:
            return "no predicates were found that rule it out"
        if max(map(len, self.at)) > MOST_PREDICATES:
            return f"more than {MOST_PREDICATES} predicates would have to be followed at one place"
        at = tuple(tuple(sorted(here)) for here in self.at)
        refinement = Refinement(tuple(self.numbers), at, (None,) * len(self.cfg.edges))
        try:
            refinement = refinement._replace(rows=tuple(self._ways(refinement, n) for n in range(len(self.cfg.edges))))
        except TooManyError:
            return "an edge goes too many ways under the predicates that would"
        now.steps.close()
        return self.explored(*refined(self.cfg, refinement), refinement)

    def explored(self, graph: CFG, origin: RefinedFrom, refinement: Refinement | None) -> Refined:
        """The states of a graph, of whose findings nothing is known yet."""
        steps = steps_of(graph, self.limits.lens)
        exploration = explore(graph, self.most, steps, self.until, gaps=refinement is not None)
        return Refined(graph, origin, refinement, exploration, steps, (), {})

    def _unsat(self, script: str) -> bool:
        return solver.check(script, (), self.left_ms(), self.limits.rlimit).status == "unsat"

    def _ways(self, r: Refinement, number: int) -> Ways:
        edge = self.cfg.edges[number]
        key = (number, r.at[edge.src], r.at[edge.dst])
        if key not in self.known:
            self.known[key] = ways(self.cfg, r, edge, self.left_ms(), self.limits.rlimit)
        return self.known[key]


def _path(now: Refined, found: Found) -> ChosenPath:
    """The path to a finding in the graph without the refinement, with what was chosen on each edge."""
    path = path_to(now.exploration, found)
    chosen: ChosenPath = []
    for i, (state, edge) in enumerate(path):
        behind = path[i + 1][0] if i + 1 < len(path) else None
        for picks, (after, broken) in zip(product(*havocs(edge)), now.steps.step(state, edge), strict=False):
            if found.violation in broken if behind is None else after == behind:
                chosen.append((now.origin.edge(edge.number), picks))
                break
    assert len(chosen) == len(path), "each step of a path was taken"
    return chosen
