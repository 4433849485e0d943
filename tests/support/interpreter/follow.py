# SPDX-License-Identifier: GPL-2.0-only
"""A graph walked along with the interpreter: it offers what its edges leave open, and must offer the same."""

from __future__ import annotations

from refcheck.graph import ops
from refcheck.graph.cfg import UNINIT
from refcheck.meaning.heap import Heap
from refcheck.meaning.state import initial_state
from refcheck.meaning.step import apply, evaluate, run


class Disagreement(AssertionError):  # noqa: N818  a turn that a run takes
    """The graph and the tree do not mean the same."""


class Follower:
    """One walk through a graph; `ask` is what the interpreter asks."""

    def __init__(self, cfg, random):
        self.cfg, self.random = cfg, random
        self.out = cfg.out_edges()
        self.state, self.at = initial_state(cfg), cfg.start
        self.edge, self.picks = None, []
        self.broken, self.ended = [], False
        self.configs = {}
        self.order = []
        self.result = None
        self.tree = None

    # -- walking
    def truth(self, edge):
        """Whether the guard of an edge is true; None where it reads what was never written: then every way is the end."""
        return evaluate(Heap(self.cfg, self.state), edge.guard)

    def enabled(self):
        return [e for e in self.out[self.at] if self.truth(e) is not False]

    def advance(self):
        """Walk to the next thing that is open: a list of edges, an operation with values, or None at the end."""
        while not self.ended:
            if self.edge is None:
                edges = self.enabled()
                if not edges:
                    if self.at == self.cfg.exit:
                        self.ended = True
                        return None
                    # a precondition that this entry does not meet
                    self.ended = True
                    self.broken.append("void")
                    return None
                labelled = edges[0].kind in ("choice", "outcome") or any(e.kind == "entry" and e.outcome for e in edges)
                unread = edges[0].kind == "branch" and all(self.truth(e) is None for e in edges)
                if (len(edges) > 1 or labelled) and not unread:
                    return edges
                self.edge = edges[0]
            open_now = [op for op in self.edge.ops if isinstance(op, ops.Havoc)][len(self.picks) :]
            if open_now:
                name = self.cfg.cells[open_now[0].cell].name
                if name.startswith("config("):
                    self.picks.append(self.configs.setdefault(name[7:-1], self.random.choice((0, 1))))
                    continue
                if len(open_now[0].values) == 1:
                    self.picks.append(open_now[0].values[0])
                    continue
                return open_now[0]
            self.step()
        return None

    def step(self):
        done = run(self.cfg, self.state, self.edge, tuple(self.picks))
        assert done is not None
        state, broken = done
        self.remember_result()
        self.broken += [v.property for v in broken]
        if state is None or self.edge.dst == self.cfg.exit:
            self.ended = True
        else:
            self.state, self.at = state, self.edge.dst
        self.edge, self.picks = None, []

    def remember_result(self):
        """The value that an exit returns: the exit leaves nothing behind."""
        for i, op in enumerate(self.edge.ops):
            if isinstance(op, ops.Exit) and op.result >= 0:
                heap = Heap(self.cfg, self.state)
                for before in self.edge.ops[:i]:
                    apply(heap, before)
                self.result = heap.cells[op.result]

    def same(self, where):
        """The variables of the function, as far as the graph has not forgotten them, are what they are in the tree."""
        machine, heap = self.tree.m, Heap(self.cfg, self.state)
        names = [c.name for c in self.cfg.cells if c.role in ("local", "param")]
        for i, cell in enumerate(self.cfg.cells):
            own = cell.role in ("local", "param") and cell.function == self.cfg.function and names.count(cell.name) == 1
            there = [c for key, c in machine.named.items() if own and key[-1] == cell.name and len(key) == 2]
            if heap.cells[i] == UNINIT or len(there) != 1:
                continue
            have, want = machine.get(there[0]), heap.cells[i]
            if cell.kind == "ptr" and have > 0 and want > 0 and have != UNINIT:
                mine, its = machine.object(there[0]), heap[cell.resource, want]
                alike = (mine.refs, mine.lending) == (its.refs, its.lending)
                lives = machine.heap.alive((machine.cfg.cells[there[0]].resource, have))
                alike = alike and lives == heap.alive((cell.resource, want))
            else:
                alike = have != UNINIT and self.tree.rep(have) == self.tree.rep(want)
            if not alike:
                raise Disagreement(f"{where}: {cell.name} is {have} in the tree, {want} in the graph")
        levels = {n: heap.contexts[i] for i, n in enumerate(self.cfg.contexts)}
        mine = {n: machine.heap.contexts[i] for i, n in enumerate(machine.contexts)}
        if any(mine[n] != level for n, level in levels.items()):
            raise Disagreement(f"{where}: the tree is in {mine}, the graph in {levels}")

    def finish(self):
        """Walk to the end; whatever is still open on the last edge is chosen at random."""
        while (what := self.advance()) is not None:
            if not isinstance(what, ops.Havoc):
                return False
            self.picks.append(self.random.choice(what.values))
        return True

    # -- answering
    def ask(self, kind, what, options):
        """The answer of the graph to a question of the interpreter; Disagreement where it offers anything else."""
        if kind == "config":
            return self.configs.setdefault(what, self.random.choice(options))
        offer = self.advance()
        if offer is None:
            raise Ahead
        if kind in ("nondet", "outcome") and self.edge is None:
            self.same(f"{kind} {what}")
        if kind == "value":
            if not isinstance(offer, ops.Havoc) or sorted(offer.values) != sorted(options):
                raise Disagreement(f"value of {what}: the tree has {options}, the graph {offer}")
            self.picks.append(self.random.choice(offer.values))
            return self.picks[-1]
        if isinstance(offer, ops.Havoc):
            raise Disagreement(f"{kind} {what}: the graph asks for {offer}")
        labels = {self.label(kind, what, e): e for e in offer if e.kind != "stuck"}
        if kind == "contexts":
            labels = {k: e for k, e in labels.items() if k in options}
            if len(labels) != len(offer) or not labels:
                raise Disagreement(f"contexts: the tree has {options}, the graph {[e.text for e in offer]}")
        elif set(labels) != set(options) or len(labels) != len([e for e in offer if e.kind != "stuck"]):
            raise Disagreement(f"{kind} {what}: the tree has {options}, the graph {[(e.text, e.kind) for e in offer]}")
        chosen = self.random.choice(sorted(labels))
        self.edge = labels[chosen]
        return chosen

    def label(self, kind, what, edge):
        """What an edge is called in the tree."""
        if kind == "contexts" and edge.kind == "entry":
            names = [n for n in edge.outcome.split(", ") if n != "nothing"]
            return tuple(sorted(self.order.index(n) for n in names))
        if kind == "pointer":
            return edge.outcome or "object"
        if kind == "outcome" and edge.callee != what:
            return f"outcome of {edge.callee}"
        if kind == "nondet" and edge.text != f"{what}: {edge.outcome}":
            return f"unknown {edge.text}"
        if kind == "branch":
            return edge.outcome if edge.kind == "branch" else edge.kind
        return edge.outcome


class Ahead(Exception):  # noqa: N818  a turn that a run takes
    """The walk through the graph has ended where the interpreter still goes on."""
