# SPDX-License-Identifier: GPL-2.0-only
"""A plain program: integer variables, assignments, branches, assertions, gotos.  What C and Promela have in common.

Expressions are texts in the operators that both languages share; "0" and "1" are the constants that `both`, `either`
and `negate` fold, so that what is known beforehand costs the other checkers nothing.
"""

import re

from refcheck.base.named import NamedTuple

CEILING = 10_000
STOP = "stopped"
_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_COMPARISON = re.compile(r"(\w+) (==|!=|<=|>=|<|>) (-?\w+)")


class Assignment(NamedTuple):
    """var = value;"""

    var: str
    value: str


class Branching(NamedTuple):
    """Branches by a condition."""

    cond: str
    then: tuple["PlainStmt", ...]
    other: tuple["PlainStmt", ...] = ()


class Assert(NamedTuple):
    """The property is broken where the condition is false; the path goes on."""

    prop: str
    cond: str
    what: str


class Pick(NamedTuple):
    """var = any of the values."""

    var: str
    values: tuple[str, ...]


PlainStmt = Assignment | Branching | Assert | Pick


class Transition(NamedTuple):
    """To a location: where `guard` is true, do `body`, which can set STOP and so end the path where it `stops`."""

    dst: int
    guard: str
    body: tuple[PlainStmt, ...]
    stops: bool
    notes: tuple[str, ...]


class PlainVariable(NamedTuple):
    """A variable with its bounds and first value; `note` is what it stands for in the model."""

    name: str
    low: int
    high: int
    first: int
    note: str = ""


class Plain(NamedTuple):
    """One function in one entry context: `arcs` of each location in an order in which only loops go back."""

    name: str
    title: str
    variables: tuple[PlainVariable, ...]
    arcs: tuple[tuple[int, tuple[Transition, ...]], ...]
    start: int
    exit: int


# ---------------------------------------------------------------------------------------------- expressions
def both(*terms: str) -> str:
    """The conjunction, folded."""
    kept = list(dict.fromkeys(t for t in terms if t != "1"))
    if "0" in kept or any(f"!({t})" in kept for t in kept):
        return "0"
    return kept[0] if len(kept) == 1 else f"({' && '.join(kept)})" if kept else "1"


def either(*terms: str) -> str:
    """The disjunction, folded."""
    kept = list(dict.fromkeys(t for t in terms if t != "0"))
    if "1" in kept or any(f"!({t})" in kept for t in kept):
        return "1"
    return kept[0] if len(kept) == 1 else f"({' || '.join(kept)})" if kept else "0"


def negate(term: str) -> str:
    """The negation, folded."""
    if term in ("0", "1"):
        return "1" if term == "0" else "0"
    if (simple := _COMPARISON.fullmatch(term)) is not None:
        return f"{simple[1]} {_OPPOSITE[simple[2]]} {simple[3]}"
    if term.startswith("!(") and _closes(term, 1):
        return term[1:]
    return f"!{term}" if term.startswith("(") and _closes(term, 0) else f"!({term})"


def _closes(term: str, start: int) -> bool:
    """The parenthesis that opens at `start` closes at the end of the term."""
    depth = 0
    for i in range(start, len(term)):
        depth += {"(": 1, ")": -1}.get(term[i], 0)
        if depth == 0:
            return i == len(term) - 1
    return False


def when(cond: str, then: list[PlainStmt], other: list[PlainStmt] | None = None) -> list[PlainStmt]:
    """An `If`, or what is left of it where the condition is known or the arms are empty."""
    no = other or []
    if cond == "1" or then == no:
        return then
    if cond == "0":
        return no
    if not then:
        return [Branching(negate(cond), tuple(no))]
    return [Branching(cond, tuple(then), tuple(no))]


def claim(prop: str, cond: str, what: str) -> list[PlainStmt]:
    """An assertion, unless it is known to hold."""
    return [] if cond == "1" else [Assert(prop, cond, what)]


