# SPDX-License-Identifier: GPL-2.0-only
"""A refinement as JSON values and back: predicates, where each is followed, and the ways of each edge.

A term is a number, `["cell", n]`, or `[op, left, right]`.  Of each edge there is null, or a list of ways; of each way what
is so in front of it, the values of each choice, and what is so behind it, with `n` for predicate n and `-1 - n` for its
negation.
"""

from refcheck.graph import ops
from refcheck.refinement.data import Literals, Predicate, Refinement, Way, Ways

_DEEPEST = 200


class BadRefinementError(Exception):
    """Why a value is no refinement."""


def refinement_data(r: Refinement) -> dict[str, object]:
    """A refinement as JSON values."""
    return {
        "predicates": [[p.op, _term_data(p.left), _term_data(p.right)] for p in r.predicates],
        "at": [list(here) for here in r.at],
        "ways": [None if rows is None else [_row_data(row) for row in rows] for rows in r.rows],
    }


def _term_data(t: ops.IntTerm) -> object:
    match t:
        case ops.ValueOf(cell):
            return ["cell", cell]
        case ops.Constant(value):
            return value
        case ops.Calculated(op, left, right):
            return [op, _term_data(left), _term_data(right)]


def _row_data(row: Way) -> list[object]:
    before, after = [[p if truth else -1 - p for p, truth in literals] for literals in (row.before, row.after)]
    return [before, [list(values) for values in row.picks], after]


def refinement_of(data: object) -> Refinement:
    """The refinement that JSON values hold, fit for refinement.data.misfit; BadRefinementError where they hold none."""
    if not isinstance(data, dict) or set(data) != {"predicates", "at", "ways"}:
        raise BadRefinementError("`refinement` has not `predicates`, `at` and `ways`")
    predicates = tuple(map(_predicate, _list(data["predicates"])))
    at = tuple(tuple(map(_number, _list(here))) for here in _list(data["at"]))
    return Refinement(predicates, at, tuple(map(_rows, _list(data["ways"]))))


def _predicate(data: object) -> Predicate:
    parts = _list(data)
    if len(parts) != 3 or parts[0] not in ("==", "<"):
        raise BadRefinementError("a predicate is not `==` or `<` with two terms")
    return Predicate(_term(parts[1], 0), str(parts[0]), _term(parts[2], 0))


def _term(data: object, depth: int) -> ops.IntTerm:
    if type(data) is int and -(1 << 31) <= data < 1 << 31:
        return ops.Constant(data)
    parts = _list(data)
    if len(parts) == 2 and parts[0] == "cell":
        return ops.ValueOf(_number(parts[1]))
    if len(parts) != 3 or parts[0] not in ops.CALCULATE or depth > _DEEPEST:
        raise BadRefinementError("a term is no number, cell or calculation")
    return ops.Calculated(str(parts[0]), _term(parts[1], depth + 1), _term(parts[2], depth + 1))


def _rows(data: object) -> Ways:
    return None if data is None else tuple(map(_row, _list(data)))


def _row(data: object) -> Way:
    parts = _list(data)
    if len(parts) != 3:
        raise BadRefinementError("a way has not three parts")
    return Way(_literals(parts[0]), tuple(tuple(map(_value, _list(v))) for v in _list(parts[1])), _literals(parts[2]))


def _literals(data: object) -> Literals:
    return tuple((n, True) if n >= 0 else (-1 - n, False) for n in map(_value, _list(data)))


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise BadRefinementError("a list is missing in `refinement`")
    return value


def _value(value: object) -> int:
    if type(value) is not int or abs(value) >= 1 << 31:
        raise BadRefinementError("a number is missing in `refinement`")
    return value


def _number(value: object) -> int:
    number = _value(value)
    if number < 0:
        raise BadRefinementError("a number in `refinement` is negative")
    return number
