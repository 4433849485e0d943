# SPDX-License-Identifier: GPL-2.0-only
"""All that is wrong with a model, in one run: what cannot be read, what is wrong with the rest, and who has a name."""

import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

from refcheck.base.diagnostics import Diagnostic, InputError
from refcheck.base.source import Span
from refcheck.run.shards import Part
from refcheck.run.tasks import Prepared, contract_errors, prepare_declared, tasks_of
from refcheck.syntax import ast
from refcheck.syntax.mask import masked
from refcheck.syntax.parser import MAX_ERRORS
from refcheck.unit.declare import SCALARS, Declarations, declare
from refcheck.unit.load import SpecPlaces, Unit, load_all

_NAME = r"there is no (?:(contract) or function|resource|type|type of a parameter) `(\w+)`"

# What may be wrong with a function or a contract because a part of it is not there.
_OF_THE_WHOLE = ("bad-jump", "bad-contract", "duplicate-name")


def loaded(path: Path, specs: Path | None) -> Unit:
    """A model that can be read; InputError with all that is wrong with one that cannot, in what can be read of it too."""
    unit, errors = load_all(path, specs, {})
    if errors:
        raise InputError(all_wrong(unit, errors))
    return unit


def prepared(unit: Unit, only: tuple[str, ...], part: Part | None) -> Prepared:
    """A model lowered; InputError with all that is wrong with it."""
    try:
        decl = declare(unit)
    except InputError as e:
        raise InputError(all_wrong(unit, e.diagnostics)) from None
    try:
        return prepare_declared(unit, decl, only, part)
    except InputError as e:
        raise InputError(_in_order(unit, e.diagnostics)) from None


