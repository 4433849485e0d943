# SPDX-License-Identifier: GPL-2.0-only
"""What is told of the name under the pointer: its declaration as it is written, what was found, and its state on a path."""

import os
from collections.abc import Iterable

from refcheck.base.source import Span
from refcheck.lsp.symbols import Occurrence
from refcheck.lsp.units import absolute, everywhere, item_of
from refcheck.render.text import clean
from refcheck.result.contracts import comment_above, declared_text
from refcheck.result.record import Finding, Record, Shown
from refcheck.syntax import ast
from refcheck.unit.load import Unit

_MOST_LINES = 30


def hover(unit: Unit, occurrence: Occurrence, records: Iterable[Record], line: int) -> str:
    """The text, in Markdown, of a name in the model of a unit, `records` being those of the model."""
    symbol = occurrence.symbol
    if symbol.kind == "variable":
        parts = [_code(f"{symbol.type} {symbol.name}".strip())]
        parts += _states(symbol.name, records, line)
    elif symbol.kind == "label":
        lines = sorted(f.occurrence.span.line for f in everywhere(unit, symbol) if not f.occurrence.declares)
        parts = [f"label `{symbol.name}`, jumped to from " + (f"line {', '.join(map(str, lines))}" if lines else "nowhere")]
    else:
        parts = [_declared(unit, module, item, span) for module, item, span in item_of(unit, symbol)]
        parts += _verdicts(symbol.name, records) if symbol.kind == "function" else []
    return "\n\n".join(p for p in parts if p)


def _code(text: str) -> str:
    return f"```c\n{text}\n```"


def _declared(unit: Unit, module: ast.Module, item: ast.ModuleItem, name: Span) -> str:
    """A declaration as it stands in its file, without a body, below the comment on it."""
    lines = unit.sources[module.path].lines()
    text, first = declared_text(lines, item), item.span.line
    if text.count("\n") > _MOST_LINES:
        text, first = lines[name.line - 1], name.line
    comment = " ".join(row.lstrip("/").strip() for row in comment_above(lines, first))
    return "\n\n".join(filter(None, (_code(text), comment, f"{module.path}:{name.line}")))


def _verdicts(name: str, records: Iterable[Record]) -> list[str]:
    rows = []
    for r in records:
        if r.function == name:
            broken = "".join(f", `{f.property}`: {f.title}" for f in r.findings)
            rows.append(f"- {f'in {r.entry}: ' if r.entry else ''}**{r.verdict}**{clean(broken)}")
    return ["\n".join(rows)] if rows else []


def _states(name: str, records: Iterable[Record], line: int) -> list[str]:
    """What a variable is worth at a line on the way of each finding that passes there."""
    found = []
    for r in records:
        for f in r.findings:
            state = at_line(r, f, line)
            words = _words(name, state[1]) if state is not None else ""
            if state is not None and words:
                where = f" in {r.entry}" if r.entry else ""
                found.append(f"{words} {state[0]} this line, on the way of `{f.property}`{where}: {clean(f.title)}")
    return list(dict.fromkeys(found))


def at_line(r: Record, f: Finding, line: int) -> tuple[str, Shown] | None:
    """The state of a finding's path at a line, and whether it is that in front of the line or behind; None off the path."""
    found: tuple[str, Shown] | None = None
    arcs = {a.number: a.line for a in r.graph.edges} if r.graph is not None else {}
    before: Shown | None = None
    for step in f.steps:
        if step.place.line == line and os.path.abspath(step.place.file) == absolute(r.model):
            found = ("before" if step is f.steps[-1] else "behind"), step.state
        elif before is not None and (found is None or found[0] == "at") and line in {arcs.get(n) for n in step.path}:
            found = "at", before
        before = step.state
    return found


def _words(name: str, state: Shown) -> str:
    """A variable and its slots in words."""
    values = [f"`{v.name}` is {v.value}" for v in state.variables if v.name == name]
    values += [f"`{v.name}` is {v.value}" for v in state.slots if v.name.startswith(f"{name}->")]
    values += [f"held {r.held} times" for r in state.references if name in r.names and r.held > 1]
    return ", ".join(map(clean, values))
