# SPDX-License-Identifier: GPL-2.0-only
"""What a patch changed of a file by name, and who calls what in a tree."""

import os
from collections.abc import Iterable

from refcheck.c import tree as c
from refcheck.c.unit import CUnit
from refcheck.infer.surveyed import called
from refcheck.inspect.lifecycle import contract_text
from refcheck.series.sides import TreeState
from refcheck.slice.facts import nodes

# Where callers of a function that left its file are looked for, beside the folders of the files that the series changes.
FOLDERS = ("net", "drivers/net")


def changed(old: TreeState, new: TreeState, path: str) -> set[str]:
    """The functions of a file that read otherwise than before, came, or went; also where a macro that they use does."""
    before, after = _texts(old, path), _texts(new, path)
    moved = {n for n in before.keys() | after.keys() if before.get(n) != after.get(n)}
    macros = macros_changed(old, new, path)
    return moved | mentions(new, path, macros)


def mentions(state: TreeState, path: str, names: set[str]) -> set[str]:
    """The functions of a file in whose body one of some names stands."""
    return {n for n, fs in state.functions(path).items() if any(_names(f) & names for f in fs)} if names else set()


def macros_changed(old: TreeState, new: TreeState, path: str) -> set[str]:
    """The macros of a file that are other ones now."""
    before, after = _macros(old, path), _macros(new, path)
    return {n for n in before.keys() | after.keys() if before.get(n) != after.get(n)}


def _texts(state: TreeState, path: str) -> dict[str, str]:
    """The text of each function of a file without comments and layout, with the conditions around it."""
    lines = state.lines(path)
    return {
        name: "\n".join(_said(f, " ".join(_lines(lines, f))) for f in fs) for name, fs in state.functions(path).items()
    }


def _said(f: c.CFunction, text: str) -> str:
    """A text of a function without layout, with the conditions around it."""
    return f"{f.conds} {' '.join(text.split())}"


def _lines(lines: list[str], f: c.CFunction) -> list[str]:
    """The lines of a function from its name on, with what stands in front of the name in its first line."""
    end = f.body.span.end_line if f.body is not None else f.span.end_line
    return lines[f.span.line - 1 : end]


def _macros(state: TreeState, path: str) -> dict[str, str]:
    given = state.parsed(path)
    return {d.name: " ".join(str(d).split()) for d in _defines(given)} if given is not None else {}


def _defines(unit: CUnit) -> list[c.CMacro]:
    names = dict.fromkeys(d.name for d in unit.text.directives.defines)
    return [m._replace(span=m.span._replace(line=0, end_line=0)) for n in names for m in unit.macros(n)]


def _names(f: c.CFunction) -> set[str]:
    return {n.name for n in nodes(f.body) if isinstance(n, c.Id)}


def shows(state: TreeState, path: str, name: str, only: tuple[str, ...]) -> object:
    """What callers in its file know of a function, one of `only` some that are surveyed: equal where they read the same.

    Which fields own is a guess from the whole file, so that it is with what they know.
    """
    found = state.surveyed(path, only)
    if found is None:
        return None
    shown = found.shown.get(name)
    contracts = (state.decl.contracts.get(name), shown.contract if shown is not None else None)
    texts = [contract_text(k) if k is not None else "" for k in contracts]
    rest = shown._replace(contract=None) if shown is not None else None
    return _heads(state, path, name), texts, rest, found.guessed, found.containers


def _heads(state: TreeState, path: str, name: str) -> list[str]:
    """The text of the head of each variant of a function, with the conditions around it."""
    lines = state.lines(path)
    heads = ((f, " ".join(_lines(lines, f)).partition("{")[0]) for f in state.functions(path).get(name, ()))
    return [_said(f, head) for f, head in heads]


def direct_callers(state: TreeState, path: str, names: set[str]) -> set[str]:
    """The functions of a file that call some functions."""
    return {n for n, fs in state.functions(path).items() if any(called(f) & names for f in fs)} - names


def files_with(state: TreeState, names: set[str], folders: Iterable[str]) -> list[str]:
    """The C files below some folders in which one of some names stands."""
    wanted = [n.encode() for n in sorted(names)]
    found, root = set[str](), state.index.root
    over = state.index.includes.over
    for folder in dict.fromkeys((*FOLDERS, *folders)):
        for place, _, files in os.walk(os.path.join(root, folder)):
            for file in files:
                path = os.path.normpath(os.path.join(os.path.relpath(place, root), file))
                if (
                    file.endswith(".c")
                    and path not in over
                    and path not in found
                    and _holds(os.path.join(place, file), wanted)
                ):
                    found.add(path)
    found |= {p for p, t in over.items() if p.endswith(".c") and t is not None and any(n in t for n in wanted)}
    return sorted(found)


def _holds(path: str, wanted: list[bytes]) -> bool:
    try:
        with open(path, "rb") as f:
            text = f.read()
    except OSError:
        return False
    return any(n in text for n in wanted)
