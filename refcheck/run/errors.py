# SPDX-License-Identifier: GPL-2.0-only
"""All that is wrong with a model, in one run: what cannot be read, what is wrong with the rest, and who has a name."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from refcheck.base.diagnostics import Diagnostic, InputError
from refcheck.lower.function import entry_contexts, lower
from refcheck.syntax import ast
from refcheck.unit.declare import declare
from refcheck.unit.load import SpecPlaces, Unit, load_all

_NAME = re.compile(r"^there is no (?:(contract) or function|resource|type|type of a parameter) `(\w+)`")


def loaded(path: Path, specs: Path | None) -> Unit:
    """A model that can be read; InputError with all that is wrong with one that cannot, in what can be read of it too."""
    unit, errors = load_all(path, specs, {})
    if errors:
        found = [*errors, *_beside(unit, errors)]
        raise InputError(sorted(found, key=lambda d: (d.span.path != unit.model.path, d.span.path, d.span.line, d.span.col)))
    return unit


def _beside(unit: Unit, errors: list[Diagnostic]) -> Iterator[Diagnostic]:
    """What is wrong with the functions in which no syntax error stands, and does not follow from what was left out."""
    text = unit.sources[unit.model.path].text
    broken = [d.span.line for d in errors if d.span.path == unit.model.path]
    try:
        decl = declare(unit)
    except InputError:
        return
    for item in unit.model.items:
        if not isinstance(item, ast.FunctionDef) or any(item.span.line <= n <= item.span.end_line for n in broken):
            continue
        try:
            for entry in entry_contexts(decl, item.sig.name):
                lower(decl, item.sig.name, entry)
        except InputError as e:
            yield from (d for d in e.diagnostics if not _left_out(d, text))


def _left_out(d: Diagnostic, text: str) -> bool:
    """The name may be one that is declared in what could not be read."""
    named = re.search(r"`(\w+)`", d.message)
    return bool(named and re.search(rf"^\w[^\n;]*\b{named[1]}\b", text, re.MULTILINE))


def placed(diagnostics: Iterable[Diagnostic], path: Path, specs: Path | None) -> list[Diagnostic]:
    """The diagnostics, those of unknown names with the spec that has the name, if one is in the places looked at."""
    return [_placed(d, path, specs) for d in diagnostics]


def _placed(d: Diagnostic, path: Path, specs: Path | None) -> Diagnostic:
    found = _NAME.match(d.message)
    if found is None:
        return d
    kind, name = found.groups()
    pattern = rf"^\w[^\n]*\b{name}\s*\(" if kind else rf"^(?:resource|enum)\s+{name}\b"
    for spec in SpecPlaces(specs, str(path.parent)).known(str(path.parent)):
        try:
            text = spec.read_text(encoding="utf-8")
        except (OSError, ValueError):
            continue
        if re.search(pattern, text, re.MULTILINE):
            return d._replace(help=f'{spec.name} has it: add use "{spec.name}";')
    return d
