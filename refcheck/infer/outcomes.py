# SPDX-License-Identifier: GPL-2.0-only
"""Rows of exits to the outcomes of a contract: one for each thing that is done, with when it is done and what it returns."""

from collections.abc import Collection, Iterator

from refcheck.base.errnos import ERRNO_NAME
from refcheck.base.named import NamedTuple
from refcheck.base.source import Span
from refcheck.infer.rows import Effects, ExitRow, UnclearError
from refcheck.syntax import ast, code

_MOST_OUTCOMES = 24
_STATES = ("empty", "noref", "owned")
_NUMBERED = (("int",), ("ERR_PTR",))  # kinds of results that are told apart by a number


EntryFacts = tuple[tuple[str, int | str], ...]


class ExitGroup(NamedTuple):
    """Exits that do the same: their effects, the kind of their results, what was asked on entry, integers or errors."""

    effects: Effects
    result: tuple[str, ...]
    entries: frozenset[tuple[tuple[str, int | str], ...]]
    integers: frozenset[int]


class Ambiguity(NamedTuple):
    """One result that goes with two fates of an argument."""

    argument: str
    one: str
    other: str
    result: str


def groups_of(rows: Collection[ExitRow], exact: bool = True) -> list[ExitGroup]:
    """The rows by what they do; those with integers apart by sign where these go with other entries.

    Where it is to be `exact`, no product of sets around the entries of a group has one that does something else only.
    """
    found: dict[tuple[Effects, tuple[str, ...]], list[ExitRow]] = {}
    for row in rows:
        kind = row.result[:1] if row.result[:1] in _NUMBERED else row.result
        found.setdefault((row.effects, kind), []).append(row)
    ordered = sorted(found.items(), key=lambda f: (len(f[0][0]), f[0]))
    entries = {r.entry for r in rows}
    parts = [(key, part) for key, mine in ordered for part in _apart(mine)]
    return [_group(*key, p) for key, part in parts for p in (_products(part, entries) if exact else [part])]


def _apart(rows: list[ExitRow]) -> list[list[ExitRow]]:
    """Rows by the sign of their integers; all together where every sign goes with the same entries."""
    signs: dict[int, list[ExitRow]] = {}
    for row in rows:
        value = int(row.result[1]) if row.result[:1] == ("int",) else 0
        signs.setdefault((value > 0) - (value < 0), []).append(row)
    entries = {frozenset(r.entry for r in mine) for mine in signs.values()}
    return [rows] if len(entries) == 1 else [signs[s] for s in sorted(signs)]


def _products(rows: list[ExitRow], entries: set[EntryFacts]) -> list[list[ExitRow]]:
    """Rows in parts, so that the product of sets around the entries of each has no other entry."""
    bad = _too_many(rows, entries)
    if not bad:
        return [rows]
    best: list[list[ExitRow]] = []
    for name in dict.fromkeys(n for r in rows for n, _ in r.entry):
        parts: dict[object, list[ExitRow]] = {}
        for r in rows:
            parts.setdefault(dict(r.entry).get(name), []).append(r)
        left = sum(_too_many(p, entries) for p in parts.values())
        if len(parts) > 1 and left < bad:
            bad, best = left, list(parts.values())
    return [x for part in best for x in _products(part, entries)] if best else [rows]


def _too_many(rows: list[ExitRow], entries: set[EntryFacts]) -> int:
    """How many entries that no row has are in the product of sets around those of the rows."""
    sets: dict[str, set[int | str]] = {}
    for r in rows:
        for name, value in r.entry:
            sets.setdefault(name, set()).add(value)
    mine = {r.entry for r in rows}
    return sum(all(v in sets.get(n, ()) for n, v in e) for e in entries - mine)


def _group(effects: Effects, kind: tuple[str, ...], rows: list[ExitRow]) -> ExitGroup:
    integers = frozenset(int(r.result[1]) for r in rows) if kind in _NUMBERED else frozenset[int]()
    return ExitGroup(effects, kind, frozenset(r.entry for r in rows), integers)


class Domain(NamedTuple):
    """What the probed graph can tell apart: integers that stand for themselves, and every value that was met on entry."""

    points: frozenset[int]
    enough: dict[str, frozenset[int | str]]
    bools: frozenset[str]


def domain_of(rows: Collection[ExitRow], points: tuple[int, ...], bools: frozenset[str]) -> Domain:
    """The domain of some rows."""
    values: dict[str, set[int | str]] = {}
    for row in rows:
        for name, value in row.entry:
            values.setdefault(name, set()).add(value)
    return Domain(frozenset(points), {n: frozenset(v) for n, v in values.items()}, bools)