def only(body: tuple[PlainStmt, ...], prop: str | None) -> tuple[PlainStmt, ...]:
    """The statements with the assertions of one property, and those that say where a count has grown too far."""
    if prop is None:
        return body
    kept = list[PlainStmt]()
    for x in body:
        if isinstance(x, Branching):
            kept += when(x.cond, list(only(x.then, prop)), list(only(x.other, prop)))
        elif not isinstance(x, Assert) or x.prop in (prop, "limit"):
            kept.append(x)
    return tuple(kept)


def properties(body: tuple[PlainStmt, ...]) -> set[str]:
    """The properties that assertions name."""
    found = set[str]()
    for x in body:
        if isinstance(x, Branching):
            found |= properties(x.then) | properties(x.other)
        elif isinstance(x, Assert):
            found.add(x.prop)
    return found


def comment(text: str) -> str:
    """Text of a model inside a comment of C or Promela: one line of printable ASCII that cannot end the comment."""
    clean = "".join(c if " " <= c <= "~" else "?" for c in text)
    return clean.replace("*/", "* /").replace("/*", "/ *").replace("\\", "/")


# ---------------------------------------------------------------------------------------------- shape
def grown(arcs: dict[int, list[Transition]]) -> dict[str, int]:
    """How often each variable is counted up in the whole program."""
    found: dict[str, int] = {}
    todo = [s for out in arcs.values() for a in out for s in a.body]
    while todo:
        s = todo.pop()
        if isinstance(s, Branching):
            todo += (*s.then, *s.other)
        elif isinstance(s, Assignment) and s.value == f"{s.var} + 1":
            found[s.var] = found.get(s.var, 0) + 1
    return found


def joined(arcs: dict[int, list[Transition]], start: int, exit_location: int) -> dict[int, list[Transition]]:
    """Equal arcs once; a location that one arc enters and one unconditional arc leaves is merged into its predecessor."""
    arcs = {src: list({a[:4]: a for a in reversed(out)}.values())[::-1] for src, out in arcs.items()}
    entries: dict[int, int] = {}
    for out in arcs.values():
        for a in out:
            entries[a.dst] = entries.get(a.dst, 0) + 1
    done: dict[int, list[Transition]] = {}
    todo = [start]
    while todo:
        src = todo.pop()
        if src in done or src == exit_location:
            continue
        done[src] = [_extended(a, arcs, entries, exit_location) for a in arcs.get(src, [])]
        todo += [a.dst for a in done[src]]
    return done


def _extended(arc: Transition, arcs: dict[int, list[Transition]], entries: dict[int, int], exit_location: int) -> Transition:
    """The arc with the unconditional arcs behind it, as far as they can be reached by it alone."""
    parts, notes, seen = [arc.body], [arc.notes], {arc.dst}
    dst, stops = arc.dst, arc.stops
    while dst != exit_location and not stops:
        out = arcs.get(dst, [])
        empty = len(out) == 1 and out[0].guard == "1" and not out[0].body
        if len(out) != 1 or out[0].guard != "1" or not (entries[dst] == 1 or empty) or out[0].dst in seen:
            break
        parts.append(out[0].body)
        notes.append(out[0].notes)
        dst, stops = out[0].dst, out[0].stops
        seen.add(dst)
    return Transition(dst, arc.guard, sum(parts, ()), stops, sum(notes, ()))


def in_order(arcs: dict[int, list[Transition]], start: int) -> list[int]:
    """Locations in reverse postorder: an arc goes back only where there is a loop."""
    order: list[int] = []
    seen = {start}
    stack = [(start, iter(arcs.get(start, [])))]
    while stack:
        location, rest = stack[-1]
        following = next((a.dst for a in rest if a.dst not in seen), None)
        if following is None:
            order.append(location)
            stack.pop()
        else:
            seen.add(following)
            stack.append((following, iter(arcs.get(following, []))))
    return order[::-1]
