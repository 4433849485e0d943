# SPDX-License-Identifier: GPL-2.0-only
"""Terms are folded: what comes out means the same as what was written down, for all values that the symbols can have."""

from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refcheck.prove import solver
from refcheck.prove.encoding import smt
from refcheck.prove.encoding.smt import RangedScript, Script, Term

VALUES = {"x": (-2, 0, 1), "y": (1, 2), "z": (3,)}


class Both(NamedTuple):
    """A term as the engine folds it, and the same in plain SMT-LIB 2."""

    folded: Term
    plain: str


def constant(n: int) -> Both:
    return Both(n, smt.lit(n))


def integers(depth: int) -> st.SearchStrategy[Both]:
    symbols = [Both(smt.Ranged(name, values), name) for name, values in VALUES.items()]
    leaf = st.one_of(st.integers(-3, 4).map(constant), st.sampled_from([*symbols, Both("u", "u")]))
    if not depth:
        return leaf
    sub = integers(depth - 1)
    sums = st.builds(lambda a, b: Both(smt.plus(a.folded, b.folded), f"(+ {a.plain} {b.plain})"), sub, sub)
    choices = st.builds(
        lambda c, a, b: Both(smt.ite(c.folded, a.folded, b.folded), f"(ite {c.plain} {a.plain} {b.plain})"),
        conditions(depth - 1), sub, sub,
    )  # fmt: skip
    return st.one_of(leaf, sums, choices)


def compared(op: str, a: Both, b: Both) -> Both:
    plain = f"(not (= {a.plain} {b.plain}))" if op == "!=" else f"({op.replace('==', '=')} {a.plain} {b.plain})"
    return Both(smt.compare(op, a.folded, b.folded), plain)


def member(a: Both, values: list[int]) -> Both:
    return Both(smt.among(a.folded, values), f"(or false {' '.join(f'(= {a.plain} {smt.lit(v)})' for v in values)})")


def joined(parts: list[Both], both: bool) -> Both:
    terms, plain = [p.folded for p in parts], " ".join(p.plain for p in parts)
    return Both(smt.conj(*terms), f"(and true {plain})") if both else Both(smt.disj(*terms), f"(or false {plain})")


def conditions(depth: int) -> st.SearchStrategy[Both]:
    ints = integers(depth)
    leaf = st.one_of(
        st.builds(compared, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), ints, ints),
        st.builds(member, ints, st.lists(st.integers(-3, 4), max_size=4)),
        ints.map(lambda a: Both(smt.positive(a.folded), f"(> {a.plain} 0)")),
    )
    if not depth:
        return leaf
    sub = conditions(depth - 1)
    negated = sub.map(lambda a: Both(smt.neg(a.folded), f"(not {a.plain})"))
    return st.one_of(leaf, negated, st.builds(joined, st.lists(sub, max_size=3), st.booleans()))


DOMAIN = "(declare-fun u () Int)\n" + "\n".join(
    f"(declare-fun {n} () Int)(assert (or {' '.join(f'(= {n} {smt.lit(v)})' for v in values)} false))"
    for n, values in VALUES.items()
)


@given(st.one_of(integers(3), conditions(3)))
@settings(max_examples=300, deadline=None)
def test_a_folded_term_means_what_was_written(term: Both):
    script = f"{DOMAIN}\n(assert (not (= {smt.lit(term.folded)} {term.plain})))"
    assert solver.check(script).status == "unsat"


@given(integers(3))
@settings(max_examples=300, deadline=None)
def test_a_term_has_one_of_the_values_that_it_is_said_to_have(term: Both):
    known = smt.values_of(term.folded)
    if known is not None:
        inside = " ".join(f"(= {term.plain} {smt.lit(v)})" for v in sorted(known))
        assert solver.check(f"{DOMAIN}\n(assert (not (or {inside} false)))").status == "unsat"


@pytest.mark.parametrize(
    ("term", "folded"),
    [
        (smt.eq(smt.Ranged("x", (1, 2)), 3), False),
        (smt.eq(smt.Ranged("x", (3,)), 3), True),
        (smt.among(smt.Ranged("x", (1, 2)), (2, 1, 0)), True),
        (smt.among(smt.Ranged("x", (1, 2)), (0, 2)), "(= x 2)"),
        (smt.compare("<", smt.Ranged("x", (-2, -1)), 0), True),
        (smt.eq(smt.ite("c", 1, 0), 2), False),
        (smt.eq(smt.plus(smt.Ranged("x", (1, 2)), 1), 1), False),
    ],
)
def test_values_that_are_known_settle_a_comparison(term: Term, folded: Term):
    assert term == folded


def test_a_choice_is_asserted_to_be_what_it_is_known_to_be():
    plain, ranged = Script("a"), RangedScript("a")
    assert plain.choice((1, -1)) == ranged.choice((1, -1)) == "av0"
    assert plain.lines == ranged.lines
    assert plain.lines[1] == "(assert (or (= av0 1) (= av0 (- 1))))"
