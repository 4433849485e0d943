# SPDX-License-Identifier: GPL-2.0-only
"""What is known before each operation, and the statements written so far.

A flow-sensitive analysis of the values that each part of the state can have: a set of integers per cell, level and
object field, joined where paths meet (Kildall 1973, doi 10.1145/512927.512945).  It is used to name objects statically
(one register, a handful of plain variables, for each place that makes an object, after Andersen's points-to sets), and
to leave out what is known.  The operations of export/operations.py run twice over the same code: until nothing new is
known, and once more to write the statements.
"""

from collections.abc import Callable, Iterable

from refcheck.base.diagnostics import InputError, error
from refcheck.export.known import ZERO, Possible, Question, default, join
from refcheck.export.plain import (
    CEILING,
    STOP,
    Assignment,
    Pick,
    PlainStmt,
    PlainVariable,
    Transition,
    claim,
    either,
    in_order,
    negate,
    when,
)
from refcheck.graph import ops
from refcheck.graph.cfg import CFG, UNINIT

FULL = {"refs": 3, "level": 9}
MOST_REGISTERS = 3_000
NARROW, WIDE = 30_000, 200_000


def _constants(cfg: CFG) -> set[int]:
    owed = sum((p.ops for p in cfg.promises), cfg.came.built)
    todo = [op for group in (owed, *(e.ops for e in cfg.edges)) for op in ops.flat(group)]
    fixed = {op.value for op in todo if isinstance(op, ops.Set)}
    return fixed.union(*(op.values for op in todo if isinstance(op, ops.Havoc)))


def _bounded(cfg: CFG) -> bool:
    """No path counts up to the limit: there is no loop, and few operations that count."""
    counting = sum(not isinstance(op, ops.Set | ops.Havoc) for e in cfg.edges for op in ops.flat(e.ops))
    arcs = {n: [Transition(e.dst, "1", (), False, ()) for e in out] for n, out in enumerate(cfg.out_edges())}
    order = in_order(arcs, cfg.start)
    height = {location: i for i, location in enumerate(order)}
    loops = any(e.src in height and height[e.dst] <= height[e.src] for e in cfg.edges)
    return not loops and counting < CEILING


