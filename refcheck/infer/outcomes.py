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


class ExitGroup(NamedTuple):
    """Exits that do the same: their effects, the kind of their results, what was asked on entry, their integers."""

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


def groups_of(rows: Collection[ExitRow]) -> list[ExitGroup]:
    """The rows by what they do."""
    found: dict[tuple[Effects, tuple[str, ...]], tuple[set[tuple[tuple[str, int | str], ...]], set[int]]] = {}
    for row in rows:
        integer = row.result[:1] == ("int",)
        kind = ("int",) if integer else row.result
        entries, integers = found.setdefault((row.effects, kind), (set(), set()))
        entries.add(row.entry)
        if integer:
            integers.add(int(row.result[1]))
    return [
        ExitGroup(effects, kind, frozenset(entries), frozenset(integers))
        for (effects, kind), (entries, integers) in sorted(found.items(), key=lambda f: (len(f[0][0]), f[0]))
    ]  # fmt: skip


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
        case ("enter" | "leave" as verb, context):
            return ast.Effect(verb, None, None, context, None, span)
        case ("move" | "noref" as how, place, param):
            return ast.Effect("set", _place(place, span), ast.FromPlace(how, _place(param, span), span), "", None, span)
        case ("fill", place, how):
            return ast.Effect("set", _place(place, span), _fresh(how, span), "", None, span)
        case ("clear", place):
            return ast.Effect("set", _place(place, span), code.Null(span), "", None, span)
        case ("out", param, *value):
            where = ast.EffectPlace(param, True, None, span)
            given: ast.Value = (
                ast.Values("in", (_number(int(value[0]), span),), (), span)
                if _is_number(value)
                else object_value(tuple(value), span)
            )
            return ast.Effect("set", where, given, "", None, span)
        case (verb, place):
            return ast.Effect(verb, _place(place, span), None, "", None, span)
        case _:
            raise AssertionError(e)


def _is_number(value: list[str]) -> bool:
    return len(value) == 1 and value[0].lstrip("-").isdigit()


def _slot_of_result(text: str, span: Span) -> ast.Effect:
    slot, _, what = text.partition("=")
    value: ast.Value = (
        ast.FromPlace("copy", _place(what[5:], span), span) if what.startswith("copy ") else ast.Fresh("hold", (), span)
    )
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
    if g.result == ("int",):
        both = g.integers & h.integers
        return str(min(both)) if both else ""
    return g.result[0] if g.result else "nothing"
