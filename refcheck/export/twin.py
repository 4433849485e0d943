# SPDX-License-Identifier: GPL-2.0-only
"""The state that an outcome of the contract would have left, in variables of its own beside those of the function.

The counterpart of what refcheck/meaning/exits.py builds: the state on entry, made again from the cells that kept what came
in, and the outcome's operations on it.  Both are translated as the operations of the body are; they assert nothing.
"""

from collections.abc import Callable

from refcheck.base.named import NamedTuple
from refcheck.export.conditions import evaluate
from refcheck.export.known import Question, default
from refcheck.export.plain import Assignment, both, either, negate, when
from refcheck.export.scene import MOST_REGISTERS, Scene, literal
from refcheck.graph import ops
from refcheck.graph.cfg import EMPTY, UNINIT, Promise

TwinObject = tuple[int, int]
TwinPair = tuple[TwinObject, TwinObject]
TwinPairs = dict[TwinPair, str]
Operate = Callable[[Scene, ops.Op], None]
CAME = 2 * MOST_REGISTERS - 1  # in a pointer of the twin: some object of the function, whose own is not made yet


class Twin(Scene):
    """Another state over the same code: what breaks in it is not reported, what loses its name stays."""

    prefix, collects = "w", False

    def claim(self, prop: str, cond: str, what: str, ends: bool = False) -> None:
        """Say nothing."""

    def restart(self) -> None:
        """An empty state again, whatever the outcome before has left."""
        for key, values in list(self.known.items()):
            first = default(key)
            if values != first and key[0] == "live":
                self.know(key, first)
            elif values != first:
                self.put(key, min(first))
        self.lost.clear()
        self.valid.clear()


class TwinOwed(NamedTuple):
    """An outcome: when it was possible on entry, the state that it would have left, what stands here for its objects.

    `given` are the pairs (object there, object here) of what came in, `returned` those of what goes back, `pairs` all,
    with what their slots hold.
    """

    possible: str
    state: Scene
    pairs: TwinPairs
    given: TwinPairs
    returned: TwinPairs

    def came(self, there: TwinObject) -> str:
        """The object came in with the entry."""
        return either(*(c for (e, _), c in self.given.items() if e == there))

    def stands(self, there: TwinObject, here: TwinObject) -> str:
        """The object here stands for the one of the outcome."""
        return self.pairs.get((there, here), "0")


def twin_of(s: Scene) -> Twin:
    """The twin of a scene, empty."""
    if s.twin is None:
        s.twin = Twin(s.cfg, {})
    assert isinstance(s.twin, Twin)
    s.twin.begin(s.edge, {})
    return s.twin


def owed(s: Scene, t: Twin, promise: Promise, result: int, operate: Operate) -> TwinOwed:
    """Run an outcome in the twin, behind what is written of `s`."""
    _enter(s, t, operate)
    possible = evaluate(t, promise.cond).true
    if possible != "0":
        possible = t.keep(possible)
        for op in promise.ops:
            if isinstance(op, ops.Havoc):
                _choose(s, t, op)
            else:
                operate(t, op)
    s.code, t.code = s.code + t.code, []
    if possible == "0":
        return TwinOwed("0", t, {}, {}, {})
    given = _named(s, t, s.cfg.came.names)
    returned = _named(s, t, tuple(c for c in (result, *s.cfg.came.outs) if c >= 0))
    return TwinOwed(possible, t, _closed(s, t, given, returned), given, returned)


# ---------------------------------------------------------------------------------------------- the other state
def _enter(s: Scene, t: Twin, operate: Operate) -> None:
    """The state in which the function was entered, as far as its exits are concerned."""
    cfg = s.cfg
    t.restart()
    for cell in (*cfg.came.kept, *(level.cell for level in cfg.levels if level.cell >= 0)):
        _copy(s, t, cell)
    for c, (on_entry, cell, _) in enumerate(cfg.levels):
        key: Question = ("level", c)
        if cell < 0:
            t.put(key, on_entry)
        else:
            t.code.append(Assignment(t.var(key), s.var(("cell", cell))))
            t.know(key, s.get(("cell", cell)))
    for op in cfg.came.built:
        operate(t, op)