def outcomes_of(groups: list[ExitGroup], domain: Domain, result: str, span: Span) -> tuple[ast.Outcome, ...]:
    """The outcomes of a contract; UnclearError where they would be too many."""
    found: list[ast.Outcome] = []
    for g in groups:
        when = _when(g, domain, span)
        effects = [_effect(e, span) for e in g.effects]
        for value in _values(g, domain, result, span):
            more = [ast.Effect("return", None, value, "", None, span)] if value is not None else []
            more += [_slot_of_result(text, span) for text in g.result[1:] if "=" in text]
            found.append(ast.Outcome("", when, (*effects, *more), span))
    found = [o._replace(name=f"o{i}") for i, o in enumerate(dict.fromkeys(found), 1)]
    if len(found) > _MOST_OUTCOMES:
        raise UnclearError(f"its exits do {len(found)} different things")
    if not found:
        raise UnclearError("no path comes to an exit")
    return tuple(found)


# ---------------------------------------------------------------------------------------------- when


def _when(g: ExitGroup, domain: Domain, span: Span) -> ast.CondExpr | None:
    """The smallest product of sets around the entries of a group, as a condition."""
    cond: ast.CondExpr | None = None
    objects = {n for n, values in domain.enough.items() if values & {"object", "NULL", "error"}}
    for name, whole in domain.enough.items():
        mine = {v for entry in g.entries for n, v in entry if n == name}
        slot_of = name.split("->")[0] if "->" in name else ""
        if mine >= whole or not mine or (slot_of and slot_of not in objects):
            continue
        part = _asked(name, mine, whole, domain, span)
        missing = [v for entry in g.entries for n, v in entry if n == slot_of and v != "object"]
        if missing and part is not None:  # what is asked of a slot is asked of a container that is there
            gone = _asked(slot_of, set(missing), domain.enough[slot_of], domain, span)
            part = part if gone is None else code.Logic("||", gone, part, span)  # type: ignore[arg-type]
        if part is not None:
            cond = part if cond is None else code.Logic("&&", cond, part, span)  # type: ignore[arg-type]
    return cond


def _asked(name: str, mine: set[int | str], whole: frozenset[int | str], domain: Domain, span: Span) -> ast.CondExpr | None:
    if name.startswith("config("):
        option = code.Config(name[7:-1], span)
        return option if 1 in mine else code.LogicalNot(option, span)
    if "->" in name:
        param, slot = name.split("->")
        return ast.StateIs(ast.EffectPlace(param, False, slot, span), tuple(s for s in _STATES if s in mine), span)
    place = ast.EffectPlace(name, False, None, span)
    if whole & {"object", "NULL", "error"}:
        null, err = ast.PlaceTest(place, "==", code.Null(span), span), ast.PlaceTest(place, "<", code.Null(span), span)
        parts: list[ast.CondExpr] = [c for key, c in (("NULL", null), ("error", err)) if (key in mine) != ("object" in mine)]
        if "object" in mine:
            negative = [c for key, c in (("NULL", null), ("error", err)) if key in whole and key not in mine]
            return _joined("&&", [code.LogicalNot(c, span) for c in negative], span)  # type: ignore[arg-type]
        return _joined("||", [c for c in parts if (c is null and "NULL" in mine) or (c is err and "error" in mine)], span)
    if name in domain.bools:
        truth = ast.PlaceTest(place, None, None, span)
        return truth if 1 in mine else code.LogicalNot(truth, span)  # type: ignore[arg-type]
    if mine == {0}:
        return ast.PlaceTest(place, "==", code.Int(0, span), span)
    if 0 not in mine and 0 in whole:
        return ast.PlaceTest(place, "!=", code.Int(0, span), span)
    return None


def _joined(op: str, parts: list[ast.CondExpr], span: Span) -> ast.CondExpr | None:
    cond: ast.CondExpr | None = None
    for p in parts:
        cond = p if cond is None else code.Logic(op, cond, p, span)  # type: ignore[arg-type]
    return cond


# ---------------------------------------------------------------------------------------------- values


def _values(g: ExitGroup, domain: Domain, result: str, span: Span) -> Iterator[ast.Value | None]:
    """What the exits of a group return, an outcome for each sign."""
    if not g.result:
        yield None
    elif g.result == ("int",):
        yield from _integers(g.integers, domain, result, span)
    elif g.result == ("ERR_PTR",):
        codes = tuple(_number(v, span) for v in sorted(g.integers)) if g.integers <= domain.points else ()
        yield ast.ErrPtr(codes, span)
    else:
        yield object_value(g.result, span)


