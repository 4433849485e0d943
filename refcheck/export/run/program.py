# SPDX-License-Identifier: GPL-2.0-only
"""The whole program of one or more units: what each declares, contracts, bodies, and the functions to be judged."""

from pathlib import Path

from refcheck.base.errnos import ERRNO
from refcheck.base.named import NamedTuple
from refcheck.export.run import declared, reading, wrappers
from refcheck.export.run.bodies import BodyWriter
from refcheck.export.run.contracts import ContractWriter
from refcheck.export.run.names import constant, quoted, signature
from refcheck.syntax import ast, code
from refcheck.unit.declare import Declarations, declare
from refcheck.unit.load import Unit

RUNTIME = Path(__file__).parent
SOURCES = (
    "tape.c", "world.c", "conditions.c", "contract.c", "asks.c", "make.c", "call.c", "code.c", "entry.c", "exit.c",
    "runs.c", "driver.c",
)  # fmt: skip


class EntryCase(NamedTuple):
    """A function in one of its entry contexts."""

    function: str
    entry: str | None


class Written(NamedTuple):
    """A program: its text in C and what it judges, in the order in which it numbers them."""

    text: str
    cases: tuple[tuple[EntryCase, ...], ...]


def written(units: list[Unit], only: tuple[str, ...] = ()) -> Written:
    """Programs of units in one file, which includes judge.h; InputError where a unit is not well formed."""
    parts, cases = [], []
    for number, unit in enumerate(units):
        text, found = _unit(unit, f"p{number}_", only)
        parts.append(text)
        cases.append(found)
    listed = ", ".join(f"&p{n}_program" for n in range(len(units)))
    tail = f"const struct rc_program *const rc_programs[] = {{ {listed}, NULL }};"
    return Written("\n".join(['#include "judge.h"', *parts, '#line 1 "end"', tail, ""]), tuple(cases))


def whole(unit: Unit, version: str, only: tuple[str, ...] = ()) -> str:
    """A file that stands alone: the run-time support and the program of a unit."""
    support = [(RUNTIME / name).read_text(encoding="utf-8") for name in ("judge.h", *SOURCES)]
    body = "\n".join([*support, written([unit], only).text])
    lines = [line for line in body.split("\n") if line != '#include "judge.h"']
    return "\n".join([_HEADER.format(version=version), *lines])


_HEADER = """\
/*
 * Written by refcheck {version} with `export --to run`; docs/run.md says what it does.
 *
 *	gcc -g -O1 -fsanitize=address -o judge FILE.c && ASAN_OPTIONS=detect_leaks=0 ./judge sweep 2000
 *	clang -g -O1 -DRC_FUZZ -fsanitize=address,fuzzer -o fuzz FILE.c && ./fuzz
 */
#define _GNU_SOURCE"""


def _unit(unit: Unit, prefix: str, only: tuple[str, ...]) -> tuple[str, tuple[EntryCase, ...]]:
    d = declare(unit)
    t = ContractWriter(d, prefix)
    targets = [i.sig.name for i in unit.model.items if isinstance(i, ast.FunctionDef) and (not only or i.sig.name in only)]
    used = {n for name in targets for n in reading.reached(d, name)}
    bodies = {n: BodyWriter(t, d.functions[n]) for n in sorted(used) if n in d.functions}
    for name in sorted(used):
        t.contract(name)
    texts = [b.text() for b in bodies.values()]
    cases = tuple(EntryCase(name, entry) for name in targets for entry in reading.entries(d, name))
    rows, numbers = _cases(t, cases)
    locked = {n.lock for b in bodies.values() for n in _guards(b.function.body)}
    lines = [
        f"/* ---- {unit.model.path.replace('*/', '* /')} */", *declared.enums(t), *declared.resources(t), *declared.facts(t),
        *declared.names(t, "contexts", list(d.contexts)), *declared.names(t, "options", t.options), *declared.entries(t),
        *t.lines, *(f"{b.head()};" for b in bodies.values()), *(wrappers.call(t, n) for n in sorted(used)),
        *declared.guards(t, locked), *texts, f'#line 1 "{prefix}tables"', *(wrappers.entry(t, n) for n in targets), *numbers,
        f"static const struct rc_case {prefix}cases[] = {{ {', '.join(rows) or '{ 0 }'} }};", _program(t, unit, len(rows)),
    ]  # fmt: skip
    return "\n".join(lines), cases


def _guards(tree: object) -> list[code.Guard]:
    found = [tree] if isinstance(tree, code.Guard) else []
    return found + ([g for part in tree for g in _guards(part)] if isinstance(tree, tuple) else [])


