# SPDX-License-Identifier: GPL-2.0-only
"""Lowering against an interpreter of the syntax tree that was written apart from it (tests/support/interpreter).

Both are given the same answers to all that a model leaves open; they must offer the same answers, break the same
properties in the same order, and end in the same way.  The second half puts mistakes into the lowering, one at a time:
each must be noticed.
"""

from __future__ import annotations

import collections
from functools import cache
from typing import TYPE_CHECKING
from unittest import mock

import pytest
from command import ROOT
from examples import BLOCKS
from generated import module
from generator import program
from interpreter.compare import compare, functions
from interpreter.follow import Disagreement

from refcheck.base.diagnostics import InputError
from refcheck.base.files import model_files
from refcheck.graph import ops
from refcheck.lower import contract, entry, function, interface, outcome, tables
from refcheck.lower.builder import Builder, Operand
from refcheck.lower.conversions import Conversions
from refcheck.lower.expressions import Expressions
from refcheck.lower.statements import Statements
from refcheck.meaning import exits
from refcheck.syntax import code
from refcheck.unit.load import Unit, load

if TYPE_CHECKING:
    from collections.abc import Iterator

SEEDS = (*range(60), 425)  # the last one asks for the code of an error pointer
PROGRAMS = range(1000, 1150)


def generated(seed: int) -> Unit | None:
    """A generated program; None where it is no well-formed one."""
    try:
        tree = module(program(seed), "generated.rc")
    except InputError:
        return None
    return Unit(tree, (tree,), {})


def runs(unit: Unit, count: int) -> collections.Counter:
    """How the runs of all functions of a unit ended, and what they broke; Disagreement where graph and tree differ."""
    found: collections.Counter = collections.Counter()
    for decl, item, context, cfg in functions(unit):
        for seed in range(count):
            how, broken = compare(decl, item, context, cfg, seed)
            found.update([how, *broken])
    return found


@pytest.mark.parametrize("path", [p for d in ("models", "corpus") for p in model_files([ROOT / d])], ids=lambda p: p.stem)
def test_the_graph_of_a_model_means_what_its_text_says(path):
    assert sum(runs(load(path), 4).values()) > 0


@pytest.mark.parametrize("block", [b for b in BLOCKS if b.what != "error"], ids=lambda b: b.name)
def test_the_graph_of_an_example_means_what_its_text_says(block, tmp_path):
    path = tmp_path / "example.rc"
    path.write_text(block.text, encoding="utf-8")
    assert runs(load(path), 12)


def test_the_graphs_of_generated_programs_mean_what_their_texts_say():
    total: collections.Counter = collections.Counter()
    for seed in PROGRAMS:
        if unit := generated(seed):
            total += runs(unit, 5)
    # the runs are about something: most reach an exit, and most properties are broken by some
    assert total["exit"] > 500
    assert len([p for p, n in total.items() if n > 2 and "-" in p]) >= 8


def test_an_unknown_in_an_integer_is_0_or_1(tmp_path):
    # found by the interpreter: the page of the language says so, the lowering gave it any value
    path = tmp_path / "m.rc"
    path.write_text('int f()\n{\n\tint x = nondet("x");\n\n\tif (x < 0)\n\t\tunreachable("0 or 1");\n\treturn x;\n}\n')
    total = runs(load(path), 20)
    assert (total["exit"], total["sanity"]) == (20, 0)


# ---------------------------------------------------------------------------------------------- mistakes, put in

