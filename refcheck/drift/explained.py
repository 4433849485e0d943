# SPDX-License-Identifier: GPL-2.0-only
"""Differences that were looked at: a file says for each why it is there.

It names them by function and key, which do not change when lines do; what it names and is not there is an error, so that no
explanation outlives its reason.

    [geneve_xmit_skb]
    "source: dst_release" = "why this is right"
    "not compared" = "why it cannot be"
"""

import tomllib
from collections import Counter
from pathlib import Path

from refcheck.base.diagnostics import Diagnostic, InputError, error
from refcheck.base.source import Span
from refcheck.result.drift import OPEN, Difference, Drift, FunctionDrift
from refcheck.result.places import problems
from refcheck.unit.load import read_source

NOT_COMPARED = "not compared"
_HELP = 'write [FUNCTION] and below it "KEY" = "why" for each difference, with the keys that drift says'
Explanations = dict[tuple[str, str], tuple[str, Span]]


def read(path: Path) -> Explanations:
    """The reasons by function and key; InputError where the file is not as it should be."""
    shown = str(path)
    text = read_source(path, shown).text
    whole = Span(shown, 1, 1, 1, 1)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        raise InputError([error("usage", f"`{shown}` is no TOML: {e}", whole, _HELP)]) from None
    found: Explanations = {}
    for function, reasons in data.items():
        if not isinstance(reasons, dict):
            raise InputError([error("usage", f"`{function}` of `{shown}` is no table", whole, _HELP)])
        for key, why in reasons.items():
            if not isinstance(why, str) or not why.strip():
                raise InputError([error("usage", f"`{key}` of `{function}` has no reason", whole, _HELP)])
            line = _line(text, function, key)
            found[function, key] = " ".join(why.split()), Span(shown, line, 1, line, 1)
    return found


def _line(text: str, function: str, key: str) -> int:
    head = max(text.find(f"[{function}]"), 0)
    at = text.find(key, head)
    return text.count("\n", 0, at if at >= 0 else head) + 1


def keyed(differences: tuple[Difference, ...]) -> list[tuple[str, Difference]]:
    """The differences of a function with their keys: whose path it is and its last event; the second of one key has `#2`."""
    seen = Counter[str]()
    found: list[tuple[str, Difference]] = []
    for d in differences:
        last = d.rows[-1]
        key = f"{d.only}: {last.source if d.only == 'source' else last.model}"
        seen[key] += 1
        found.append((f"{key} #{seen[key]}" if seen[key] > 1 else key, d))
    return found


def explained(drift: Drift, reasons: Explanations, *, whole: bool) -> Drift:
    """The differences with their reasons; a problem for each reason of what is not there, in a run over all functions."""
    used = set[tuple[str, str]]()
    functions = tuple(_explained(f, reasons, used) for f in drift.functions)
    there = {f.function for f in drift.functions}
    stale = list[Diagnostic]()
    for (function, key), (_, at) in reasons.items():
        if (function, key) not in used and (whole or function in there):
            stale.append(error("bad-expectation", f"{function}() does not differ in `{key}`", at, "take the entry out"))
    return drift._replace(functions=functions, problems=(*drift.problems, *problems(stale)), asks=True)


def _explained(f: FunctionDrift, reasons: Explanations, used: set[tuple[str, str]]) -> FunctionDrift:
    made = list[Difference]()
    for key, d in keyed(f.differences):
        why = reasons.get((f.function, key), ("", None))[0]
        used |= {(f.function, key)} if why else set()
        made.append(d._replace(key=key, because=why))
    because = reasons.get((f.function, NOT_COMPARED), ("", None))[0] if f.state == OPEN else ""
    used |= {(f.function, NOT_COMPARED)} if because else set()
    return f._replace(differences=tuple(made), because=because)
