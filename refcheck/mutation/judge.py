# SPDX-License-Identifier: GPL-2.0-only
"""What the properties make of a mutant: it is killed where the findings of some function change.

Only what the mutant can touch is verified again: the function itself, what inlines it, and for a contract the body that
keeps it and the callers that apply it; the first kill ends it.  Every kill that is a new finding is solved by Z3 and
replayed by the reference semantics, as in `verify`.
"""

from pathlib import Path

from refcheck.base.diagnostics import InputError
from refcheck.base.named import NamedTuple
from refcheck.certificate.digest import cfg_digest
from refcheck.graph.cfg import CFG
from refcheck.graph.obligations import obligations
from refcheck.lower.function import entry_contexts, lower
from refcheck.lower.tables import reachable
from refcheck.mutation.equal import behaviours, common, compare
from refcheck.mutation.implied import same_contract
from refcheck.mutation.judged import CONTAINED, EQUIVALENT, INVALID, KILLED, SURVIVED, Judged
from refcheck.mutation.trees import Mutant
from refcheck.prove.propose import Exploration, Found, explore
from refcheck.prove.prove import Limits
from refcheck.prove.refute import refute
from refcheck.syntax import ast
from refcheck.unit.declare import Declarations, declare
from refcheck.unit.load import Unit, load
from refcheck.verdict.sanity import unreached

Cause = tuple[str, str, object, tuple[str, ...], str, str]


class Behaviour(NamedTuple):
    """One function in one entry context: its graph, its states, and what is wrong with it."""

    cfg: CFG
    exploration: Exploration
    causes: dict[Cause, Found]
    idle: frozenset[str]


class LoadedModel(NamedTuple):
    """A model file that is loaded, and what each of its functions rests on: the names of callees, inlined ones too."""

    path: str
    unit: Unit
    decl: Declarations
    rests: dict[str, frozenset[str]]


def read_model(path: Path, specs: Path | None) -> LoadedModel:
    """Load a model; InputError where it is wrong."""
    unit = load(path, specs)
    decl = declare(unit)
    own = [i.sig.name for i in unit.model.items if isinstance(i, ast.FunctionDef)]
    rests = {}
    for name in own:
        trees = reachable(decl, decl.functions[name])
        rests[name] = frozenset(t.sig.name for t in trees if isinstance(t, ast.FunctionDef | ast.ContractDef))
    return LoadedModel(unit.model.path, unit, decl, rests)


def behave(cfg: CFG, limits: Limits) -> Behaviour:
    """Explore a function and collect what is wrong with it."""
    x = explore(cfg, limits.states)
    causes: dict[Cause, Found] = {}
    for f in x.violations:
        v = f.violation
        name = cfg.cells[v.cell].name if v.cell >= 0 else ""
        causes[v.property, v.reason, f.edge.span, f.edge.stack, name, v.detail] = f
    idle = {u.text for u in unreached(cfg, x.states, x.taken)} if x.complete else set()
    idle |= {f"{p} for no reason" for p, edges in obligations(cfg).items() if edges and not x.taken & set(edges)}
    return Behaviour(cfg, x, causes, frozenset(idle))


