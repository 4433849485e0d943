# SPDX-License-Identifier: GPL-2.0-only
"""Conditions joined and negated, simplified where they are constant."""

from refcheck.graph import ops


def negate(cond: ops.Cond) -> ops.Cond:
    """The negation, simplified where it is constant."""
    if is_true(cond):
        return ops.FALSE
    if is_false(cond):
        return ops.TRUE
    return cond.arg if isinstance(cond, ops.Not) else ops.Not(cond)


def conj(*args: ops.Cond) -> ops.Cond:
    """The conjunction, simplified."""
    parts = [a for a in args if not is_true(a)]
    if any(map(is_false, parts)):
        return ops.FALSE
    return parts[0] if len(parts) == 1 else ops.And(tuple(parts))


def disj(*args: ops.Cond) -> ops.Cond:
    """The disjunction, simplified."""
    parts = [a for a in args if not is_false(a)]
    if any(map(is_true, parts)):
        return ops.TRUE
    return parts[0] if len(parts) == 1 else ops.Or(tuple(parts))


def is_true(cond: ops.Cond) -> bool:
    """The condition is the constant true."""
    return isinstance(cond, ops.And) and not cond.args


def is_false(cond: ops.Cond) -> bool:
    """The condition is the constant false."""
    return isinstance(cond, ops.Or) and not cond.args


def when(cond: ops.Cond, todo: list[ops.Op]) -> list[ops.Op]:
    """The operations where the condition holds; none where it is the constant false."""
    if is_true(cond):
        return todo
    return [] if is_false(cond) or not todo else [ops.When(cond, tuple(todo))]
