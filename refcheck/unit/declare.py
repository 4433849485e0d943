# SPDX-License-Identifier: GPL-2.0-only
"""All that the files of a unit declare, by name, with the errors that can be seen without lowering a function."""

import re
from collections.abc import Callable, Collection
from typing import Any, assert_never

from refcheck.base.diagnostics import Diagnostic, InputError, error, near
from refcheck.base.named import NamedTuple
from refcheck.base.source import Span
from refcheck.syntax import ast
from refcheck.syntax.habits import A_NUMBER, NUMBERS
from refcheck.unit.bind import check_bindings
from refcheck.unit.contracts import check_contract
from refcheck.unit.emptied import check_emptied
from refcheck.unit.load import Unit

BUILTINS = {"IS_ERR", "IS_ERR_OR_NULL", "PTR_ERR", "ERR_PTR", "ERR_CAST", "PTR_ERR_OR_ZERO", "use", "likely", "unlikely"}
BUILTINS |= {"unreachable"}
SCALARS = ("int", "bool", "void")
CheckKnown = Callable[[str, str, Collection[str], Span], None]


class Memo:
    """What was worked out about the trees of a unit: by the identity of a tree, which is kept so that it stays its d."""

    def __init__(self) -> None:
        self.nodes: dict[int, tuple[object, dict[type, list[Any]]]] = {}
        self.reachable: dict[int, tuple[object, list[object]]] = {}
        self.called: set[str] | None = None
        self.traits: dict[int, tuple[object, object]] = {}


class Declarations(NamedTuple):
    """What a unit declares, by name; `resources` has containers in front of what their slots hold.

    `overridden` has the contracts in whose place others stand.
    """

    resources: dict[str, ast.ResourceDef]
    contexts: tuple[str, ...]
    facts: dict[str, tuple[str, ...]]
    entries: dict[str, ast.EntryDef]
    enums: dict[str, ast.EnumDef]
    constants: dict[str, int]
    guards: dict[str, ast.GuardDef]
    contracts: dict[str, ast.ContractDef]
    functions: dict[str, ast.FunctionDef]
    overridden: dict[str, ast.ContractDef]
    roles: tuple[ast.RoleDef, ...]
    notes: tuple[ast.SourceNote, ...]
    sleeping: set[str]
    memo: Memo


class _Collector:
    """The declarations of some modules: where each name of a kind is declared first, and what is declared again."""

    def __init__(self) -> None:
        self.all = Declarations({}, (), {}, {}, {}, {}, {}, {}, {}, {}, (), (), set(), Memo())
        self.spans: dict[tuple[str, str], Span] = {}
        self.found: list[Diagnostic] = []
        self.contexts: list[str] = []
        self.notes: list[ast.SourceNote] = []
        self.extensions: list[ast.Extension] = []
        # two descriptions of one function are never mixed: what overrides says so
        self.overrides: dict[str, ast.ContractDef] = {}
        self.roles: list[ast.RoleDef] = []

    def _once(self, kind: str, name: str, span: Span, remedy: str = "remove or rename one of the two") -> None:
        if (kind, name) in self.spans:
            text = f"`{name}` is declared twice, first at {self.spans[kind, name]}"
            self.found.append(error("duplicate-name", text, span, remedy))
        self.spans.setdefault((kind, name), span)

    def add(self, item: ast.ModuleItem) -> None:
        """One item of a module."""
        d = self.all
        match item:
            case ast.ResourceDef(name=name, span=span):
                self._once("type", name, span, f"rename it, or add slots with `extend resource {name} {{ ... }}`")
                d.resources.setdefault(name, item)
            case ast.Extension():
                self.extensions.append(item)
            case ast.ContextDef(names, sleeps, span):
                for name in names:
                    self._once("fact", name, span)
                    self.contexts.append(name)
                    if sleeps:
                        d.sleeping.add(name)
                    d.facts[name] = (name,)
            case ast.FactDef(name, parts, span):
                self._once("fact", name, span)
                d.facts[name] = parts
            case ast.EntryDef(name=name, span=span):
                self._once("entry", name, span)
                d.entries[name] = item
            case ast.EnumDef(name, members, span):
                self._once("type", name, span)
                d.enums[name] = item
                for value, member in enumerate(members):
                    self._once("constant", member, span)
                    d.constants[member] = value
            case ast.GuardDef(name=name, span=span):
                self._once("guard", name, span)
                d.guards[name] = item
            case ast.ContractDef(sig, _, _, override):
                in_place = "write `override` in front of the one that stands in place of the other, or remove one"
                self._once("override" if override else "contract", sig.name, sig.span, in_place)
                (self.overrides if override else d.contracts)[sig.name] = item
            case ast.FunctionDef(sig, contract, _, span):
                self._once("function", sig.name, sig.span)
                d.functions[sig.name] = item
                if contract is not None:
                    self._once("contract", sig.name, sig.span, "leave the contract out here: the body is held to the other")
                    d.contracts[sig.name] = ast.ContractDef(sig, contract, span)
            case ast.RoleDef():
                self.roles.append(item)
            case ast.SourceNote():
                self.notes.append(item)
            case ast.UseSpecs():
                pass  # what it names is among the modules of the unit
            case _:
                assert_never(item)

    def joined(self) -> Declarations:
        """All of it, resources extended and contracts overridden; InputError where that extends or overrides nothing."""
        d = self.all._replace(contexts=tuple(self.contexts), notes=tuple(self.notes), roles=tuple(self.roles))
        for e in self.extensions:
            if e.name not in d.resources:
                help_text = near(e.name, list(d.resources)) or "`use` the spec that declares it"
                raise InputError([error("unknown-name", f"there is no resource `{e.name}` to extend", e.span, help_text)])
            base = d.resources[e.name]
            embeds = (*base.embeds, *(m for m in e.embeds if m not in base.embeds))
            types = (*base.c_types, *(t for t in e.c_types if t not in base.c_types))
            d.resources[e.name] = base._replace(slots=_with_slots(base, e), embeds=embeds, c_types=types)
        for name, contract in self.overrides.items():
            if name not in d.contracts:
                help_text = near(name, list(d.contracts)) or "`use` the spec that has it, or drop `override`"
                text = f"there is no contract `{name}` to override"
                raise InputError([error("unknown-name", text, contract.sig.span, help_text)])
            d.overridden[name] = d.contracts[name]
            d.contracts[name] = contract
        return d


