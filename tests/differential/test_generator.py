# SPDX-License-Identifier: GPL-2.0-only
"""The generator of programs: well formed, from a seed, and with every construct of the language."""

from functools import cache
from pathlib import Path

import calculated
import pytest
from generated import tasks
from generator import program, programs, split
from hypothesis import HealthCheck, given, settings
from lark import Lark

from refcheck import syntax
from refcheck.graph import ops
from refcheck.graph import ops as actions
from refcheck.graph.cfg import Edge

SEEDS = range(600)
CALCULATED = range(200)
# What a run expects of functions beside each other; a generated program is judged by itself
OF_RUNS = {"expect_kept", "callees"}


@cache
def edges() -> tuple[Edge, ...]:
    return tuple(e for s in SEEDS for t in tasks(program(s)) for e in t.cfg.edges)


def test_a_seed_fixes_the_program():
    assert program(7) == program(7)
    assert len({program(s) for s in SEEDS}) > 0.95 * len(SEEDS)


def test_programs_are_well_formed():
    # When 600 seeds are lowered, none is refused, and each gives a function to verify
    assert all(tasks(program(s)) for s in SEEDS)


def test_a_program_and_its_spec_mean_the_same_as_one_file():
    for seed in range(40):
        spec, model = split(seed)
        whole, parts = tasks(program(seed)), tasks(model, spec)
        assert [[(e.src, e.dst, e.guard, e.ops) for e in t.cfg.edges] for t in whole] == [
            [(e.src, e.dst, e.guard, e.ops) for e in t.cfg.edges] for t in parts
        ]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs())
def test_the_strategy_gives_the_same_kind_of_programs(text: str):
    assert tasks(text)


def test_every_rule_of_the_grammar_is_used():
    grammar = (Path(syntax.__file__).parent / "refcheck.lark").read_text(encoding="utf-8")
    lark = Lark(grammar, parser="lalr", start=["model", "spec"], maybe_placeholders=False)
    wanted = {str(r.alias or r.origin.name) for r in lark.rules if r.alias or not r.options.expand1}
    wanted = {n for n in wanted if not n.startswith("_")}
    found: set[str] = set()
    for seed in SEEDS:
        found |= {str(t.data) for t in lark.parse(program(seed), start="model").iter_subtrees()}
    for text, start in zip(split(0), ("spec", "model"), strict=True):
        found |= {str(t.data) for t in lark.parse(text, start=start).iter_subtrees()}
    for seed in CALCULATED:
        found |= {str(t.data) for t in lark.parse(calculated.program(seed), start="model").iter_subtrees()}
    assert wanted - found == OF_RUNS


def classes() -> list[str]:
    return sorted(n for n, v in vars(actions).items() if isinstance(v, type) and issubclass(v, tuple))


def used() -> set[str]:
    names: set[str] = set()

    def visit(x: object) -> None:
        names.add(type(x).__name__)
        match x:
            case ops.And(args) | ops.Or(args):
                for a in args:
                    visit(a)
            case ops.Not(a):
                visit(a)
            case ops.When(cond, todo):
                visit(cond)
                for o in todo:
                    visit(o)
            case ops.Suppose(left, _, right) | ops.Calculated(_, left, right):
                visit(left)
                visit(right)
            case _:
                pass

    more = (e for s in CALCULATED for t in tasks(calculated.program(s)) for e in t.cfg.edges)
    for e in (*edges(), *more):
        for x in (e.guard, *e.ops):
            visit(x)
    return names


def test_every_operation_and_condition_is_used():
    assert set(classes()) - used() == set()


@pytest.mark.parametrize("kind", ["entry", "statement", "outcome", "branch", "choice", "exit", "join"])
def test_every_kind_of_edge_is_used(kind: str):
    assert any(e.kind == kind for e in edges())