def _program(t: ContractWriter, unit: Unit, cases: int) -> str:
    atomic = sum(1 << i for i, c in enumerate(t.d.contexts) if c not in t.d.sleeping)
    p = t.prefix
    parts = [
        f".file = {quoted(unit.model.path)}", f".resource = {p}resources", f".facts = {len(t.facts)}", f".fact = {p}facts",
        f".contexts = {len(t.d.contexts)}", f".context = {p}contexts", f".option = {p}options", f".atomic = {atomic:#x}ull",
        f".cases = {cases}", f".one = {p}cases",
    ]  # fmt: skip
    return f"static const struct rc_program {p}program = {{ {', '.join(parts)} }};"


# ---------------------------------------------------------------------------------------------- cases


def _cases(t: ContractWriter, cases: tuple[EntryCase, ...]) -> tuple[list[str], list[str]]:
    rows, lines = [], []
    for name in dict.fromkeys(c.function for c in cases):
        numbers = _numbers(t.d, name)
        lines.append(f"static const int {t.prefix}n_{name}[] = {{ {', '.join(map(str, numbers))} }};")
        for c in (c for c in cases if c.function == name):
            assumed = _assumed(t, c)
            array = f"static const struct rc_cond *const {t.prefix}a_{name}_{c.entry}[]"
            lines += [f"{array} = {{ {', '.join(assumed)} }};"] if assumed else []
            rows.append(_case(t, c, len(assumed), len(numbers)))
    return rows, lines


def _assumed(t: ContractWriter, c: EntryCase) -> list[str]:
    """What the entry context requires of arguments with the names of this function's parameters."""
    sig = signature(t.d, c.function)
    asked = t.d.entries[c.entry].requires if c.entry else ()
    known = {p.name for p in sig.params}
    return [t.cond(sig, a) for a in asked if {p.name for p in reading.places(a)} <= known]


def _case(t: ContractWriter, c: EntryCase, assumed: int, numbers: int) -> str:
    entry = f"&{t.prefix}entry_{c.entry}" if c.entry else "NULL"
    line = t.d.functions[c.function].sig.span.line
    parts = [quoted(c.function), f"&{t.prefix}k_{c.function}", entry, f"{t.prefix}r_{c.function}"]
    parts += [str(assumed), str(numbers), str(line), str(_names(t.d, c.function))]
    parts += [f"{t.prefix}a_{c.function}_{c.entry}" if assumed else "NULL", f"{t.prefix}n_{c.function}"]
    return f"{{ {', '.join(parts)} }}"


def _names(d: Declarations, name: str) -> int:
    """So many objects have a name at once: of pointers, and calls that give one, in all bodies that can be executed."""
    bodies = [d.functions[n] for n in reading.reached(d, name) if n in d.functions]
    return sum(_named(d, p.type.name) for f in bodies for p in f.sig.params) + sum(_count(d, f.body) for f in bodies)


def _named(d: Declarations, kind: str) -> int:
    """The object that a pointer names, and what is in its slots."""
    return 1 + sum(_named(d, s.target) for s in d.resources[kind].slots) if kind in d.resources else 0


def _count(d: Declarations, tree: object) -> int:
    match tree:
        case code.Declare():
            here = _named(d, tree.type.name)
        case code.Call() if tree.name in d.contracts or tree.name in d.functions:
            here = _named(d, signature(d, tree.name).result.name)
        case _:
            here = 0
    return here + (sum(_count(d, t) for t in tree) if isinstance(tree, tuple) else 0)


def _numbers(d: Declarations, name: str) -> list[int]:
    """Integers that a function can tell apart: what it and its contracts name, and two between each two of them."""
    points = {0}
    for n in reading.reached(d, name):
        for tree in (d.functions[n].body if n in d.functions else (), d.contracts.get(n, ()), d.functions.get(n, ())):
            _collect(d, tree, points)
    if any(n in d.functions and _calculates(d.functions[n].body) for n in reading.reached(d, name)):
        points |= {-(1 << 31), (1 << 31) - 1}  # what overflows
    found, ordered = set(points), sorted(points)
    for a, b in zip([ordered[0] - 3, *ordered], [*ordered, ordered[-1] + 3], strict=True):
        found |= {n for n in (a + 1, b - 1) if a < n < b and -(1 << 31) <= n < 1 << 31}
    return sorted(found, key=lambda n: (n not in points, abs(n), n))


def _calculates(tree: object) -> bool:
    if isinstance(tree, code.Arithmetic | code.Prefix):
        return True
    return isinstance(tree, tuple) and any(map(_calculates, tree))


def _collect(d: Declarations, tree: object, to: set[int]) -> None:
    if isinstance(tree, code.Errno) and tree.name not in ERRNO:
        return  # the negative of a variable
    if isinstance(tree, code.Int | code.Errno):
        to.add(constant(d, tree))
    elif isinstance(tree, code.Name | ast.EffectPlace) and tree.name in d.constants:
        to.add(d.constants[tree.name])
    elif isinstance(tree, tuple):
        for part in tree:
            _collect(d, part, to)