def declare(unit: Unit) -> Declarations:
    """Collect the declarations of a unit; InputError with every duplicate or unknown name."""
    collector = _Collector()
    for module in unit.modules:
        for item in module.items:
            collector.add(item)
    d, found = collector.joined(), collector.found
    _check(d, found, collector.spans)
    if found:
        raise InputError(found)
    return d._replace(resources=_containers_first(d))


def _with_slots(base: ast.ResourceDef, e: ast.Extension) -> tuple[ast.SlotDef, ...]:
    """The slots of a resource with those of an extension; the same slot may be added twice, another of its name may not."""
    slots = {s.name: s for s in base.slots}
    for s in e.slots:
        have = slots.setdefault(s.name, s)
        if have._replace(span=s.span) != s:
            text = f"`{base.name}` has another slot `{s.name}`, declared at {have.span}"
            raise InputError([error("duplicate-name", text, s.span, "give it another name, or say the same of it")])
    return tuple(slots.values())


def _meant(kind: str, name: str, among: list[str]) -> str:
    """What to write in place of a name that is not declared."""
    if re.fullmatch(NUMBERS, name):
        return A_NUMBER
    if name == "void":
        return "write the resource, or leave the parameter out"
    if name.startswith("__"):
        return f"what is said of a parameter stands behind its name: NAME {name}"
    if name in ("static", "inline", "extern"):
        return "write in front what the function returns, `void` where that is nothing"
    if kind == "resource" and name in SCALARS:
        return "a slot holds an object: ask what is a number as `nondet(...)`, and leave it out here"
    if meant := near(name, among):
        return meant
    if kind == "fact":
        usual = 'contexts.spec has the usual ones: use "contexts.spec";'
        return f"the facts here are {', '.join(among)}" if among else usual
    if kind.startswith("type"):
        return f"leave out what counts nothing; else declare it: resource {name};"
    return f"declare the {kind} in a spec and `use` it"