# What only a program that is wrong in the right way can show.
DECLARED = """
context rcu, mine;
fact gp = rcu;
resource node { freed after gp; }
resource pkt { slot dst: node; }
node get() contract { ok: return hold; };
node find() __must_hold(gp) contract { ok: return borrow(gp); };
void put(node n) contract { ok: release n; };
void put_one(node a, node b) contract { ok: release a; };
void put_used(node n) contract { ok: release n, use n; };
void look(pkt p) contract { ok: use p; };
void needs(pkt p) __requires(p->dst is empty) contract { ok: ; };
void drop(pkt p, node n) contract { ok: hold n if p->dst is owned, drop p->dst; };
void clear(pkt p) contract { ok: p->dst = NULL; };
void fill(pkt p, node n) contract { ok: p->dst = move n; };
void free(pkt p) contract { ok: release p; };
void end(pkt p, node n) contract { ok: consume p, release n; };
void both(pkt p, node n) __requires(p->dst is owned) contract { ok: p->dst = NULL, release n; };
void two(pkt p, pkt q) contract { ok: use p->dst, use q->dst; };
int answer(bool *b __nullable, node *n __nullable) contract { ok: *b = true, use *n, return 1; };
pkt alloc() contract { ok: return hold; };
void attach(pkt p, node n) contract { ok: p->dst = noref n; };
guard section = lock, unlock;
void give(node n, bool all) contract { ok: release n if all; };
node perhaps() contract { ok: return hold; none: return NULL; bad: return ERR_PTR; };
void flag(bool b) contract { ok: ; };
resource dev { shared; }
dev dev_get() contract { ok: return hold; };
void dev_put(dev d) contract { ok: release d; };
void hold_lock() contract { ok: enter mine; };
node under() __must_hold(mine) contract { ok: return borrow(mine); };
void take_out() contract { ok: revoke mine; };
void lock() contract { ok: enter rcu; };
void unlock() contract { ok: leave rcu; };
int code() contract { ok: return 0; fail: return -EINVAL; other: return < 0 except -EINVAL; };
"""
WRONG = (
    "void f() contract { ok: ; } { lock(); }",
    "node f(node a, node b) contract { ok: return a; } { return b; }",
    "void f() { node n = get(); put_one(n, n); }",
    "void f() { node n = get(); put_used(n); }",
    "void f(pkt p) __requires(p->dst is empty) { lock(); attach(p, find()); unlock(); look(p); }",
    "int f() { int e = code(); if (e < -200) return 1; if (e == -EINVAL) return 2; return e; }",
    "void f() { bool b; flag(b); }",
    "void f() __must_hold(mine) { node n = under(); take_out(); use(n); }",
    "void f(bool b) { node n = get(); give(n, b); if (!b) put(n); }",
    'int f() { guard(section)(); if (nondet("early")) return 1; return 0; }',
    "int f(bool *b) contract { ok: *b = true, return 0; } { *b = false; return 0; }",
    "void f() { node n = perhaps(); if (!IS_ERR_OR_NULL(n)) put(n); }",
    "int f() { int e = code(); bool b = e; if (b) return 1; return 0; }",
    "void f(node n) __must_hold(rcu) contract { ok: leave rcu, use n; } { unlock(); use(n); }",
    "node f(node n) contract { ok: release n, return n; } { put(n); return n; }",
    "node f() contract { ok: return borrow(gp); } { node n; lock(); n = find(); unlock(); return n; }",
    "dev f(dev d) __must_hold(mine) contract { ok: return borrow(mine); } { return d; }",
    "void f() { pkt p = alloc(); fill(p, get()); needs(p); clear(p); free(p); }",
    "void f() { pkt p = alloc(); node n = get(); fill(p, get()); drop(p, n); put(n); put(n); free(p); }",
    "void f() { pkt p = alloc(); node n = get(); fill(p, n); put(n); clear(p); free(p); }",
    "void f() { pkt p = alloc(); node n = get(); fill(p, n); both(p, n); free(p); }",
    "void f() { pkt p = alloc(); node n = get(); attach(p, n); end(p, n); }",
    "void f() { pkt p = alloc(); two(p, p); free(p); }",
    "void f(node n __any) contract { ok: ; } { if (!IS_ERR_OR_NULL(n)) use(n); }",
    "int f(bool *b __nullable, node *n __nullable) contract { o: use *n, *b = true, return 1; } { return answer(b, n); }",
    "int f(bool *b __nullable) contract { ok: return 1; } { return answer(b, NULL); }",
    "void f() { dev a = dev_get(); dev b = dev_get(); if (a == b) { dev_put(a); dev_put(a); } }",
)


def swapped(original):
    """`!c` goes the way of `c`."""
    return lambda self, e, yes, no: original(self, e.arg if isinstance(e, code.LogicalNot) else e, yes, no)


def both(original):
    """`a && b` is taken for `a || b`."""
    return lambda self, e, yes, no: original(self, e._replace(op="||") if isinstance(e, code.Logic) else e, yes, no)


def without_edges(unwanted, *outcomes):
    """Edges of a kind with some outcomes are forgotten."""

    def wrap(original):
        def edge(self, dst, span, text, kind, *args, **more):
            outcome = more.get("outcome", args[2] if len(args) > 2 else "")
            if kind != unwanted or outcome not in outcomes:
                original(self, dst, span, text, kind, *args, **more)

        return edge

    return wrap


def without_ops(unwanted):
    """Operations of a kind are forgotten."""

    def wrap(original):
        def edge(self, dst, span, text, kind, todo=(), *args, **more):
            original(self, dst, span, text, kind, tuple(o for o in todo if not isinstance(o, unwanted)), *args, **more)

        return edge

    return wrap


