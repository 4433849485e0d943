# SPDX-License-Identifier: GPL-2.0-only
"""Operands in any order: an expression that is not refused means the same whichever of them is evaluated first."""

from __future__ import annotations

from random import Random
from unittest import mock

from generated import module

from refcheck.base.diagnostics import InputError
from refcheck.base.verdicts import Verdict
from refcheck.lower.places import Places
from refcheck.prove.prove import Limits, verify
from refcheck.run.tasks import tasks_of
from refcheck.syntax import ast, code
from refcheck.unit.declare import declare
from refcheck.unit.load import Unit

PROGRAMS = range(400)
DECLARED = """
context a;
resource node;
resource pkt { slot n: node; }
node get() contract { ok: return hold; none: return NULL; };
node find() __must_hold(a) contract { ok: return borrow(a); };
node same(node n) contract { ok: use n, return n; };
node of(pkt p) contract { ok: return p->n; };
int put(node n) contract { ok: release n, return 0; };
int hold(node n __counted) contract { ok: hold n, return 1; };
int touch(node n) contract { ok: use n, return any; };
int clear(pkt p) contract { ok: drop p->n, return 0; };
int set(int *x) contract { ok: *x = 1, return 0; bad: return -5; };
int lock() contract { ok: enter a, return 0; };
int unlock() contract { ok: leave a, return 0; };
int need() __must_hold(a) contract { ok: return 0; };
void two(int x, int y) contract { ok: ; };
void three(int x, node n, int y) contract { ok: use n; };
void both(node n, node m) contract { ok: use n, use m; };
int inside(node n, int x) { if (x) return put(n); return touch(n); }
int wrote(int *x, node n) { *x = touch(n); return *x; }
"""
SWAPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}


class Writer:
    """Writes a function whose calls have calls in them."""

    def __init__(self, random: Random) -> None:
        self.r = random

    def node(self, depth: int) -> str:
        options = ["n", "m", "n", "m", "p->n", "of(p)", "find()", "(n = m)"]
        return self.r.choice([*options, f"same({self.node(depth + 1)})"] if depth < 2 else options)

    def number(self, depth: int) -> str:
        """A number, perhaps by a call or an assignment."""
        options = ["0", "x", "y", "x", "y", "lock()", "unlock()", "need()", "set(&x)", "set(&y)", "clear(p)"]
        options.append('nondet("asked", n)')
        if depth < 2:
            options += [f"{f}({self.node(depth + 1)})" for f in ("put", "hold", "touch")]
            options += [f"(x = {self.number(depth + 1)})", f"wrote(&y, {self.node(depth + 1)})"]
            options += [f"inside({self.node(depth + 1)}, {self.number(depth + 1)})", f"({self.compared(depth + 1)})"]
        return self.r.choice(options)

    def compared(self, depth: int) -> str:
        """A comparison."""
        if self.r.random() < 0.3:
            return f"{self.node(depth)} {self.r.choice(('==', '!='))} {self.node(depth)}"
        return f"{self.number(depth)} {self.r.choice(list(SWAPPED))} {self.number(depth)}"

    def statement(self) -> str:
        return self.r.choice((
            f"two({self.number(0)}, {self.number(0)});", f"three({self.number(0)}, {self.node(0)}, {self.number(0)});",
            f"both({self.node(0)}, {self.node(0)});", f"if ({self.compared(0)}) y = 2;", f"x = {self.number(0)};",
        ))  # fmt: skip


def program(seed: int) -> str:
    """A function that has two nodes and a packet."""
    w = Writer(Random(seed))
    lines = ["node n = get();", "node m = n;", "int x = 1;", "int y = 0;", w.statement(), w.statement()]
    return DECLARED + "void f(pkt p)\n{\n" + "\n".join(lines) + "\n}\n"


def turned(node: object) -> object:
    """The tree with all parameters, arguments and sides the other way round: so are they evaluated, and nothing else."""
    if not isinstance(node, tuple):
        return node
    parts = [turned(x) for x in node]
    if not hasattr(node, "_fields"):
        return tuple(parts)
    new = type(node)(*parts)
    match new:
        case code.Call(args=args) | code.Nondet(args=args):
            return new._replace(args=args[::-1])
        case ast.Signature(params=params):
            return new._replace(params=params[::-1])
        case code.Compare(op, left, right):
            return new._replace(op=SWAPPED[op], left=right, right=left)
    return new


def refuted(tree: ast.Module) -> set[str] | None:
    """What is refuted of `f`; None where the order of operands is the reason why it is no model."""
    unit = Unit(tree, (tree,), {})
    try:
        (task,) = tasks_of(unit, declare(unit), "f")
    except InputError as e:
        if any(d.code.name != "open-order" for d in e.diagnostics):
            raise
        return None
    return {v.property for v in verify(task.cfg, Limits()).verdicts if v.verdict == Verdict.REFUTED}


def test_both_orders_mean_the_same():
    taken, broken = 0, 0
    for seed in PROGRAMS:
        tree = module(program(seed), "order.rc")
        found = refuted(tree)
        assert found == refuted(turned(tree)), program(seed)
        taken, broken = taken + (found is not None), broken + bool(found)
    # Then about the same number is taken and refused, and what is taken is about something
    assert min(taken, len(PROGRAMS) - taken) > len(PROGRAMS) / 5
    assert broken > len(PROGRAMS) / 5


def test_without_the_refusal_the_orders_differ():
    with mock.patch.object(Places, "in_any_order", return_value=None):
        trees = [module(program(seed), "order.rc") for seed in range(60)]
        assert any(refuted(t) != refuted(turned(t)) for t in trees)
