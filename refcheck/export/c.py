# SPDX-License-Identifier: GPL-2.0-only
"""Plain programs as C for CBMC: assertions, free choices, loops that stay loops."""

from refcheck.export.plain import (
    STOP,
    Assert,
    Assignment,
    Branching,
    Pick,
    Plain,
    PlainStmt,
    PlainVariable,
    Transition,
    comment,
    negate,
    only,
)

PRELUDE = """\
#ifndef __CPROVER__
void __CPROVER_assert(_Bool condition, const char *what);
void __CPROVER_assume(_Bool condition);
#endif
_Bool nondet_bool(void);
"""


def c_text(programs: list[Plain], header: list[str], prop: str | None = None) -> str:
    """A C file with one function for each program and a main() that calls one of them."""
    wide = any(v.high > 100_000 for p in programs for v in p.variables)
    lines = ["/*", *(f" * {comment(h)}".rstrip() for h in header), " */", PRELUDE]
    lines += [f"#define UNSET {1 << 20 if wide else 32_000}", ""]
    for p in programs:
        lines += [*_function(p, prop), ""]
    lines += ["int main(void)", "{"]
    for p in programs[:-1]:
        lines += ["\tif (nondet_bool()) {", f"\t\t{p.name}();", "\t\treturn 0;", "\t}"]
    lines += [f"\t{p.name}();" for p in programs[-1:]] + ["\treturn 0;", "}"]
    return "\n".join(lines) + "\n"


def _function(p: Plain, prop: str | None) -> list[str]:
    lines = [f"/* {comment(p.title)} */", f"static void {p.name}(void)", "{"]
    lines += [f"\t{_type(v)} {v.name} = {_first(v)};{_note(v)}" for v in p.variables]
    p = _one_way_back(p)
    following = [location for location, _ in p.arcs[1:]] + [p.exit]
    targets = _targets(p, following)
    for (location, arcs), after in zip(p.arcs, following, strict=True):
        lines += [f"L{location}:;"] if location in targets else []
        lines += _location(p, arcs, after, prop)
    return [*lines, f"L{p.exit}:;", "}"]


def _one_way_back(p: Plain) -> Plain:
    """Each loop with one jump back, as CBMC counts rounds for each of them: other arcs go to a place in front of it."""
    height = {location: i for i, (location, _) in enumerate(p.arcs)}
    back: dict[int, list[int]] = {}
    for src, arcs in p.arcs:
        for a in arcs:
            if a.dst in height and height[a.dst] <= height[src]:
                back.setdefault(a.dst, []).append(height[src])
    fresh = max([p.exit, *height], default=0) + 1
    again = {head: fresh + i for i, head in enumerate(sorted(back)) if len(back[head]) > 1}
    behind: dict[int, list[int]] = {}
    for head in again:
        behind.setdefault(max(back[head]), []).append(head)
    parts: list[tuple[int, tuple[Transition, ...]]] = []
    for i, (location, arcs) in enumerate(p.arcs):
        turned = [a._replace(dst=again[a.dst]) if a.dst in again and height[a.dst] <= i else a for a in arcs]
        parts.append((location, tuple(turned)))
        inner_first = sorted(behind.get(i, []), key=lambda head: -height[head])
        parts += [(again[head], (Transition(head, "1", (), False, ()),)) for head in inner_first]
    return p._replace(arcs=tuple(parts))


def _targets(p: Plain, following: list[int]) -> set[int]:
    """The locations that some arc goes to, other than by falling through."""
    return {
        a.dst
        for (_, arcs), after in zip(p.arcs, following, strict=True)
        for i, a in enumerate(arcs)
        if a.dst != after or i < len(arcs) - 1
    }


def _type(v: PlainVariable) -> str:
    if v.low == 0:
        return "_Bool" if v.high == 1 else "unsigned char" if v.high < 256 else "unsigned short"
    return "int" if v.high > 32_000 else "short"


def _first(v: PlainVariable) -> str:
    return "UNSET" if v.low < 0 else str(v.first)


def _note(v: PlainVariable) -> str:
    return f"\t/* {comment(v.note)} */" if v.note else ""


def _location(p: Plain, arcs: tuple[Transition, ...], after: int, prop: str | None) -> list[str]:
    """The arcs that leave a location: one is chosen among those whose guards hold."""
    lines: list[str] = []
    for i, arc in enumerate(arcs):
        last = i == len(arcs) - 1
        inner = _arc(p, arc, after if last else None, prop)
        if last:
            sure = arc.guard == "1" or (len(arcs) == 2 and arcs[0].guard == negate(arc.guard))
            lines += [] if sure else [f"\t__CPROVER_assume({arc.guard});"]
            lines += inner
            continue
        if len(arcs) == 2 and arc.guard == negate(arcs[1].guard):
            cond, assume = arc.guard, []
        else:
            cond, assume = "nondet_bool()", [] if arc.guard == "1" else [f"\t__CPROVER_assume({arc.guard});"]
        lines += [f"\tif ({cond}) {{", *("\t" + x for x in assume + inner), "\t}"]
    return lines or ([] if after == p.exit else [f"\tgoto L{p.exit};"])


def _arc(p: Plain, arc: Transition, after: int | None, prop: str | None) -> list[str]:
    lines = [f"\t/* {comment(n)} */" for n in arc.notes]
    lines += ["\t" + x for s in only(arc.body, prop) for x in _stmt(s)]
    if arc.stops:
        lines += [f"\tif ({STOP})", f"\t\tgoto L{p.exit};"]
    return lines if arc.dst == after else [*lines, f"\tgoto L{arc.dst};"]


def _stmt(s: PlainStmt) -> list[str]:
    match s:
        case Assignment(var, value):
            return [f"{var} = {value};"]
        case Assert(prop, cond, what):
            return [f'__CPROVER_assert({cond}, "{prop}: {_quoted(what)}");']
        case Pick(var, values):
            *others, last = values
            choice = "".join(f"nondet_bool() ? {v} : " for v in others)
            return [f"{var} = {choice}{last};"]
        case Branching(cond, then, other):
            lines = [f"if ({cond.removeprefix('(').removesuffix(')') if _whole(cond) else cond}) {{", *_inner(then)]
            return [*lines, *(["} else {", *_inner(other)] if other else []), "}"]


def _whole(cond: str) -> bool:
    return cond.startswith("(") and negate(cond) == f"!{cond}"


def _inner(body: tuple[PlainStmt, ...]) -> list[str]:
    return ["\t" + x for s in body for x in _stmt(s)]


def _quoted(text: str) -> str:
    return comment(text).replace('"', "'")