class Scene:
    """State of the translation of one edge: `known`, and the statements in `code`.

    `stops` says that a statement can end the path, `ended` that every path ends; `valid` has the values that remain
    where the path goes on; `lost` are the objects that may have lost their last name.
    """

    prefix, collects = "v", True
    twin: "Scene | None" = None

    def __init__(self, cfg: CFG, names: dict[Question, PlainVariable]) -> None:
        self.cfg, self.names = cfg, names
        self.known: Possible = {}
        self.code: list[PlainStmt] = []
        self.widest = WIDE if any(NARROW < abs(v) < UNINIT for v in _constants(cfg)) else NARROW
        self.count = [0] * len(cfg.resources)
        self.bounded = _bounded(cfg)
        self.homes: dict[int, list[int]] = {}
        self.sites: dict[tuple[int, int], list[int]] = {}
        self.begin(0, {})

    def begin(self, edge: int, known: Possible) -> None:
        """Start an edge."""
        self.place = f"line {self.cfg.edges[edge].span.line}" if self.cfg.edges else ""
        self.edge, self.site, self.temps = edge, 0, 0
        self.known, self.code = dict(known), []
        self.stops, self.ended = False, False
        self.valid: dict[Question, frozenset[int]] = {}
        self.lost: set[tuple[int, int]] = set()

    def variables(self) -> list[PlainVariable]:
        """All variables that were asked for, those of the twin included."""
        return [*self.names.values(), *(self.twin.variables() if self.twin else [])]

    def forget_names(self) -> None:
        """Ask for variables anew."""
        self.names.clear()
        if self.twin:
            self.twin.forget_names()

    # -- values
    def get(self, key: Question) -> frozenset[int]:
        """The values that a part of the state can have; the largest of a count stands for all above."""
        return self.known.get(key) or default(key)

    def know(self, key: Question, values: Iterable[int]) -> None:
        """Set what is known, without a statement."""
        self.known[key] = frozenset(values)
        self.valid.pop(key, None)

    def var(self, key: Question) -> str:
        """The variable for a part of the state."""
        if key not in self.names:
            self.names[key] = PlainVariable(self._fresh(key), *self._bounds(key), self._describe(key))
        return self.names[key].name

    def _fresh(self, key: Question) -> str:
        kind, rest = key[0], key[1:]
        if kind == "level":
            text = self.cfg.contexts[int(rest[0])]
        elif kind in ("cell", "temp"):
            text = self.cfg.cells[int(rest[0])].name.replace("->", "_") if kind == "cell" else f"fits{rest[0]}"
        else:
            resource = self.cfg.resources[int(rest[0])]
            part = {"bit": "in", "mode": "has", "content": "slot"}.get(str(kind), str(kind))
            if kind == "bit":
                part += "_" + self.cfg.facts[resource.facts[int(rest[2])]].name
            elif len(rest) > 2:
                part = f"{resource.slots[int(rest[2])].name}_{part}"
            text = f"{resource.name}{rest[1]}_{part}"
        clean = "".join(c if c.isascii() and c.isalnum() else "_" for c in text).strip("_") or "x"
        used = {v.name.lower() for v in self.names.values()}
        name, i = f"{self.prefix}_{clean}", 2
        while name.lower() in used:
            name, i = f"{self.prefix}_{clean}_{i}", i + 1
        return name

    def _bounds(self, key: Question) -> tuple[int, int, int]:
        if key[0] == "cell":
            return -self.widest, self.widest, UNINIT
        if key[0] in ("bit", "temp"):
            return 0, 1, 0
        return 0, 2 * CEILING if key[0] in FULL else 2 * MOST_REGISTERS if key[0] in ("content", "owner") else 6, 0

    def _describe(self, key: Question) -> str:
        if key[0] == "cell":
            return f"{self.cfg.cells[int(key[1])].name} ({self.cfg.cells[int(key[1])].role})"
        return ""

    def decides(self, key: Question) -> bool:
        """Whether what is known of the part may be taken for granted: which objects pointers name, and what never changes.

        Counts, protections and levels are left to the other checkers: they are what assertions are about.
        """
        return key[0] in ("content", "owner") or self.get(key) == ZERO or (key[0] == "cell" and self._is_pointer(key))

    def _is_pointer(self, key: Question) -> bool:
        return self.cfg.cells[int(key[1])].kind == "ptr"

    def eq(self, key: Question, value: int) -> str:
        """Whether a part of the state has a value."""
        values = self.get(key)
        if value not in values:
            return "0"
        return "1" if len(values) == 1 and self.decides(key) else f"{self.var(key)} == {literal(value)}"

    def among(self, key: Question, wanted: Iterable[int]) -> str:
        """Whether a part of the state has one of the values."""
        values, good = self.get(key), frozenset(wanted)
        inside, outside = sorted(values & good), sorted(values - good)
        if len(outside) < len(inside) and (outside or self.decides(key)):
            return negate(either(*(self.eq(key, v) for v in outside)))
        return either(*(self.eq(key, v) for v in inside))

    def some(self, key: Question) -> str:
        """Whether a count is above 0, or a mark is set."""
        if self.get(key) == ZERO:
            return "0"
        return f"{self.var(key)} != 0" if key[0] == "bit" else f"{self.var(key)} > 0"

    def same(self, a: Question, b: Question) -> str:
        """Whether two parts of the state are equal."""
        x, y = self.get(a), self.get(b)
        if a == b or (x == y and len(x) == 1):
            return "1"
        return f"{self.var(a)} == {self.var(b)}" if x & y else "0"

    # -- statements
    def keep(self, expression: str) -> str:
        """The value that a condition has now, for later."""
        if expression.isidentifier() or expression in ("0", "1"):
            return expression
        self.temps += 1
        name = self.var(("temp", self.temps))
        self.code.append(Assignment(name, expression))
        return name

    def put(self, key: Question, value: int) -> None:
        """part = value."""
        if self.get(key) != frozenset((value,)) or value >= FULL.get(str(key[0]), 2 * UNINIT):
            self.code.append(Assignment(self.var(key), literal(value)))
        self.know(key, (value,))

    def put_from(self, key: Question, expression: str) -> None:
        """A mark = a condition."""
        if expression in ("0", "1"):
            self.put(key, int(expression))
        else:
            self.code.append(Assignment(self.var(key), expression))
            self.know(key, (0, 1))

    def pick(self, key: Question, values: Iterable[int]) -> None:
        """part = any of the values."""
        found = tuple(dict.fromkeys(values))
        self.code.append(Pick(self.var(key), tuple(literal(v) for v in found)))
        self.know(key, found)

    def add(self, key: Question) -> None:
        """part = part + 1; what could grow without end is stopped, and said so, far above what a model needs."""
        full, values = FULL[str(key[0])], self.get(key)
        if full in values and not self.bounded:
            text = f"a count grows past {CEILING}: nothing can be said"
            self.branch(f"{self.var(key)} >= {CEILING}", lambda: self.claim("limit", "0", text, ends=True))
        if len(values) == 1 and full not in values:
            self.put(key, min(values) + 1)
            return
        self.code.append(Assignment(self.var(key), f"{self.var(key)} + 1"))
        self.know(key, {min(v + 1, full) for v in values})

    def sub(self, key: Question) -> None:
        """part = part - 1, where it is above 0."""
        full, values = FULL[str(key[0])], self.get(key)
        if len(values) == 1 and full not in values:
            self.put(key, min(values) - 1)
            return
        self.code.append(Assignment(self.var(key), f"{self.var(key)} - 1"))
        self.know(key, {v - 1 for v in values if v > 0} | ({full} & values))

    def claim(self, prop: str, cond: str, what: str, ends: bool = False) -> None:
        """An assertion; where `ends` is set, the path ends with the edge where it fails."""
        if cond == "1":
            return
        self.code += claim(prop, cond, f"{what} ({self.place})")
        if ends:
            self.code += when(negate(cond), [Assignment(STOP, "1")])
            self.stops = True

    def branch(
        self, cond: str, then: Callable[[], None], other: Callable[[], None] = lambda: None,
        yes: Possible | None = None, no: Possible | None = None,
    ) -> None:  # fmt: skip
        """If the condition holds do `then`, else `other`; `yes` and `no` are what is known in them besides."""
        if cond in ("0", "1"):
            (then if cond == "1" else other)()
            return
        code, before, valid = self.code, self.known, dict(self.valid)
        arms = []
        for arm, more in ((then, yes), (other, no)):
            self.code, self.known, self.valid = [], {**before, **(more or {})}, dict(valid)
            arm()
            arms.append((self.code, self.known, self.valid))
        (first, a, va), (second, b, vb) = arms
        self.code = code + when(cond, first, second)
        self.known = join(a, b)
        self.valid = {k: v for k, v in valid.items() if k in va and k in vb}

    def each(
        self, key: Question, do: Callable[[int], None], among: Callable[[int], bool] = lambda v: 0 < v < UNINIT
    ) -> None:
        """Once for each object that a part of the state can name, where it names that one."""
        regs = sorted(v for v in self.get(key) if among(v))
        code, before, valid, left = self.code, self.known, dict(self.valid), self.get(key)
        arms: list[tuple[str, list[PlainStmt], Possible, dict[Question, frozenset[int]]]] = []
        for r in regs:
            cond = "1" if left == {r} and self.decides(key) else f"{self.var(key)} == {r}"
            self.code, self.known, self.valid = [], {**before, key: frozenset((r,))}, dict(valid)
            do(r)
            arms.append((cond, self.code, self.known, self.valid))
            left -= {r}
        chain: list[PlainStmt] = []
        self.known = {**before, key: left} if left or not arms else arms[-1][2]
        for cond, inner, known, _ in reversed(arms):
            chain = when(cond, inner, chain)
            self.known = join(known, self.known)
        self.code = code + chain
        self.valid = {k: v for k, v in valid.items() if all(k in a[3] for a in arms)}

    def registers(self, kind: int) -> list[int]:
        """The objects of a resource that may exist."""
        return [r for r in range(1, self.count[kind] + 1) if 1 in self.get(("live", kind, r))]

    def grow(self, kind: int, home: list[int]) -> int:
        """One more register for a resource, for objects that are made in one variable."""
        self.count[kind] += 1
        home.append(self.count[kind])
        if self.count[kind] > MOST_REGISTERS:
            text = f"more than {MOST_REGISTERS} objects of `{self.cfg.resources[kind].name}` at once cannot be exported"
            raise InputError([error("unsupported", text, self.cfg.span, "split the function")])
        return self.count[kind]


def literal(value: int) -> str:
    """A value as the exported programs write it."""
    return "UNSET" if value == UNINIT else str(value)

