# SPDX-License-Identifier: GPL-2.0-only
"""All that the files of a unit declare, by name, with the errors that can be seen without lowering a function."""

from collections.abc import Callable, Collection
from functools import cache
from typing import Any

from refcheck.base.diagnostics import Diagnostic, InputError, error, near
from refcheck.base.named import NamedTuple
from refcheck.base.source import Span
from refcheck.syntax import ast
from refcheck.unit.contracts import check_contract
from refcheck.unit.load import Unit

BUILTINS = {"IS_ERR", "IS_ERR_OR_NULL", "PTR_ERR", "ERR_PTR", "ERR_CAST", "PTR_ERR_OR_ZERO", "use", "likely", "unlikely"}
BUILTINS |= {"unreachable"}
SCALARS = ("int", "bool", "void")
_MOST_PARTS = 512
Known = Callable[[str, str, Collection[str], Span], None]


class Memo:
    """What was worked out about the trees of a unit: by the identity of a tree, which is kept so that it stays its own."""

    def __init__(self) -> None:
        self.nodes: dict[int, tuple[object, dict[type, list[Any]]]] = {}
        self.reachable: dict[int, tuple[object, list[object]]] = {}
        self.called: set[str] | None = None
        self.traits: dict[int, tuple[object, object]] = {}


class Declarations(NamedTuple):
    """What a unit declares, by name; `resources` has containers in front of what their slots hold."""

    resources: dict[str, ast.ResourceDef]
    contexts: tuple[str, ...]
    facts: dict[str, tuple[str, ...]]
    entries: dict[str, ast.EntryDef]
    enums: dict[str, ast.EnumDef]
    constants: dict[str, int]
    guards: dict[str, ast.GuardDef]
    contracts: dict[str, ast.ContractDef]
    functions: dict[str, ast.FunctionDef]
    notes: tuple[ast.SourceNote, ...]
    sleeping: set[str]
    memo: Memo


Meaning = dict[str, tuple[int, ...]]


class Part:
    """What one module declares, and a unit in which nothing of it was wrong.

    `listed` has kind, name and place of each declaration in order.  `items` has for each name the identities of what
    declares it, but for bodies: no declaration asks whether another has one.
    """

    def __init__(self, module: ast.Module) -> None:
        self.module = module
        self.listed: list[tuple[str, str, Span]] = []
        self.items: Meaning = {}
        self.extensions = [i for i in module.items if isinstance(i, ast.Extension)]
        self.own = self._collected()
        self._sound_in: tuple[Meaning, list[Part]] | None = None
        self._texts: tuple[str, ...] | None = None

    def is_sound(self, d: Declarations, meaning: Meaning, unit: "list[Part]") -> bool:
        """Nothing of the module is wrong in a unit, which has `meaning` for what its names mean.

        That depends on what the names mean that the module speaks of: where it is the same as in a unit in which the
        module was sound, the module is sound.
        """
        if self._sound_in is not None and self._meant(self._sound_in[0]) == self._meant(meaning):
            return True
        found: list[Diagnostic] = []
        _check(d, self.own, found, {(kind, name): span for kind, name, span in self.listed})
        if not found:
            self._sound_in = meaning, unit  # which keeps the identities
        return not found

    def _meant(self, meaning: Meaning) -> tuple[tuple[int, ...] | None, ...]:
        """All that the texts of the module can mean."""
        if self._texts is None:
            self._texts = tuple(_texts(self.module))
        return tuple(map(meaning.get, self._texts))

    def _once(self, kind: str, name: str, span: Span, item: object) -> None:
        self.listed.append((kind, name, span))
        if kind != "function":
            self.items[name] = (*self.items.get(name, ()), id(item))

    def _collected(self) -> Declarations:
        d = Declarations({}, (), {}, {}, {}, {}, {}, {}, {}, (), set(), Memo())
        contexts: list[str] = []
        for item in self.module.items:
            match item:
                case ast.ResourceDef(name=name, span=span):
                    self._once("type", name, span, item)
                    d.resources[name] = item
                case ast.ContextDef(names, sleeps, span):
                    for name in names:
                        self._once("fact", name, span, item)
                        contexts.append(name)
                        if sleeps:
                            d.sleeping.add(name)
                        d.facts[name] = (name,)
                case ast.FactDef(name, parts, span):
                    self._once("fact", name, span, item)
                    d.facts[name] = parts
                case ast.EntryDef(name=name, span=span):
                    self._once("entry", name, span, item)
                    d.entries[name] = item
                case ast.EnumDef(name, members, span):
                    self._once("type", name, span, item)
                    d.enums[name] = item
                    for value, member in enumerate(members):
                        self._once("constant", member, span, item)
                        d.constants[member] = value
                case ast.GuardDef(name=name, span=span):
                    self._once("guard", name, span, item)
                    d.guards[name] = item
                case ast.ContractDef(sig, _, span):
                    self._once("contract", sig.name, sig.span, item)
                    d.contracts[sig.name] = item
                case ast.FunctionDef(sig, contract, _, span):
                    self._once("function", sig.name, sig.span, item)
                    d.functions[sig.name] = item
                    if contract is not None:
                        self._once("contract", sig.name, sig.span, item)
                        d.contracts[sig.name] = ast.ContractDef(sig, contract, span)
                case _:
                    pass
        notes = tuple(i for i in self.module.items if isinstance(i, ast.SourceNote))
        return d._replace(contexts=tuple(contexts), notes=notes)


