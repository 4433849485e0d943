# SPDX-License-Identifier: GPL-2.0-only
"""Exits that contradict each other: the odd ones are held to what the others do.

A contract that says both would absorb the bug of the odd exit.  So an argument that one result goes with two fates of has
the fate that most exits give it, a reference that only exits which fail take is not theirs to keep, and a context that
some exits leave open and others do not is left as it was; the proof then shows the exits that do otherwise.  Where as many
exits do the one as the other, and the function had a contract before a change, the change is what was meant.
"""

from collections.abc import Callable, Collection, KeysView, Mapping
from functools import partial
from types import MappingProxyType

from refcheck.infer.rows import Effects, ExitRow

_GIVES = ("release", "consume")


def settled(
    rows: dict[ExitRow, set[int]], unclear: tuple[str, ...], leaves_open: bool,
    gave: Mapping[str, bool] = MappingProxyType({}), keeps: bool = True,
) -> KeysView[ExitRow]:  # fmt: skip
    """The rows without what only the odd exits do; `leaves_open` says that nobody at hand expects a context to stay open.

    Unless something that is not followed may keep an argument (`keeps`), an exit takes no reference on one where another
    exit with its entry and result takes none: nobody could know of it.

    They come in the order in which they are given, so that the outcomes made of them do not depend on hashes.
    `gave` says of an argument whether it was given away before a change.
    """
    contexts = set(map(moved_contexts, rows))
    found: KeysView[ExitRow] = dict.fromkeys(rows).keys()
    if len(contexts) > 1 or (leaves_open and contexts != {()}):
        found = _each(found, lambda r: r._replace(effects=tuple(e for e in r.effects if e[0] not in ("enter", "leave"))))
    vain = _held_in_vain(found)
    found = _each(found, lambda r: _unheld(r, vain))
    if not keeps:
        unknown = held_unknown(found)
        found = _each(found, lambda r: _without_holds(r, {p for one, p in unknown if one == r}))
    for p in unclear:
        given = {n for r, exits in rows.items() if _gives(r.effects, p) for n in exits}
        kept = {n for r, exits in rows.items() if not _gives(r.effects, p) for n in exits}
        more = len(given) > len(kept) or (len(given) == len(kept) and not gave.get(p, False))
        found = _each(found, partial(_given if more else _kept, p=p))
    return found


def _each(rows: KeysView[ExitRow], change: Callable[[ExitRow], ExitRow]) -> KeysView[ExitRow]:
    """Rows with each changed, in their order."""
    return dict.fromkeys(map(change, rows)).keys()


def _held_in_vain(rows: KeysView[ExitRow]) -> frozenset[str]:
    """The arguments of which some exit that fails has taken a reference, and some exit that does not fail has not."""
    failing = {p for r in rows if _fails(r) for p in _held(r)}
    fine = [r for r in rows if not _fails(r)]
    return frozenset(p for p in failing if any(p not in _held(r) and dict(r.entry).get(p) == "object" for r in fine))


def _unheld(r: ExitRow, held: frozenset[str]) -> ExitRow:
    """The row without such references, where it fails."""
    if not _fails(r):
        return r
    return _without_holds(r, held)


def held_unknown(rows: Collection[ExitRow]) -> frozenset[tuple[ExitRow, str]]:
    """The rows with an argument on which they take a reference, and another row of the same entry and result does not."""
    alike: dict[tuple[object, ...], list[ExitRow]] = {}
    for r in rows:
        alike.setdefault((r.entry, r.result), []).append(r)
    return frozenset(
        (r, p) for group in alike.values() for r in group for p in _held(r)
        if any(p not in _held(q) and not _gives(q.effects, p) for q in group)
    )  # fmt: skip


def _without_holds(r: ExitRow, of: Collection[str]) -> ExitRow:
    return r._replace(effects=tuple(e for e in r.effects if not (e[0] == "hold" and e[1] in of)))


def _held(r: ExitRow) -> set[str]:
    return {e[1] for e in r.effects if e[0] == "hold"} - {e[2] for e in r.effects if e[0] == "move"}


def _fails(r: ExitRow) -> bool:
    """The result says that something went wrong."""
    return r.result[:1] in (("NULL",), ("ERR_PTR",)) or (r.result[:1] == ("int",) and int(r.result[1]) < 0)


def moved_contexts(r: ExitRow) -> Effects:
    """What an exit does to contexts."""
    return tuple(e for e in r.effects if e[0] in ("enter", "leave"))


def _gives(effects: Effects, p: str) -> bool:
    return any((e[0] in _GIVES and e[1] == p) or (e[0] == "move" and e[2] == p) for e in effects)


def _given(r: ExitRow, p: str) -> ExitRow:
    """The row with the argument given away, and its slots with it."""
    there = dict(r.entry).get(p) == "object"
    if _gives(r.effects, p) or not there:
        return r
    return r._replace(effects=tuple(sorted([*(e for e in r.effects if not _about(e, p)), ("consume", p)])))


def _kept(r: ExitRow, p: str) -> ExitRow:
    return r._replace(effects=tuple(e for e in r.effects if not (e[0] in _GIVES and e[1] == p)))


def _about(e: tuple[str, ...], p: str) -> bool:
    """The effect speaks of the argument or of a slot of it."""
    return len(e) > 1 and e[1].split("->")[0] == p