class Judge:
    """Judges mutants against the models of a run; what they are compared with is verified once."""

    def __init__(self, models: list[LoadedModel], limits: Limits) -> None:
        self.models = models
        self.limits = limits
        self.before: dict[tuple[str, str, str | None], Behaviour] = {}
        self.explored = 0

    def _original(self, model: LoadedModel, name: str, entry: str | None) -> Behaviour:
        at = (model.path, name, entry)
        if at not in self.before:
            self.before[at] = behave(lower(model.decl, name, entry), self.limits)
        return self.before[at]

    def affected(self, mutant: Mutant) -> list[tuple[LoadedModel, str]]:
        """The functions that a mutant can change, the mutated one first."""
        found = []
        for model in self.models:
            if all(m.path != mutant.file for m in model.unit.modules):
                continue
            names = [n for n, callees in model.rests.items() if mutant.owner in callees]
            if not mutant.contract and mutant.owner in model.decl.contracts:
                names = [n for n in names if n == mutant.owner]
            found += [(model, n) for n in sorted(names, key=lambda n: n != mutant.owner)]
        return sorted(found, key=lambda at: (at[1] != mutant.owner, at[0].path != mutant.file))

    def judge(self, mutant: Mutant) -> Judged:
        """The first kill, or that nothing noticed."""
        reason, last = "", None
        changed: dict[str, Declarations] = {}
        for model, name in self.affected(mutant):
            try:
                if model.path not in changed:
                    changed[model.path] = mutated(model, mutant)
                decl = changed[model.path]
                entries = entry_contexts(decl, name)
                for entry in entries:
                    old = self._original(model, name, entry)
                    cfg = lower(decl, name, entry)
                    new = behave(cfg, self.limits)
                    self.explored += 1
                    by, note = self._compare(old, new)
                    reason = reason or note
                    if by:
                        where = name + (f" [{entry}]" if entry else "")
                        return Judged(mutant, KILLED, by, where, note)
                    last = model
            except InputError as e:
                return Judged(mutant, INVALID, reason=e.diagnostics[0].message)
        if reason:
            return Judged(mutant, SURVIVED, reason=reason)
        return self._alive(mutant, last)

    def _alive(self, mutant: Mutant, model: LoadedModel | None) -> Judged:
        """A mutant that nothing noticed: shown equal, shown to do less, or a survivor."""
        if model is None:
            return Judged(mutant, SURVIVED, reason="nothing rests on it")
        if mutant.contract:
            old = next(m for m in model.unit.modules if m.path == mutant.file).items[mutant.number]
            assert isinstance(old, ast.FunctionDef | ast.ContractDef)
            why = same_contract(model.decl, old, mutant.item)
            return Judged(mutant, EQUIVALENT, reason=why) if why else Judged(mutant, SURVIVED)
        found = {self._relation(m, n, mutant) for m, n in self.affected(mutant)}
        if "" in found:
            return Judged(mutant, SURVIVED)
        if "contained" in found:
            return Judged(mutant, CONTAINED, reason="it does nothing that the original does not do")
        graph = found == {"graph"}
        return Judged(mutant, EQUIVALENT, reason="the same graph" if graph else "the same exits from every entry")

    def _relation(self, model: LoadedModel, name: str, mutant: Mutant) -> str:
        """How the mutant's behaviours relate to those of the original, in all entry contexts; see `equal`."""
        worst = "graph"
        for entry in entry_contexts(model.decl, name):
            old, new = (lower(d, name, entry, keep=True) for d in (model.decl, mutated(model, mutant)))
            if cfg_digest(old) == cfg_digest(new):
                continue
            a, b = (explore(c, self.limits.states) for c in (old, new))
            if not (a.complete and b.complete):
                return ""
            both = common(old, new)
            how = compare(behaviours(old, a, both), behaviours(new, b, both))
            if not how:
                return ""
            worst = "contained" if "contained" in (worst, how) else "equal"
        return worst

    def _compare(self, old: Behaviour, new: Behaviour) -> tuple[str, str]:
        """(property that tells them apart, note); no property where nothing does."""
        fresh = [f for cause, f in new.causes.items() if cause not in old.causes]
        for found in fresh:
            answer = refute(new.cfg, new.exploration, found, int(1000 * self.limits.timeout), self.limits.rlimit)
            if not isinstance(answer, str):
                return found.violation.property, ""
        if fresh:
            return "", "a counterexample was proposed, but Z3 gave up"
        if not new.exploration.complete:
            return "", f"more than {self.limits.states} states"
        gone = [cause[0] for cause in old.causes if cause not in new.causes]
        if gone:
            return gone[0], "no longer refuted"
        more = sorted(new.idle - old.idle)
        return ("sanity", more[0]) if more else ("", "")


def mutated(model: LoadedModel, mutant: Mutant) -> Declarations:
    """The declarations of a model with the mutant in them; InputError where it is not a program."""
    if not mutant.contract:
        assert isinstance(mutant.item, ast.FunctionDef)
        return model.decl._replace(functions={**model.decl.functions, mutant.owner: mutant.item})
    modules = []
    for m in model.unit.modules:
        items = m.items
        if m.path == mutant.file:
            items = (*items[: mutant.number], mutant.item, *items[mutant.number + 1 :])
        modules.append(m._replace(items=items))
    return declare(model.unit._replace(modules=tuple(modules), model=modules[-1]))