def _texts(node: object) -> set[str]:
    """Every text in a tree."""
    found: set[str] = set()
    todo = [node]
    while todo:
        here = todo.pop()
        if isinstance(here, str):
            found.add(str(here))
        elif isinstance(here, tuple) and type(here) is not Span:
            todo.extend(here)
    return found


def declare(unit: Unit) -> Declarations:
    """Collect the declarations of a unit; InputError with every duplicate or unknown name."""
    parts = [_part(module) for module in unit.modules]
    d = _joined(parts)
    meaning: Meaning = {}
    for p in parts:
        for name, items in p.items.items():
            meaning[name] = (*meaning[name], *items) if name in meaning else items
    if _repeats(d, parts) or not all(p.is_sound(d, meaning, parts) for p in parts):
        spans, found = _declared_twice(parts)
        _check(d, d, found, spans)
        if found:
            raise InputError(found)
    return d._replace(resources=_containers_first(d))


@cache
def _parts() -> dict[int, Part]:
    """The specs met so far by the identity of their trees, which the models of a run share."""
    return {}


def _part(module: ast.Module) -> Part:
    known = _parts()
    found = known.get(id(module))
    if found is None:
        found = Part(module)
        if module.path.endswith(".spec"):
            if len(known) >= _MOST_PARTS:
                known.clear()
            known[id(module)] = found
    return found


def _joined(parts: list[Part]) -> Declarations:
    contexts = tuple(c for p in parts for c in p.own.contexts)
    notes = tuple(n for p in parts for n in p.own.notes)
    d = Declarations({}, contexts, {}, {}, {}, {}, {}, {}, {}, notes, set(), Memo())
    for p in parts:
        d.resources.update(p.own.resources)
        d.facts.update(p.own.facts)
        d.entries.update(p.own.entries)
        d.enums.update(p.own.enums)
        d.constants.update(p.own.constants)
        d.guards.update(p.own.guards)
        d.contracts.update(p.own.contracts)
        d.functions.update(p.own.functions)
        d.sleeping.update(p.own.sleeping)
    for p in parts:
        for e in p.extensions:
            if e.name in d.resources:
                base = d.resources[e.name]
                embeds = (*base.embeds, *(m for m in e.embeds if m not in base.embeds))
                d.resources[e.name] = base._replace(slots=_with_slots(base, e), embeds=embeds)
            else:
                help_text = near(e.name, list(d.resources)) or "`use` the spec that declares it"
                raise InputError([error("unknown-name", f"there is no resource `{e.name}` to extend", e.span, help_text)])
    return d