def _copy(s: Scene, t: Twin, cell: int) -> None:
    """What a cell has; that a pointer names an object is kept, but not which one."""
    key: Question = ("cell", cell)
    values = s.get(key)
    objects = [v for v in values if s.cfg.cells[cell].kind == "ptr" and 0 < v < UNINIT]
    others = values - set(objects)

    def as_it_is() -> None:
        if len(others) == 1:
            t.put(key, min(others))
        else:
            t.code.append(Assignment(t.var(key), s.var(key)))
            t.know(key, others)

    t.branch(s.among(key, objects), lambda: t.put(key, CAME), as_it_is)


def _choose(s: Scene, t: Twin, op: ops.Havoc) -> None:
    """Any of the values will do: the one that is there, if it is one of them."""
    key: Question = ("cell", op.cell)
    good, fits = s.get(key) & set(op.values), s.among(key, op.values)
    t.code += when(fits, [Assignment(t.var(key), s.var(key))], [Assignment(t.var(key), literal(op.values[0]))])
    t.know(key, good if fits == "1" else good | {op.values[0]})


# ---------------------------------------------------------------------------------------------- what stands for what
def objects_of(s: Scene, key: Question) -> list[int]:
    """The objects that a part of the state can name."""
    return sorted(v for v in s.get(key) if 0 < v < UNINIT)


def _named(s: Scene, t: Scene, cells: tuple[int, ...]) -> TwinPairs:
    """The objects that a variable names in both states."""
    found: TwinPairs = {}
    for cell in cells:
        key, kind = ("cell", cell), s.cfg.cells[cell].resource
        for e in objects_of(t, key) if kind >= 0 else ():
            for a in objects_of(s, key):
                pair = ((kind, e), (kind, a))
                found[pair] = either(found.get(pair, "0"), both(t.eq(key, e), s.eq(key, a)))
    return {pair: s.keep(c) for pair, c in found.items() if c != "0"}


def _closed(s: Scene, t: Scene, given: TwinPairs, returned: TwinPairs) -> TwinPairs:
    """The pairs with what their slots hold in both states, and so on."""
    first = {pair: either(given.get(pair, "0"), returned.get(pair, "0")) for pair in (*given, *returned)}
    before: dict[TwinPair, list[tuple[TwinPair, str]]] = {pair: [] for pair in first}
    todo = list(first)
    while todo:
        outer = todo.pop()
        for inner, c in _contents(s, t, *outer).items():
            todo += [] if inner in before else [inner]
            before.setdefault(inner, []).append((outer, c))

    def reached(pair: tuple[TwinObject, TwinObject], above: tuple[tuple[TwinObject, TwinObject], ...]) -> str:
        above = (*above, pair)
        ways = [both(reached(outer, above), c) for outer, c in before[pair] if outer not in above]
        return either(first.get(pair, "0"), *ways)

    return {pair: s.keep(reached(pair, ())) for pair in before}


def _contents(s: Scene, t: Scene, there: TwinObject, here: TwinObject) -> TwinPairs:
    found: TwinPairs = {}
    for i, slot in enumerate(s.cfg.resources[there[0]].slots):
        filled = both(negate(t.eq(("mode", *there, i), EMPTY)), negate(s.eq(("mode", *here, i), EMPTY)))
        left, right = ("content", *there, i), ("content", *here, i)
        for e in objects_of(t, left):
            for a in objects_of(s, right):
                pair = ((slot.target, e), (slot.target, a))
                found[pair] = either(found.get(pair, "0"), both(filled, t.eq(left, e), s.eq(right, a)))
    return {pair: c for pair, c in found.items() if c != "0"}
