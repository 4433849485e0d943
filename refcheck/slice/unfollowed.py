# SPDX-License-Identifier: GPL-2.0-only
"""Queues that are on the stack and are not followed: elements of arrays, parts of structs, those whose address is kept."""

from collections.abc import Iterator

from refcheck.base.source import Span
from refcheck.c import tree as c
from refcheck.slice.facts import nodes
from refcheck.slice.kinds import CKinds
from refcheck.slice.paths import written
from refcheck.slice.scope import flat
from refcheck.slice.typing import type_of


def unfollowed(kinds: CKinds, f: c.CFunction, s: c.Variable) -> Iterator[tuple[str, Span]]:
    """The queues of a variable that is none which is followed: how C has them, and where they are used first."""
    if s.static or s.type.stars or not any(k.local for k in kinds.containers.values()):
        return
    if _is_queue(kinds, s.type):
        yield s.name, s.span
    elif kinds.plain(s.type).base.startswith(("struct ", "union ")):
        scope = flat(kinds, f)
        for n in nodes(f.body):
            if isinstance(n, c.Member) and _root(n) == s.name and _is_queue(kinds, type_of(kinds, scope, n)):
                yield written(n, frozenset()) or s.name, n.span


def _is_queue(kinds: CKinds, t: c.CType | None) -> bool:
    kind = kinds.embedded(t._replace(dims=0)) if t is not None else None
    return kind is not None and kind in kinds.containers and kinds.containers[kind].local


def _root(e: c.CExpr) -> str:
    """The variable that something is a part of; empty where that is behind a pointer."""
    while isinstance(e, c.Member | c.Subscript):
        if isinstance(e, c.Member) and e.arrow:
            return ""
        e = e.base
    return e.name if isinstance(e, c.Id) else ""
