# SPDX-License-Identifier: GPL-2.0-only
"""Plain programs as Promela for SPIN: each edge is one deterministic step, free choices stand between steps.

A file with more steps than SPIN takes has atomic sequences instead: one process runs alone, so that both mean the same.
"""

from refcheck.base.diagnostics import InputError, error
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
    properties,
)

LONGEST_STEP = 60  # lines; SPIN takes no more than some hundred statements in one d_step
MOST_PROCTYPES = 250  # of the 255 that SPIN takes
D_STEP = "d_step {"
MOST_D_STEPS = 2_000  # of the 2,048 in front of a goto that SPIN takes in one file


def promela_text(programs: list[Plain], header: list[str], prop: str | None = None) -> str:
    """A Promela file with one proctype for each program; more than one are chosen from by init.

    InputError where there are more than SPIN takes.
    """
    if len(programs) > MOST_PROCTYPES:
        text = f"{len(programs)} functions are more than SPIN takes in one file"
        raise InputError([error("usage", text, help_text="name some with -f, or a folder with --output")])
    wide = any(v.high > 100_000 for p in programs for v in p.variables)
    lines = ["/*", *(f" * {comment(h)}".rstrip() for h in header), " */", "", f"#define UNSET {1 << 20 if wide else 32_000}"]
    lines += [f"hidden byte {label(p, name)};" for p in programs for name in _claimed(p, prop)]
    for p in programs:
        lines += ["", *_proctype(p, prop, len(programs) == 1)]
    if sum(D_STEP in line for line in lines) > MOST_D_STEPS:
        lines = [line.replace(D_STEP, "atomic {") for line in lines]
    if len(programs) > 1:
        lines += ["", "init {", "\tif", *(f"\t:: run {p.name}()" for p in programs), "\tfi", "}"]
    return "\n".join(lines) + "\n"


def label(p: Plain, prop: str) -> str:
    """The name of a property in an assertion, which SPIN prints where the assertion fails; the variable is always 0."""
    return f"{p.name}__{prop.replace('-', '_')}"


def _claimed(p: Plain, prop: str | None) -> list[str]:
    found = set[str]()
    for _, arcs in p.arcs:
        for a in arcs:
            found |= properties(only(a.body, prop))
    return sorted(found)


def _proctype(p: Plain, prop: str | None, alone: bool) -> list[str]:
    lines = [f"/* {comment(p.title)} */", f"{'active ' if alone else ''}proctype {p.name}()", "{"]
    lines += [f"\t{_type(v)} {v.name} = {'UNSET' if v.low < 0 else v.first};{_note(v)}" for v in p.variables]
    for location, arcs in p.arcs:
        lines += [f"L{location}:", *_location(p, arcs, prop)]
    return [*lines, f"L{p.exit}:", "\tskip", "}"]


def _type(v: PlainVariable) -> str:
    if v.low == 0:
        return "bit" if v.high == 1 else "byte" if v.high < 256 else "short"
    return "int" if v.high > 32_000 else "short"


def _note(v: PlainVariable) -> str:
    return f"\t/* {comment(v.note)} */" if v.note else ""


def _location(p: Plain, arcs: tuple[Transition, ...], prop: str | None) -> list[str]:
    """A selection of the arcs, also of a single one: SPIN lets no goto end in front of a d_step."""
    if not arcs:
        return [f"\tgoto L{p.exit};"]
    lines = ["\tif"]
    for i, arc in enumerate(arcs):
        paired = len(arcs) == 2 and arc.guard == negate(arcs[1 - i].guard)
        first, *rest = _arc(p, arc, "else" if paired and i == 1 else arc.guard, prop)
        lines += [f"\t:: {first}", *("\t   " + x for x in rest)]
    return [*lines, "\tfi;"]


def _arc(p: Plain, arc: Transition, guard: str, prop: str | None) -> list[str]:
    """The steps of an arc; the first one can be taken where the guard holds."""
    lines = [f"/* {comment(n)} */" for n in arc.notes]
    steps, step = list[list[str]](), list[str]()
    for s in only(arc.body, prop):
        if isinstance(s, Pick):
            steps += [step] if step else []
            choices = " ".join(f":: {s.var} = {v}" for v in s.values)
            steps.append([f"if {choices} fi;"])
            step = []
        else:
            steps += [step] if len(step) > LONGEST_STEP else []
            step = ([] if len(step) > LONGEST_STEP else step) + _stmt(s, p)
    steps += [step] if step else []
    if guard not in ("1", "else") and steps and not steps[0][0].startswith("if :: "):
        steps[0].insert(0, f"({guard});")
    elif guard != "1":
        steps.insert(0, [f"{guard} ->" if guard == "else" else f"({guard}) ->"])
    for part in steps:
        single = len(part) == 1
        lines += part if single else [D_STEP, *("\t" + x for x in part), "};"]
    if arc.stops:
        lines.append(f"if :: {STOP} -> goto L{p.exit} :: else fi;")
    code = [*lines, f"goto L{arc.dst};"]
    notes = len(arc.notes)
    return [*([code[notes] + " " + " ".join(code[:notes])] if notes else [code[0]]), *code[notes + 1 :]]


def _stmt(s: PlainStmt, p: Plain) -> list[str]:
    match s:
        case Assignment(var, value):
            return [f"{var} = {value};"]
        case Assert(prop, cond, what):
            return [f"assert({label(p, prop)} || {cond});  /* {comment(what)} */"]
        case Pick():
            raise AssertionError("a free choice stands between steps")
        case Branching(cond, then, other):
            lines = ["if", f":: {cond} ->", *_inner(then, p), ":: else ->", *(_inner(other, p) or ["\tskip"])]
            return [*lines, "fi;"]


def _inner(body: tuple[PlainStmt, ...], p: Plain) -> list[str]:
    return ["\t" + x for s in body for x in _stmt(s, p)]