def returning(value):
    """A function whose answer is always the same."""
    return lambda _: lambda *_args, **_more: value


def changed(change):
    """A function whose answer is changed."""
    return lambda original: lambda *args, **more: change(original(*args, **more))


def more_kills(original):
    """One cell too many is forgotten on the edges of calls."""

    def add_kills(edges, locations, pinned):
        found = original(edges, locations, pinned)
        cells = {op.cell for e in found for op in e.ops if isinstance(op, ops.Set | ops.Havoc)} - pinned
        return [e._replace(ops=(*e.ops, ops.Kill(min(cells)))) if cells and e.kind == "outcome" else e for e in found]

    return add_kills


def no_exceptions(original):
    """`except` of a range does not count."""
    return lambda decl, domain, value: original(decl, domain, value._replace(excepted=()))


def zero(_original):
    """PTR_ERR is 0."""
    return lambda _self, _e, _who: Operand(-1, 0, "int")


def always_true(_original):
    """A number becomes true."""
    return lambda self, cell, _src, span, text: self.b.then(span, text, "statement", (ops.Set(cell, 1),))


def not_null(original):
    """IS_ERR_OR_NULL is IS_ERR."""
    wrong = "IS_ERR_OR_NULL"
    return lambda self, e: original(self, e._replace(name="IS_ERR") if getattr(e, "name", "") == wrong else e)


def same_kind(_original):
    """One object is as good as another."""
    return lambda heap, owed, cell: min(owed.state.cells[cell], 1) == min(heap.cells[cell], 1)


def never_same(self, _op, left, right, _span):
    """Two variables are never equal."""
    a, b = self.value(left), self.value(right)
    return ops.Differ(a.cell, b.cell), ops.FALSE, ((), ())


def fewer_joins(edges):
    """A step that does nothing leads nowhere."""
    return [e for i, e in enumerate(edges) if e.kind != "join" or i % 3]


def in_phase(chosen, *phases):
    """Steps of some phases of an outcome come at another time."""
    return lambda original: lambda self, phase, *more: original(self, chosen if phase in phases else phase, *more)


def coming(**instead):
    """Arguments come in another way."""
    return changed(lambda op: op._replace(how=instead.get(op.how, op.how)))


def without(*kinds):
    """Operations of some kinds are forgotten, under conditions too."""

    def strip(todo):
        more = [o._replace(ops=tuple(strip(o.ops))) if isinstance(o, ops.When) else o for o in todo]
        return [o for o in more if not isinstance(o, kinds)]

    return changed(strip)


def first_only(original):
    """Only the first effect of an outcome happens."""
    return lambda self, outcome, result: original(self, outcome._replace(effects=outcome.effects[:1]), result)


def known(original):
    """What slots lend is alive, whether the contract looks into them or not."""
    return lambda self, *args: original(self, *args[:-1], True)


