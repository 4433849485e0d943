# SPDX-License-Identifier: GPL-2.0-only
"""The functions of a source as a model has them: sliced with the contracts of the model, helpers in place of their calls.

Where the model declares nothing of a callee, the contracts that C is read with count.  A helper without a contract stands in
place of its calls on either side, however its file is cut into functions.
"""

from collections.abc import Mapping

from refcheck.base.named import NamedTuple
from refcheck.base.source import SourceFile
from refcheck.c import tree as c
from refcheck.c.index import FileIndex
from refcheck.infer.survey import Surveyor
from refcheck.infer.surveyed import Surveyed, called, reached, with_calls
from refcheck.slice.facts import nodes, rebuilt
from refcheck.slice.file import BesideFile, functions_of
from refcheck.slice.words import CALL
from refcheck.syntax import ast, code
from refcheck.unit.declare import Declarations, Memo


class SourceFunction(NamedTuple):
    """A function of the source, or one variant of it, with what is needed to lower it; `reason` says why there is none."""

    name: str
    decl: Declarations | None
    conds: tuple[str, ...]
    line: int
    reason: str = ""


def joined(c_specs: Declarations, model: Declarations, defined: frozenset[str]) -> Declarations:
    """What C is read with, and what the model says instead of it; `defined` are the functions of the C file.

    A function of the file of which the model says nothing has no contract: what its body does counts.
    """
    kept = {n: k for n, k in c_specs.contracts.items() if n not in defined}
    entries = {n: _in_call(e) for n, e in {**c_specs.entries, **model.entries}.items()}
    resources = {**c_specs.resources, **{n: _both(c_specs.resources.get(n), r) for n, r in model.resources.items()}}
    return with_calls(Declarations(
        resources, tuple(dict.fromkeys((*c_specs.contexts, *model.contexts))), {**c_specs.facts, **model.facts},
        entries, {**c_specs.enums, **model.enums}, {**c_specs.constants, **model.constants},
        {**c_specs.guards, **model.guards}, {**kept, **model.contracts}, {}, {}, (*c_specs.roles, *model.roles), (),
        c_specs.sleeping | model.sleeping, Memo(),
    ))  # fmt: skip


def _in_call(e: ast.EntryDef) -> ast.EntryDef:
    """An entry context of a model as C has it: with what is lent for a call."""
    return e if CALL in e.holds else e._replace(holds=(*e.holds, CALL))


def _both(one: ast.ResourceDef | None, other: ast.ResourceDef) -> ast.ResourceDef:
    """A resource with the slots and C types that either side knows."""
    if one is None:
        return other
    slots = {s.name: s for s in (*other.slots, *one.slots)}
    types = tuple(dict.fromkeys((*one.c_types, *other.c_types)))
    embeds = tuple(dict.fromkeys((*one.embeds, *other.embeds)))
    return other._replace(slots=tuple(slots.values()), c_types=types, embeds=embeds)


def fitted(decl: Declarations, contract: ast.ContractDef, f: c.CFunction) -> ast.ContractDef:
    """The contract without numbers that C does not pass: what only the model tells apart is anything in the source."""
    names = {p.name for p in f.params}
    trees = (contract.outcomes, contract.sig.must_hold, tuple(asked for _, asked in contract.sig.requires))
    asked = {n.name for n in nodes(trees) if isinstance(n, ast.EffectPlace)}
    params = [p for p in contract.sig.params if p.name in names | asked or p.type.pointer or p.type.name in decl.resources]
    return contract._replace(sig=contract.sig._replace(params=tuple(params)))


def source_functions(
    source: SourceFile, file: c.CFile, index: FileIndex, decl: Declarations, model: Declarations, names: tuple[str, ...]
) -> dict[str, list[SourceFunction]]:
    """The functions of a C file that have these names, each variant of them; `decl` is what `joined` gave."""
    found = Surveyor(source, file, BesideFile(index, decl, {}, lambda _: False)).survey(_with_callees(file, names))
    by_name: dict[str, list[Surveyed]] = {}
    for f in found.functions:
        by_name.setdefault(f.name, []).append(f)
    return {n: [_sliced(f, by_name, model) for f in by_name[n]] for n in names if n in by_name}


