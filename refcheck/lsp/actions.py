# SPDX-License-Identifier: GPL-2.0-only
"""Changes that are offered for what is wrong: the repair of a finding, verified, and the spec that has a missing name."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from refcheck.base.diagnostics import InputError
from refcheck.base.limits import Limits
from refcheck.base.named import NamedTuple
from refcheck.base.source import SourceFile
from refcheck.lsp.completion import specs_for
from refcheck.lsp.units import Texts, declared_by
from refcheck.result.record import Problem, Record
from refcheck.run.repaired import repaired
from refcheck.syntax.parser import parse
from refcheck.unit.declare import declare
from refcheck.unit.load import load_all

_LIMITS = Limits(timeout=10.0)
_MOST_OFFERS = 5


class Remedy(NamedTuple):
    """A change that is offered: what it does, the new text of the file, and the number of the problem that it mends."""

    title: str
    text: str
    code: str


def repairs(texts: Texts, path: str, text: str, records: tuple[Record, ...], lines: range) -> Iterator[Remedy]:
    """Repairs of the findings in some lines of a model that make their functions PROVED."""
    done: set[str] = set()
    for r in records:
        for f in r.findings:
            if f.place.line in lines and r.function not in done and not r.expected:
                done.add(r.function)
                new = repaired(Path(path), text, r.function, texts.specs, _LIMITS, texts.edited)
                if new is not None:
                    yield Remedy(f"{new.words} (verified: {r.function} is PROVED)", new.text, f.code)


def uses(texts: Texts, path: str, text: str, problems: tuple[Problem, ...], lines: range) -> Iterator[Remedy]:
    """Specs whose use declares a name that is not known in some lines."""
    for p in problems:
        name = re.search(r"`([A-Za-z_]\w*)`", p.message)
        if p.name != "unknown-name" or p.place.line not in lines or name is None:
            continue
        found = [s for s in specs_for(texts, path) if _declares(texts, path, s, name[1])]
        changes = (Remedy(f'use "{s}", which has `{name[1]}`', using(text, s), p.code) for s in found)
        yield from [c for c in changes if _known(texts, path, c.text)][:_MOST_OFFERS]


def using(text: str, spec: str) -> str:
    """A text that uses a spec besides: in its first `use`, or in a new line in front of its first item."""
    found = re.search(r'^(\s*use\s+"[^;]*?")(\s*;)', text, re.MULTILINE)
    if found:
        return f'{text[: found.end(1)]}, "{spec}"{text[found.end(1) :]}'
    first = re.search(r"^(?!//|/\*|\s*$)", text, re.MULTILINE)
    at = first.start() if first else 0
    return f'{text[:at]}use "{spec}";\n{text[at:]}'


def _declares(texts: Texts, path: str, spec: str, name: str) -> bool:
    """A spec has a declaration of a name."""
    file = texts.spec(spec, path)
    source = texts.read(file) if file is not None else ""
    if file is None or name not in source:
        return False
    module, _ = parse(SourceFile(file, source))
    return any(name in declared_by(item) for item in module.items)


def _known(texts: Texts, path: str, text: str) -> bool:
    """The declarations of a text and of all that it uses are in order."""
    try:
        unit, errors = load_all(Path(path), texts.specs, {**texts.edited, os.path.realpath(path): text})
        if not errors:
            declare(unit)
    except InputError:
        return False
    return not errors
