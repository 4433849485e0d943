# SPDX-License-Identifier: GPL-2.0-only
"""A new name for a thing, wherever it is meant; refused where the text would then mean something else."""

import re
from collections.abc import Iterable

from refcheck.base.source import Span
from refcheck.lsp.symbols import LOCAL, Symbol
from refcheck.lsp.units import NamePlace, Texts, declared_by, everywhere, names, references
from refcheck.syntax import tables
from refcheck.unit.declare import BUILTINS
from refcheck.unit.load import Unit


class NotRenamedError(Exception):
    """Why a name stays."""


def refusal(symbol: Symbol) -> str:
    """Why what a name means cannot be renamed; empty where it can."""
    return {
        "slot": "a slot has the name of its field in C; change the spec by hand",
        "spec": "the name is that of a file",
    }.get(symbol.kind, "")


def renamed(
    texts: Texts, path: str, symbol: Symbol, new: str, files: Iterable[str], roots: Iterable[str]
) -> dict[str, list[tuple[Span, str]]]:
    """The edits of each file, by path.  NotRenamedError with the reason where there can be none."""
    listed = list(files)
    unit = texts.unit(path)
    reason = refusal(symbol) or (_taken(unit, symbol, new) if unit is not None else "the file cannot be read")
    if reason:
        raise NotRenamedError(reason)
    found = references(texts, path, symbol, listed)
    if not any(f.occurrence.declares for f in found):
        raise NotRenamedError(f"no file at hand declares `{symbol.name}`")
    edits: dict[str, list[tuple[Span, str]]] = {}
    for f in found:
        if not any(f.file.startswith(root.rstrip("/") + "/") for root in roots) and f.file != path:
            raise NotRenamedError(f"{f.file}, which has it too, is outside of the workspace")
        other = texts.unit(f.file)
        taken = _taken(other, symbol, new) if other is not None and symbol.kind not in LOCAL else ""
        if taken:
            raise NotRenamedError(f"{f.file}: {taken}")
        edits.setdefault(f.file, []).append((f.occurrence.span, _text(f, symbol, new)))
    return edits


def _text(found: NamePlace, symbol: Symbol, new: str) -> str:
    """What stands in place of an occurrence: `(skb)` becomes `(skb copy)` or `(packet skb)`."""
    if not found.occurrence.bare:
        return new
    return f"{symbol.type} {new}" if symbol.kind == "variable" else f"{new} {symbol.name}"


def _taken(unit: Unit, symbol: Symbol, new: str) -> str:
    """Why a name cannot be had; empty where it can."""
    if not re.fullmatch(r"[A-Za-z_]\w*", new):
        return f"`{new}` is no name"
    if new in tables.WORDS or new in tables.SPECIAL or new in BUILTINS or new == "result":
        return f"`{new}` is a word of the language"
    for module in unit.modules:
        for item in module.items:
            if symbol.kind not in LOCAL and new in declared_by(item):
                return f"`{new}` is declared already"
    return f"the function has a `{new}` already" if symbol.kind in LOCAL and _is_beside(unit, symbol, new) else ""


def _is_beside(unit: Unit, symbol: Symbol, new: str) -> bool:
    """A name stands in the item of the model in which a local stands."""
    lines = [f.occurrence.span.line for f in everywhere(unit, symbol)]
    spans = [i.span for i in unit.model.items if any(i.span.line <= n <= i.span.end_line for n in lines)]
    beside = [o for o in names(unit, unit.model) if any(s.line <= o.span.line <= s.end_line for s in spans)]
    return any(o.symbol.name == new and o.symbol.kind not in ("function", "slot") for o in beside)