def _with_callees(file: c.CFile, names: tuple[str, ...]) -> tuple[str, ...]:
    """Some functions of a file, and those that they call there, directly or not."""
    calls: dict[str, set[str]] = {}
    for f in functions_of(file):
        calls.setdefault(f.name, set()).update(called(f))
    found = reached(calls, names)
    return tuple(n for n in calls if n in found)


def _sliced(f: Surveyed, all_of: Mapping[str, list[Surveyed]], model: Declarations) -> SourceFunction:
    """A function with its helpers."""
    if f.function is None or f.decl is None:
        return SourceFunction(f.name, None, f.conds, f.span.line, f.reason)
    helpers, todo = dict[str, Surveyed](), [f]
    while todo:
        here = todo.pop()
        for name in _calls(here):
            of = all_of.get(name, [])
            if name in model.contracts or name in helpers or name == f.name or not of or here.decl is None:
                continue
            if len(of) > 1:
                return SourceFunction(
                    f.name, None, f.conds, f.span.line, f"`{name}`, which it calls, is read in {len(of)} ways"
                )
            if of[0].function is not None and name in here.decl.contracts and name in here.inferred:
                helpers[name] = of[0]
                todo.append(of[0])
    return SourceFunction(f.name, _with_helpers(f, helpers, model), f.conds, f.span.line)


def _calls(f: Surveyed) -> set[str]:
    return {n.name for n in nodes(f.function.body) if isinstance(n, code.Call)} if f.function is not None else set()


def _with_helpers(f: Surveyed, helpers: Mapping[str, Surveyed], model: Declarations) -> Declarations:
    """The declarations of a function with the bodies of its helpers, and what those assume under names of their own."""
    assert f.function is not None
    assert f.decl is not None
    contracts = {n: k for n, k in f.decl.contracts.items() if n not in helpers}
    functions = {f.name: f.function}
    for name, helper in helpers.items():
        assert helper.function is not None
        assert helper.decl is not None
        mine = {n: helper.decl.contracts[n] for n in _calls(helper) if n in helper.decl.contracts and n not in helpers}
        other = {n: f"{n}__in_{name}" for n, k in mine.items() if contracts.get(n, k) != k}
        contracts |= {other.get(n, n): k for n, k in mine.items()}
        body = renamed(helper.function.body, other)
        functions[name] = helper.function._replace(contract=None, body=body, static=True)
    decl = f.decl._replace(functions=functions, contracts=contracts, memo=Memo())
    return decl if f.name in model.contracts else _as_the_model_enters(f.name, decl, model)


def renamed(tree: code.Block, names: Mapping[str, str]) -> code.Block:
    """A tree with other names of callees."""

    def walk(n: object) -> object:
        if not isinstance(n, tuple):
            return n
        made = rebuilt(n, walk)
        return made._replace(name=names[made.name]) if isinstance(made, code.Call) and made.name in names else made

    if not names:
        return tree
    made = walk(tree)
    assert isinstance(made, code.Block)
    return made


def _as_the_model_enters(name: str, decl: Declarations, model: Declarations) -> Declarations:
    """A function to which the model gives no contract: entered as there, held to nothing."""
    theirs, function = model.functions[name].sig, decl.functions[name]
    contracts = {n: k for n, k in decl.contracts.items() if n != name}
    must = (*theirs.must_hold, ast.MustHold((CALL,), None, function.sig.span))
    sig = function.sig._replace(must_hold=must, entries=theirs.entries, requires=theirs.requires, expects=())
    functions = {**decl.functions, name: function._replace(sig=sig, contract=None)}
    return decl._replace(functions=functions, contracts=contracts, memo=Memo())


def defined(file: c.CFile) -> dict[str, c.CFunction]:
    """The functions of a C file by name, the first of each."""
    return {f.name: f for f in reversed(functions_of(file))}