def _with_slots(base: ast.ResourceDef, e: ast.Extension) -> tuple[ast.SlotDef, ...]:
    """The slots of a resource with those of an extension; the same slot may be added twice, another of its name may not."""
    slots = {s.name: s for s in base.slots}
    for s in e.slots:
        have = slots.setdefault(s.name, s)
        if (have.target, have.published) != (s.target, s.published):
            text = f"`{base.name}` has another slot `{s.name}`, declared at {have.span}"
            raise InputError([error("duplicate-name", text, s.span, "give it another name, or say the same of it")])
    return tuple(slots.values())


def _repeats(d: Declarations, parts: list[Part]) -> bool:
    """Some name is declared twice: more is listed than there are names of each kind."""
    kinds = (d.resources | d.enums, d.facts, d.entries, d.constants, d.guards, d.contracts, d.functions)
    return sum(len(p.listed) for p in parts) != sum(len(names) for names in kinds)


def _declared_twice(parts: list[Part]) -> tuple[dict[tuple[str, str], Span], list[Diagnostic]]:
    """Where each name of a kind is declared first, and what is declared again."""
    spans: dict[tuple[str, str], Span] = {}
    found: list[Diagnostic] = []
    for kind, name, span in (listed for p in parts for listed in p.listed):
        if (kind, name) in spans:
            text = f"`{name}` is declared twice, first at {spans[kind, name]}"
            found.append(error("duplicate-name", text, span, "remove or rename one of the two"))
        spans.setdefault((kind, name), span)
    return spans, found


def _check(d: Declarations, own: Declarations, found: list[Diagnostic], spans: dict[tuple[str, str], Span]) -> None:
    """Add everything that is wrong with some of the declarations (`own`) of a unit."""

    def known(kind: str, name: str, among: Collection[str], span: Span) -> None:
        if name not in among:
            help_text = near(name, list(among)) or f"declare the {kind} in a spec and `use` it"
            found.append(error("unknown-name", f"there is no {kind} `{name}`", span, help_text))

    for r in own.resources.values():
        if r.name in SCALARS or r.name in BUILTINS:
            found.append(error("duplicate-name", f"`{r.name}` is a builtin", r.span, "rename the resource"))
        for slot in r.slots:
            if slot.target in d.resources and d.resources[slot.target].slots:
                text = f"`{slot.target}` has slots itself: containers do not nest"
                found.append(error("unsupported", text, slot.span, "leave out one of the slots"))
            known("resource", slot.target, d.resources, slot.span)
        if r.freed_after:
            known("fact", r.freed_after, d.facts, r.span)
        if r.shared and r.slots:
            text = f"`{r.name}` has slots, so two acquisitions of it cannot be told to be one"
            found.append(error("unsupported", text, r.span, "drop `shared;` or the slots"))
    for name, parts in own.facts.items():
        for part in parts:
            if part not in d.contexts:
                text = f"fact `{name}` is made of `{part}`, which is not a context"
                found.append(error("unknown-name", text, spans["fact", name], near(part, list(d.contexts))))
    for e in own.entries.values():
        for held in e.holds:
            known("context", held, d.contexts, e.span)
        for resource, slot_name, states in e.slots:
            known("resource", resource, d.resources, e.span)
            slots = [s.name for s in d.resources[resource].slots] if resource in d.resources else []
            known("slot", slot_name, slots, e.span)
            for state in states:
                known("slot state", state, ["empty", "noref", "owned"], e.span)
    types = [*SCALARS, *d.resources, *d.enums]
    sigs = [*(c.sig for c in own.contracts.values()), *(f.sig for f in own.functions.values())]
    for sig in sigs:
        _check_signature(d, sig, types, known)
    for sig in sigs:
        found.extend(_check_names(sig))
    for name, f in own.functions.items():
        if name in d.contracts and d.contracts[name].sig is not f.sig:
            _check_same(f.sig, d.contracts[name].sig, found)
    for c in own.contracts.values():
        found.extend(check_contract(d.facts, d.contexts, d.constants, d.resources, d.enums, c))
    for g in own.guards.values():
        known("contract", g.lock, d.contracts, g.span)
        known("contract", g.unlock, d.contracts, g.span)


def _check_signature(d: Declarations, sig: ast.Signature, types: list[str], known: Known) -> None:
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