def _integers(values: frozenset[int], domain: Domain, result: str, span: Span) -> Iterator[ast.Value]:
    if result == "bool":
        yield from ([ast.Values("any", (), (), span)] if values >= {0, 1} else [code.Bool(1 in values, span)])
        return
    classes = {v for v in values if v not in domain.points}
    for sign, relation in ((-1, "<"), (1, ">")):
        mine = {v for v in values if v * sign > 0}
        points = sorted(v for v in domain.points if v * sign > 0)
        if any(v * sign > 0 for v in classes):
            spared = tuple(_number(p, span) for p in points if p not in mine)
            yield ast.Values(relation, (code.Int(0, span),), spared, span)
        elif mine:
            yield ast.Values("in", tuple(_number(v, span) for v in sorted(mine)), (), span)
    if 0 in values:
        yield ast.Values("in", (code.Int(0, span),), (), span)


def _number(value: int, span: Span) -> code.Expr:
    return code.Errno(ERRNO_NAME[value], span) if value in ERRNO_NAME else code.Int(value, span)


def object_value(result: tuple[str, ...], span: Span) -> ast.Value:
    """What a pointer that goes back is, as a value of a contract."""
    how = result[0]
    if how == "NULL":
        return code.Null(span)
    if how == "ERR_PTR":
        return ast.ErrPtr((), span)
    if how in ("alias", "take"):
        return ast.FromPlace(how, _place(result[1], span), span)
    return _fresh(how, span)


def _fresh(how: str, span: Span) -> ast.Fresh:
    if how == "hold":
        return ast.Fresh("hold", (), span)
    return ast.Fresh("borrow", tuple(how[len("borrow(") : -1].split(" | ")), span)


def _place(text: str, span: Span) -> ast.EffectPlace:
    name, _, slot = text.partition("->")
    return ast.EffectPlace(name, False, slot or None, span)


def _effect(e: tuple[str, ...], span: Span) -> ast.Effect:
    match e:
        case ("enter" | "leave" | "revoke" as verb, context):
            return ast.Effect(verb, None, None, context, None, span)
        case ("move" | "noref" as how, place, param):
            return ast.Effect("set", _place(place, span), ast.FromPlace(how, _place(param, span), span), "", None, span)
        case ("fill", place, how):
            return ast.Effect("set", _place(place, span), _fresh(how, span), "", None, span)
        case ("clear", place):
            return ast.Effect("set", _place(place, span), code.Null(span), "", None, span)
        case ("out", param, "true" | "false" as truth):
            where = ast.EffectPlace(param, True, None, span)
            return ast.Effect("set", where, code.Bool(truth == "true", span), "", None, span)
        case ("out", param, *_):
            value = e[2:]
            where = ast.EffectPlace(param, True, None, span)
            given: ast.Value = (
                ast.Values("in", (_number(int(value[0]), span),), (), span)
                if _is_number(value)
                else object_value(value, span)
            )
            return ast.Effect("set", where, given, "", None, span)
        case (verb, place):
            return ast.Effect(verb, _place(place, span), None, "", None, span)
        case _:
            raise AssertionError(e)


def _is_number(value: tuple[str, ...]) -> bool:
    return len(value) == 1 and value[0].lstrip("-").isdigit()


def _slot_of_result(text: str, span: Span) -> ast.Effect:
    slot, _, what = text.partition("=")
    how, _, place = what.partition(" ")
    value: ast.Value = ast.FromPlace(how, _place(place, span), span) if place else ast.Fresh("hold", (), span)
    return ast.Effect("set", ast.EffectPlace("result", False, slot, span), value, "", None, span)


# ---------------------------------------------------------------------------------------------- two fates


def ambiguities(groups: list[ExitGroup], params: list[str]) -> Iterator[Ambiguity]:
    """Results that do not tell whether an argument was given away."""
    for i, g in enumerate(groups):
        for h in groups[:i]:
            for p in params:
                one, other = _fate(g, p), _fate(h, p)
                if one == other or not _meet(g, h):
                    continue
                shown = _common(g, h)
                if shown:
                    yield Ambiguity(p, one, other, shown)


def _fate(g: ExitGroup, p: str) -> str:
    gives = [e for e in g.effects if (e[0] in ("release", "consume") and e[1] == p) or (e[0] == "move" and e[2] == p)]
    return "given away" if gives else "kept"


def _meet(g: ExitGroup, h: ExitGroup) -> bool:
    """Some entry leads to both."""
    return bool(g.entries & h.entries)


def _common(g: ExitGroup, h: ExitGroup) -> str:
    if g.result != h.result:
        return ""
    if g.result in _NUMBERED:
        both = g.integers & h.integers
        return str(min(both)) if both else ""
    return g.result[0] if g.result else "nothing"
