# SPDX-License-Identifier: GPL-2.0-only
"""SMT-LIB 2 terms as texts, with constants folded.

A term is a Python int or bool (a constant) or a text of SMT-LIB 2 (the standard, version 2.6).  `Script` collects
definitions, so that shared terms are written once.  An integer term can be `Ranged`: the script asserts that it has one
of some values, so that comparisons with others are constants too.
"""

from collections.abc import Collection, Iterable

from refcheck.prove.encoding.ranged import Ranged

Term = int | bool | str


def lit(t: Term) -> str:
    """The text of a term."""
    if t is True:
        return "true"
    if t is False:
        return "false"
    if isinstance(t, int):
        return str(t) if t >= 0 else f"(- {-t})"
    return t


def values_of(t: Term) -> frozenset[int] | None:
    """The values that an integer term can have; None where they are not known."""
    if isinstance(t, Ranged):
        return t.values
    return None if isinstance(t, str) else frozenset((t,))


def eq(a: Term, b: Term) -> Term:
    """a = b."""
    if a == b:
        return True
    if isinstance(a, int) and isinstance(b, int):
        return False
    if isinstance(a, Ranged) or isinstance(b, Ranged):
        left, right = values_of(a), values_of(b)
        if left is not None and right is not None:
            if left.isdisjoint(right):
                return False
            if left == right and len(left) == 1:
                return True
    return f"(= {lit(a)} {lit(b)})"


def among(t: Term, values: Collection[int]) -> Term:
    """The integer is one of the values."""
    if isinstance(t, int):
        return t in values
    if isinstance(t, Ranged):
        if t.values.issubset(values):
            return True
        values = [v for v in values if v in t.values]
    return disj(*(f"(= {t} {lit(v)})" for v in values))


def neg(a: Term) -> Term:
    """not a."""
    if a is True:
        return False
    if a is False:
        return True
    return str(a)[5:-1] if str(a).startswith("(not ") else f"(not {lit(a)})"


def conj(*args: Term) -> Term:
    """The conjunction."""
    return every(args)


def every(args: Iterable[Term]) -> Term:
    """The conjunction; what follows a `False` is not looked at."""
    parts: dict[Term, None] = {}
    for a in args:
        if a is False:
            return False
        if a is not True:
            parts[a] = None
    if len(parts) < 2:
        return next(iter(parts)) if parts else True
    return f"(and {' '.join(map(lit, parts))})"


def disj(*args: Term) -> Term:
    """The disjunction."""
    return some(args)


def some(args: Iterable[Term]) -> Term:
    """The disjunction; what follows a `True` is not looked at."""
    parts: dict[Term, None] = {}
    for a in args:
        if a is True:
            return True
        if a is not False:
            parts[a] = None
    if len(parts) < 2:
        return next(iter(parts)) if parts else False
    return f"(or {' '.join(map(lit, parts))})"


def ite(c: Term, a: Term, b: Term) -> Term:
    """if c then a else b."""
    if c is True:
        return a
    if c is False or (type(a) is type(b) and a == b):
        return b
    text = f"(ite {lit(c)} {lit(a)} {lit(b)})"
    left, right = values_of(a), values_of(b)
    return text if left is None or right is None else Ranged(text, left | right)


def compare(op: str, a: Term, b: Term) -> Term:
    """The comparison `a op b` of integers."""
    if op == "==":
        return eq(a, b)
    if op == "!=":
        return neg(eq(a, b))
    if isinstance(b, int):
        if isinstance(a, int):
            return holds(op, a, b)
        if isinstance(a, Ranged):
            answers = {holds(op, v, b) for v in a.values}
            if len(answers) == 1:
                return answers.pop()
    return f"({op} {lit(a)} {lit(b)})"


def positive(a: Term) -> Term:
    """a > 0."""
    return a > 0 if isinstance(a, int) else compare(">", a, 0)


def holds(op: str, a: int, b: int) -> bool:
    """Whether `a op b` holds of two numbers."""
    if op == ">":
        return a > b
    if op == "<":
        return a < b
    return a <= b if op == "<=" else a >= b


def plus(*args: Term) -> Term:
    """The sum."""
    constant, rest = 0, list[str]()
    for a in args:
        if isinstance(a, int):
            constant += a
        else:
            rest.append(a)
    if not rest:
        return constant
    parts: list[Term] = [*rest, constant] if constant else [*rest]
    if len(parts) == 1:
        return rest[0]
    text = f"(+ {' '.join(map(lit, parts))})"
    return Ranged(text, (v + constant for v in rest[0].values)) if len(rest) == 1 and isinstance(rest[0], Ranged) else text


class Script:
    """Declarations and definitions of one obligation; names start with a prefix, so that obligations can be joined."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.lines: list[str] = []
        self.count = 0

    def variable(self, sort: str) -> str:
        """A new unconstrained symbol."""
        name = f"{self.prefix}v{self.count}"
        self.count += 1
        self.lines.append(f"(declare-fun {name} () {sort})")
        return name

    def choice(self, values: Collection[int]) -> str:
        """A new symbol that is one of the values."""
        name = self.variable("Int")
        self.lines.append(f"(assert {lit(among(name, values))})")
        return name

    def name(self, t: Term, sort: str = "Bool") -> Term:
        """A short name for a long term."""
        if not isinstance(t, str) or len(t) < 40:
            return t
        name = f"{self.prefix}t{self.count}"
        self.count += 1
        self.lines.append(f"(define-fun {name} () {sort} {t})")
        return Ranged(name, t.values) if isinstance(t, Ranged) else name


class RangedScript(Script):
    """A script that makes use of the values that its symbols can have."""

    def choice(self, values: Collection[int]) -> str:
        """A new symbol that is one of the values, and known to be."""
        return Ranged(super().choice(values), values)
