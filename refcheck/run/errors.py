# SPDX-License-Identifier: GPL-2.0-only
"""All that is wrong with a model, in one run: what cannot be read, what is wrong with the rest, and who has a name."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from refcheck.base.diagnostics import Diagnostic, InputError
from refcheck.lower.function import entry_contexts, lower
from refcheck.run.shards import Part
from refcheck.run.tasks import Prepared, prepare_declared
from refcheck.syntax import ast
from refcheck.unit.declare import declare
from refcheck.unit.load import SpecPlaces, Unit, load_all

_NAME = re.compile(r"^there is no (?:(contract) or function|resource|type|type of a parameter) `(\w+)`")


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
        found = all_wrong(unit, e.diagnostics)
        raise InputError(found if len(found) > len(e.diagnostics) else e.diagnostics) from None
    return prepare_declared(unit, decl, only, part)


def all_wrong(unit: Unit, errors: list[Diagnostic]) -> list[Diagnostic]:
    """Some errors of a model with those in what they leave of it, in the order of its lines; those of specs come first."""
    model = unit.model.path
    found = [*errors, *(d for d in _beside(unit, errors) if d not in errors)]
    return sorted(dict.fromkeys(found), key=lambda d: (d.span.path != model, d.span.path, d.span.line, d.span.col))


def _beside(unit: Unit, errors: list[Diagnostic]) -> Iterator[Diagnostic]:
    """What is wrong where no error stands, and does not follow from what was left out."""
    text = unit.sources[unit.model.path].text
    try:
        decl = declare(unit)
    except InputError as e:
        if any(d not in errors for d in e.diagnostics):
            return  # they may follow from what could not be read
        unit = _without(unit, e.diagnostics)
        try:
            decl = declare(unit)
        except InputError:
            return
    for item in unit.model.items:
        if not isinstance(item, ast.FunctionDef) or _stands_in(item, unit, errors):
            continue
        try:
            for entry in entry_contexts(decl, item.sig.name):
                lower(decl, item.sig.name, entry)
        except InputError as e:
            yield from (d for d in e.diagnostics if not _left_out(d, text))


def _without(unit: Unit, errors: list[Diagnostic]) -> Unit:
    """The unit without the declarations and functions of the model in which errors stand."""
    model = unit.model._replace(items=tuple(i for i in unit.model.items if not _stands_in(i, unit, errors)))
    return unit._replace(model=model, modules=(*unit.modules[:-1], model))


def _stands_in(item: ast.ModuleItem, unit: Unit, errors: list[Diagnostic]) -> bool:
    lines = [d.span.line for d in errors if d.span.path == unit.model.path]
    return any(item.span.line <= n <= item.span.end_line for n in lines)


def _left_out(d: Diagnostic, text: str) -> bool:
    """The name may be one that is declared in what could not be read."""
    named = re.search(r"`(\w+)`", d.message)
    return bool(named and re.search(rf"^\w[^\n;=(]*\b{named[1]}\b", text, re.MULTILINE))


def placed(diagnostics: Iterable[Diagnostic], path: Path, specs: Path | None) -> list[Diagnostic]:
    """The diagnostics, those of unknown names with the spec that has the name, if one is in the places looked at."""
    return [_placed(d, path, specs) for d in diagnostics]


def _placed(d: Diagnostic, path: Path, specs: Path | None) -> Diagnostic:
    found = _NAME.match(d.message)
    if found is None:
        return d
    kind, name = found.groups()
    pattern = rf"^\w[^\n]*\b{name}\s*\(" if kind else rf"^(?:resource|enum)\s+{name}\b"
    for use, spec in SpecPlaces(specs, str(path.parent)).known(str(path.parent)).items():
        try:
            text = spec.read_text(encoding="utf-8")
        except (OSError, ValueError):
            continue
        if re.search(pattern, text, re.MULTILINE):
            return d._replace(help=f'{use} has it: add use "{use}";')
    return d