def _in_order(unit: Unit, errors: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Errors in the order of the model's lines; those of specs come first."""
    model = unit.model.path
    return sorted(dict.fromkeys(errors), key=lambda d: (d.span.path != model, d.span.path, d.span.line, d.span.col))


def all_wrong(unit: Unit, errors: list[Diagnostic]) -> list[Diagnostic]:
    """Some errors of a model with those in what they leave of it, unless these may follow from what they leave out.

    What names something that could not be read, or whose declaration is wrong, may follow; so may every unknown name
    where a spec is missing, and what is missing where a part could not be read.
    """
    lost, found = {w for m in unit.modules for w in m.left_out}, dict.fromkeys(errors)
    missing = any(d.code.name in ("missing-spec", "unreadable-file") for d in errors)
    damaged = [d.span for d in errors if d.code.name == "syntax-error"]
    hidden = damaged[MAX_ERRORS].line if damaged[MAX_ERRORS:] else 0  # from there on they are not shown

    def said(late: Iterable[Diagnostic], types: Collection[str]) -> None:
        for d in late:
            own = [i for m in unit.modules for i in m.items if _holds(i, d.span)]
            cut = any(_holds(i, s) for i in own for s in damaged) or 0 < hidden <= d.span.line
            names = lost - {i.sig.name for i in own if isinstance(i, ast.FunctionDef)}
            unknown = d.code.name == "unknown-name"
            named = set(re.findall(r"`(\w+)`", d.message)) - set(() if unknown else types)
            if not (cut and d.code.name in _OF_THE_WHOLE) and not (missing and unknown) and names.isdisjoint(named):
                found[d] = None

    decl, once = None, set[Diagnostic]()
    while decl is None:
        try:
            decl = declare(unit)
        except InputError as e:
            said(() if missing else e.diagnostics, ())
            less = _without(unit, e.diagnostics, once)
            if less is None:
                return _in_order(unit, found)
            once |= set(e.diagnostics)
            unit, words = less
            lost |= words
    said(_late(unit, decl), {*decl.resources, *decl.enums, *SCALARS})
    return _in_order(unit, found)


def _late(unit: Unit, decl: Declarations) -> Iterator[Diagnostic]:
    """What is wrong with contracts and functions whose declarations are right."""
    yield from contract_errors(decl)
    for item in unit.model.items:
        if isinstance(item, ast.FunctionDef):
            try:
                tasks_of(unit, decl, item.sig.name)
            except InputError as e:
                yield from e.diagnostics


def _holds(item: ast.ModuleItem, span: Span) -> bool:
    return item.span.path == span.path and item.span.line <= span.line <= item.span.end_line


def _without(unit: Unit, errors: list[Diagnostic], once: set[Diagnostic]) -> tuple[Unit, set[str]] | None:
    """The unit without what errors stand in, and the words of that; a function keeps its body, if that was not tried `once`.

    None where they stand in nothing that can be left out.
    """
    modules, lost = list[ast.Module](), set[str]()
    for module in unit.modules:
        items, lines = list[ast.ModuleItem](), unit.sources[module.path].text.split("\n")
        for item in module.items:
            here = [d for d in errors if _holds(item, d.span)]
            if not here:
                items.append(item)
            elif isinstance(item, ast.FunctionDef) and once.isdisjoint(here):
                items.append(healed := _healed(item, {d.span for d in here}))
                lost |= {item.sig.name, *(p.name for p in item.sig.params if p not in healed.sig.params)}
            else:
                end = item.sig.span.end_line if isinstance(item, ast.FunctionDef) else item.span.end_line
                lost |= set(re.findall(r"\w+", masked("\n".join(lines[item.span.line - 1 : end]))))
        modules.append(module._replace(items=tuple(items)))
    return (unit._replace(model=modules[-1], modules=tuple(modules)), lost) if lost else None


def _healed(f: ast.FunctionDef, wrong: set[Span]) -> ast.FunctionDef:
    """A function without what is wrong with its signature, and without its contract."""
    sig = f.sig
    result = sig.result._replace(name="void") if sig.result.span in wrong else sig.result
    params = tuple(p for p in sig.params if wrong.isdisjoint((p.span, p.type.span)))
    held = tuple(m for m in sig.must_hold if m.span not in wrong)
    plain = sig._replace(result=result, params=params, must_hold=held, entries=(), requires=(), expects=())
    return f._replace(sig=plain, contract=None)


def placed(diagnostics: Iterable[Diagnostic], path: Path, specs: Path | None) -> list[Diagnostic]:
    """The diagnostics, those of unknown names with the spec that has the name, if one is in the places looked at."""
    found = list(diagnostics)
    if not any(re.match(_NAME, d.message) for d in found):
        return found
    model = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    texts = _specs(path, specs)
    return [_placed(d, m, model, texts) if (m := re.match(_NAME, d.message)) else d for d in found]


def _placed(d: Diagnostic, named: re.Match[str], model: str, texts: dict[str, str]) -> Diagnostic:
    kind, name = named.groups()
    pattern = rf"^\w[^\n]*\b{name}\s*\(" if kind else rf"^(?:resource|enum)\s+({name})\b"
    of_c = rf'^(?:extend\s+)?resource\s+(\w+)\s*\{{[^}}]*"(?:struct\s+)?{name}"'
    for use, text in sorted(texts.items(), key=lambda s: PurePosixPath(s[0]).stem != name):
        own = re.search(pattern, text, re.MULTILINE)
        meant = None if kind else own or re.search(of_c, text, re.MULTILINE)
        if own and f'"{use}"' not in model:
            return d._replace(help=f'{use} has it: add use "{use}";')
        if meant and not own:
            return d._replace(help=f'write `{meant[1]}`, the resource that {use} has for it: use "{use}";')
    return d


def _specs(path: Path, specs: Path | None) -> dict[str, str]:
    """The specs that a model could use, as it would write them, each with its text."""
    found = dict[str, str]()
    for use, spec in SpecPlaces(specs, str(path.parent)).known(str(path.parent)).items():
        with suppress(OSError, ValueError):
            found[use] = spec.read_text(encoding="utf-8")
    return found