CALL, OUTCOME, ENTRY = interface.Interface, outcome.Outcomes, entry.EntryBuilder
MISTAKES = {
    "a negation is dropped": (Expressions, "branch", swapped),
    "and is or": (Expressions, "branch", both),
    "an unknown is never true": (Builder, "edge", without_edges("choice", "yes")),
    "an outcome is forgotten": (Builder, "edge", without_edges("outcome", "fail", "none", "miss")),
    "a branch is forgotten": (Builder, "edge", without_edges("branch", "false")),
    "contexts are not entered": (Builder, "edge", without_ops(ops.Enter)),
    "contexts are not left": (Builder, "edge", without_ops(ops.Leave)),
    "loans are not revoked": (Builder, "edge", without_ops(ops.Revoke)),
    "equal pointers stay two objects": (Builder, "edge", without_ops(ops.Merge)),
    "guards stay closed behind a return": (Statements, "unwind", returning(None)),
    "a live variable is forgotten": (function, "add_kills", more_kills),
    "constants are not told apart": (tables, "_points", returning((0,))),
    "PTR_ERR is always 0": (Expressions, "_error_of", zero),
    "every number is true": (Conversions, "_truth", always_true),
    "IS_ERR_OR_NULL is IS_ERR": (Expressions, "_atom", not_null),
    "steps lead nowhere": (function, "contract_joins", changed(fewer_joins)),
    # a contract: when what happens
    "the conditions of outcomes do not count": (CALL, "cond", returning(ops.TRUE)),
    "the `if` of an effect does not count": (OUTCOME, "_asked", returning(ops.TRUE)),
    "conditions are asked when it is too late": (OUTCOME, "_asked", lambda _: contract.Contract.cond),
    "sources are read when it is too late": (OUTCOME, "_put", in_phase(outcome.SURVIVE, outcome.READ, outcome.TAKE)),
    "effects come as they are written": (OUTCOME, "_put", in_phase(outcome.USE, *range(outcome.BEHIND + 1))),
    "protections begin before others end": (OUTCOME, "_put", in_phase(outcome.USE, outcome.ENTER, outcome.HOLD)),
    "things move before protections end": (OUTCOME, "_put", in_phase(outcome.USE, outcome.MOVE)),
    "only the first effect happens": (OUTCOME, "_read", first_only),
    "exceptions of a range do not count": (contract, "integer_set", no_exceptions),
    "an out-parameter is always there": (contract.Contract, "there", returning(ops.TRUE)),
    # a call: what it must show
    "calls ask for nothing": (CALL, "checks", returning([])),
    "flags need not be written": (CALL, "checks", without(ops.CheckInit)),
    "sleeping is not asked for": (CALL, "checks", without(ops.NeedNone)),
    "preconditions are not asked for": (CALL, "required", returning([])),
    "what survives is not asked": (OUTCOME, "_survivors", returning(None)),
    "what slots lend need not survive": (OUTCOME, "_lent", returning(None)),
    "stale slots are not asked for": (CALL, "_not_stale", returning([])),
    "a slot may own what is given away": (CALL, "checks", without(ops.NeedOwn)),
    "two containers may be one": (CALL, "_distinct", returning([])),
    # a body: what it may assume
    "NULL never comes in": (Builder, "edge", without_edges("entry", "NULL")),
    "slots never come in owned": (Builder, "edge", without_edges("entry", "owned")),
    "arguments are never handed over": (CALL, "owned", returning(ops.FALSE)),
    "arguments are handed over whatever the condition": (CALL, "owned", returning(ops.TRUE)),
    "containers are firm without being spoken of": (CALL, "arrival", coming(lent="firm")),
    "containers are never firm": (CALL, "arrival", coming(firm="lent")),
    "anything is alive": (CALL, "arrival", coming(dead="lent")),
    "a count outlives the lock": (CALL, "arrival", coming(counted="kept")),
    "nothing is kept for a late use": (CALL, "arrival", coming(kept="lent")),
    "arguments are never the same": (Expressions, "_comparison", lambda _: never_same),
    "preconditions are not assumed": (ENTRY, "_conditions", returning(None)),
    "callers hold nothing": (ENTRY, "_must_hold", returning([])),
    # an exit: what it owes
    "a body owes nothing": (OUTCOME, "changes", returning([])),
    "references need not balance": (exits, "_unequal", returning(False)),
    "results need not fit": (exits, "_value_fits", returning(True)),
    "contexts may be left at any level": (exits, "_open_context", returning("")),
    "what goes back may be dead": (exits, "_bad_borrow", returning("")),
    "what goes back may be protected less": (exits, "_weaker", returning("")),
    "slots may be left in any state": (exits, "_slot_misfits", returning([])),
    "out-parameters may be left in any state": (exits, "_outs_misfit", returning([])),
    "an argument may stand for a new object": (exits, "_value_fits", same_kind),
}


@cache
def library() -> tuple[Unit, ...]:
    """Programs in which a mistake can show itself."""
    wrong = [module(DECLARED + text, "wrong.rc") for text in WRONG]
    names = ("geneve", "tipc", "sit", "dst_cache", "wireguard", "ovpn")
    real = [load(ROOT / "models" / f"{n}.rc") for n in names]
    made = [unit for seed in SEEDS if (unit := generated(seed))]
    return (*(Unit(tree, (tree,), {}) for tree in wrong), *real, *made)


def objections() -> Iterator[str]:
    """What the comparison says about the library; a lowering that fails by itself is an objection too."""
    for unit in library():
        try:
            runs(unit, 16 if unit.model.path == "wrong.rc" else 4)
        except Disagreement as e:
            yield str(e)
        except Exception as e:  # noqa: BLE001  a mistake may break the lowering itself
            yield f"{type(e).__name__}: {e}"


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_the_lowering_is_noticed(name: str):
    owner, attribute, wrap = MISTAKES[name]
    with mock.patch.object(owner, attribute, wrap(getattr(owner, attribute))):
        assert next(objections(), None) is not None, f"{name}: nothing objects"


def test_without_a_mistake_nothing_objects():
    assert list(objections()) == []