def _check(d: Declarations, found: list[Diagnostic], spans: dict[tuple[str, str], Span]) -> None:
    """Add everything that is wrong with the declarations of a unit."""

    def known(kind: str, name: str, among: Collection[str], span: Span) -> None:
        if name not in among:
            help_text = _meant(kind, name, list(among))
            found.append(error("unknown-name", f"there is no {kind} `{name}`", span, help_text))

    for r in d.resources.values():
        if r.name in SCALARS or r.name in BUILTINS:
            found.append(error("duplicate-name", f"`{r.name}` is a builtin", r.span, "rename the resource"))
        for slot in r.slots:
            known("resource", slot.target, d.resources, slot.span)
        if r.freed_after:
            known("fact", r.freed_after, d.facts, r.span)
        if r.shared and r.slots:
            text = f"`{r.name}` has slots, so two acquisitions of it cannot be told to be one"
            found.append(error("unsupported", text, r.span, "drop `shared;` or the slots"))
    for name, parts in d.facts.items():
        for part in parts:
            if part not in d.contexts:
                text = f"fact `{name}` is made of `{part}`, which is not a context"
                help_text = near(part, list(d.contexts)) or f"declare it: context {part};"
                found.append(error("unknown-name", text, spans["fact", name], help_text))
    for e in d.entries.values():
        for held in e.holds:
            known("context", held, d.contexts, e.span)
        for resource, slot_name, states in e.slots:
            known("resource", resource, d.resources, e.span)
            slots = [s.name for s in d.resources[resource].slots] if resource in d.resources else []
            known("slot", slot_name, slots, e.span)
            for state in states:
                known("slot state", state, ["empty", "noref", "owned"], e.span)
    types = [*SCALARS, *d.resources, *d.enums]
    contracts = [*d.contracts.values(), *(r.contract for r in d.roles)]
    sigs = [*(c.sig for c in contracts), *(f.sig for f in d.functions.values())]
    for sig in sigs:
        _check_signature(d, sig, types, known)
    for sig in sigs:
        found.extend(_check_names(sig))
    for name, f in d.functions.items():
        if name in d.contracts and d.contracts[name].sig is not f.sig:
            _check_same(f.sig, d.contracts[name].sig, found)
    for c in contracts:
        found.extend(check_contract(d.facts, d.contexts, d.constants, d.resources, d.enums, c))
        if c.sig.expects and not (c.sig.name in d.functions and d.functions[c.sig.name].sig is c.sig):
            text = f"nothing of `{c.sig.name}` is verified here: this is its contract alone"
            help_text = "write `expect` at its body, or leave it out"
            found.append(error("bad-expectation", text, c.sig.expects[0].span, help_text))
    for g in d.guards.values():
        known("contract", g.lock, d.contracts, g.span)
        known("contract", g.unlock, d.contracts, g.span)
    found.extend(check_emptied(d.resources, d.facts, d.contracts, d.functions))
    found.extend(check_bindings(d.resources, d.roles))


def _check_signature(d: Declarations, sig: ast.Signature, types: list[str], known: CheckKnown) -> None:
    known("type", sig.result.name, types, sig.result.span)
    for p in sig.params:
        known("type of a parameter", p.type.name, [t for t in types if t != "void"], p.type.span)
    for m in sig.must_hold:
        for fact in m.facts:
            known("fact", fact, d.facts, m.span)
    for entry in sig.entries:
        known("entry context", entry, d.entries, sig.span)


def _check_names(sig: ast.Signature) -> list[Diagnostic]:
    """Names that mean something else, and parameters that share a name."""
    found: list[Diagnostic] = []
    if sig.name in BUILTINS:
        found.append(error("duplicate-name", f"`{sig.name}` is a builtin", sig.span, "rename it"))
    names = [p.name for p in sig.params]
    for p in sig.params:
        if p.name == "result" or names.count(p.name) > 1:
            what = "stands for the value of a call" if p.name == "result" else "names two parameters"
            found.append(error("duplicate-name", f"`{p.name}` {what}", p.span, "rename the parameter"))
            break
    return found


def _check_same(body: ast.Signature, contract: ast.Signature, found: list[Diagnostic]) -> None:
    """A body and the contract it is to keep speak of the same parameters."""
    ours = [(p.type.name, p.type.pointer, p.name) for p in body.params]
    theirs = [(p.type.name, p.type.pointer, p.name) for p in contract.params]
    if ours != theirs or body.result.name != contract.result.name:
        text = f"`{body.name}` has other parameters than its contract at {contract.span}"
        found.append(error("wrong-arguments", text, body.span, "write the same types and names in both"))


def _containers_first(d: Declarations) -> dict[str, ast.ResourceDef]:
    """Resources ordered so that a container comes before what its slots hold; InputError on a circle."""
    order: list[str] = []
    state: dict[str, int] = {}

    def visit(name: str) -> None:
        if state.get(name) == 1:
            text = f"the slots of `{name}` lead back to `{name}`"
            raise InputError([error("unsupported", text, d.resources[name].span, "break the circle of slots")])
        if state.get(name) == 2:
            return
        state[name] = 1
        for slot in d.resources[name].slots:
            visit(slot.target)
        state[name] = 2
        order.append(name)

    for name in sorted(d.resources):
        visit(name)
    return {name: d.resources[name] for name in reversed(order)}
