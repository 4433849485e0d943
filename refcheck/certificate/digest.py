# SPDX-License-Identifier: GPL-2.0-only
"""What a graph means, as one number: equal for graphs that mean the same to every check.

`cfg_digest` leaves out spans, texts, names and kernel lines.  What it hashes can be read back, up to what it leaves out, so
that two graphs that differ in anything else differ in it; classes are part of it because named tuples of different classes
can be equal.
"""

import hashlib
from collections.abc import Callable
from operator import itemgetter

from refcheck.graph.cfg import CFG
from refcheck.graph.footprint import FOOTPRINTS

# The version of this digest and of the form of certificates.
VERSION = 1

# Fields that no check looks at: names, texts and places; of operations those that are words (graph/ops.py).  All others
# are hashed.
LEFT_OUT = {
    "Cell": {"name", "role", "function", "members"},
    "Slot": {"name"},
    "Resource": {"name", "embeds"},
    "Fact": {"name"},
    "Promise": {"name"},
    "Edge": {"span", "text", "outcome", "line", "callee", "stack"},
    "CFG": {"function", "entry", "contexts", "span", "unreachable"},
}


def left_out(kind: type) -> set[str]:
    """The fields of a class of named tuples that the digest leaves out."""
    if kind in FOOTPRINTS:
        fields: tuple[str, ...] = kind._fields  # type: ignore[attr-defined]
        return {fields[i] for i in FOOTPRINTS[kind].words}
    return LEFT_OUT.get(kind.__name__, set())


def cfg_digest(cfg: CFG) -> str:
    """SHA-256 of what a graph means, in hexadecimal.

    Beside the fields it has the number of contexts, which edges belong to functions that were inlined, and which
    promises share a name: the sanity checks ask for them.  That of the graph asked for last is remembered: key, entry and
    check of one function ask one after the other, and a graph does not change.
    """
    global _last  # noqa: PLW0603  what is remembered is of that very graph
    remembered = _last
    if remembered is not None and remembered[0] is cfg:
        return remembered[1]
    digest = _digest(cfg)
    _last = cfg, digest
    return digest


_last: tuple[CFG, str] | None = None


def _digest(cfg: CFG) -> str:
    names = [p.name for p in cfg.promises]
    beside = (
        VERSION, len(cfg.contexts), tuple(i for i, e in enumerate(cfg.edges) if e.stack[1:]),
        tuple(names.index(n) for n in names), set(names) == {"returns"},
    )  # fmt: skip
    out: list[str] = []
    _write((beside, cfg), out.append, {})
    return hashlib.sha256("".join(out).encode()).hexdigest()


Plan = tuple[str, Callable[[tuple[object, ...]], tuple[object, ...]]]


def _plan(kind: type) -> Plan:
    """How tuples of a class are written: what goes before, and which items are kept."""
    fields: tuple[str, ...] | None = getattr(kind, "_fields", None)
    if fields is None:
        return "", lambda value: value
    out = left_out(kind)
    kept = [i for i, f in enumerate(fields) if f not in out]
    if len(kept) == len(fields):
        return kind.__name__, lambda value: value
    if len(kept) == 1:
        only = itemgetter(kept[0])
        return kind.__name__, lambda value: (only(value),)
    return kind.__name__, itemgetter(*kept) if kept else lambda _: ()


def _write(value: object, put: Callable[[str], None], plans: dict[type, Plan]) -> None:
    """A text from which the value can be read back: numbers end in `;`, texts and tuples say how long they are."""
    kind = type(value)
    if kind is int:
        put(f"{value};")
    elif isinstance(value, tuple):
        plan = plans.get(kind)
        if plan is None:
            plan = plans[kind] = _plan(kind)
        items = plan[1](value)
        put(f"{plan[0]}({len(items)};")
        for item in items:
            _write(item, put, plans)
    elif isinstance(value, str):
        put(f'"{len(value)};{value}')
    else:
        assert value is None or isinstance(value, bool), f"a graph holds a {kind.__name__}"
        put(f"{value};")
