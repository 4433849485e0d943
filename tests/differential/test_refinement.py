# SPDX-License-Identifier: GPL-2.0-only
"""Programs that calculate, run over the integers themselves: what such a run breaks is not proved.

The programs are made from a seed; the runs follow the graph with an integer of 32 bits in each variable, calculated by
Python (`integers` below is written apart from refinement/reals.py).  Each run is a path of the reference semantics, which
is given the classes of its integers.
"""

from __future__ import annotations

import random as randoms
from typing import TYPE_CHECKING

import pytest
from calculated import program
from generated import module

from refcheck.base.limits import Limits
from refcheck.base.verdicts import Verdict
from refcheck.graph import ops
from refcheck.graph.cfg import UNINIT
from refcheck.lower.function import lower
from refcheck.meaning.state import initial_state
from refcheck.meaning.step import run
from refcheck.prove.prove import verify
from refcheck.unit.declare import declare
from refcheck.unit.load import Unit

if TYPE_CHECKING:
    from refcheck.graph.cfg import CFG, Edge
    from refcheck.verdict.verdict import Result

LIMITS = Limits(timeout=0, states=4000)
PROGRAMS = range(60)
SAMPLES = (0, 1, -1, 2, 3, 4, 5, 7, 8, 15, 16, 31, 32, -2, -8, 2**31 - 1, -(2**31), 2**30, 65535, 65536)


# ---------------------------------------------------------------------------------------------- programs


def verified(seed: int) -> tuple[CFG, Result]:
    """The graph of a program and what is said of it."""
    tree = module(program(seed), "generated.rc")
    cfg = lower(declare(Unit(tree, (tree,), {})), "f", None)
    return cfg, verify(cfg, LIMITS)


# ---------------------------------------------------------------------------------------------- runs over integers


def wrapped(value: int) -> int:
    """As 32 bits, signed."""
    return (value + 2**31) % 2**32 - 2**31


def calculated(cells: dict[int, int], t: ops.IntTerm, random: randoms.Random) -> int:
    """The integer that a term is; a shift by no number of bits is anything."""
    match t:
        case ops.ValueOf(cell):
            return cells[cell]
        case ops.Constant(value):
            return value
        case ops.Calculated(op, left, right):
            a, b = calculated(cells, left, random), calculated(cells, right, random)
            if op in ("<<", ">>") and not 0 <= b < 32:
                return random.choice(SAMPLES)
            return wrapped({
                "+": a + b, "-": a - b, "*": a * b, "&": a & b, "|": a | b, "^": a ^ b, "<<": a << (b % 32),
                ">>": a >> (b % 32),
            }[op])  # fmt: skip


def holds(cells: dict[int, int], cond: ops.Cond) -> bool | None:
    """A condition on integers; None where it is on something else."""
    match cond:
        case ops.And(args):
            found = [holds(cells, a) for a in args]
            return False if False in found else None if None in found else True
        case ops.Not(arg):
            truth = holds(cells, arg)
            return None if truth is None else not truth
        case ops.CmpCells(left, op, right) if left in cells and right in cells:
            return ops.compare(op, cells[left], cells[right])
        case ops.Cmp(cell, op, value) if cell in cells:
            return ops.compare(op, cells[cell], value)
        case ops.Truth(cell) if cell in cells:
            return cells[cell] != 0
        case _:
            return None


def class_of(cfg: CFG, value: int, offered: tuple[int, ...]) -> int | None:
    """What stands for an integer among values; None where nothing does."""
    if value in cfg.points:
        return value if value in offered else None
    alike = [v for v in offered if v not in cfg.points and [p < v for p in cfg.points] == [p < value for p in cfg.points]]
    return alike[0] if alike else None


def defined(edge: Edge, cell: int) -> ops.IntTerm | None:
    """The term that a choice on an edge has to be, where it is a calculation."""
    supposed = (op for op in edge.ops if isinstance(op, ops.Suppose))
    return next((op.right for op in supposed if op.left == ops.ValueOf(cell) and op.op == "=="), None)


def moved(
    cfg: CFG, edge: Edge, before: dict[int, int], random: randoms.Random
) -> tuple[dict[int, int], tuple[int, ...]] | None:  # fmt: skip
    """The integers behind an edge and the classes of what was chosen; None where it cannot be taken."""
    cells, picks, chosen = dict(before), list[int](), set[int]()
    for op in edge.ops:
        match op:
            case ops.Havoc(cell, values):
                term = defined(edge, cell)
                free = [*SAMPLES, *cells.values(), *values]
                value = random.choice(free) if term is None else calculated(cells, term, random)
                pick = value if cfg.cells[cell].kind == "bool" and value in values else class_of(cfg, value, values)
                if pick is None:
                    return None
                cells[cell] = value
                picks.append(pick)
                chosen.add(cell)
            case ops.Set(cell, value) if cfg.cells[cell].kind != "ptr":
                cells[cell] = value
                if value == UNINIT:
                    del cells[cell]
            case ops.Copy(cell, src) if src in cells:
                cells[cell] = cells[src]
            case ops.Forget(cell):
                cells.pop(cell, None)
            case ops.Suppose(left, compare, right) if not (isinstance(left, ops.ValueOf) and left.cell in chosen):
                if not ops.compare(compare, calculated(cells, left, random), calculated(cells, right, random)):
                    return None
            case _:
                pass
    return cells, tuple(picks)


def broken(cfg: CFG, random: randoms.Random, steps: int = 80) -> set[str]:
    """What one run over integers breaks."""
    state, at, cells = initial_state(cfg), cfg.start, dict[int, int]()
    out, found = cfg.out_edges(), set[str]()
    for _ in range(steps):
        edges = list(out[at])
        random.shuffle(edges)
        for edge in edges:
            if holds(cells, edge.guard) is False or (went := moved(cfg, edge, cells, random)) is None:
                continue
            done = run(cfg, state, edge, went[1])
            if done is not None:
                break
        else:
            return found  # nothing that was chosen fits: another run has better luck
        after, violations = done
        found |= {v.property for v in violations}
        if after is None or edge.dst == cfg.exit:
            return found
        state, at, cells = after, edge.dst, went[0]
    return found


@pytest.mark.parametrize("seed", PROGRAMS)
def test_what_a_run_over_integers_breaks_is_not_proved(seed: int):
    cfg, result = verified(seed)
    verdicts = {v.property: v.verdict for v in result.verdicts}
    random = randoms.Random(seed)
    for _ in range(250):
        for name in broken(cfg, random):
            assert verdicts[name] in (Verdict.REFUTED, Verdict.UNKNOWN), f"{name} is {verdicts[name]}\n{program(seed)}"


def test_the_programs_are_about_something():
    # Given their verdicts, then some are proved by predicates, some are refuted, and runs break what is refuted
    results = [verified(seed)[1] for seed in PROGRAMS]
    refined = [r for r in results if r.certificate is not None and r.certificate.refinement is not None]
    assert sum(r.verdict in (Verdict.PROVED, Verdict.VACUOUS) for r in refined) >= 10
    assert sum(r.verdict == Verdict.REFUTED for r in results) >= 20
