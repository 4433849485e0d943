"""SMT-LIB 2 terms as texts, with constants folded.

A term is a Python int or bool (a constant) or a text of SMT-LIB 2 (the standard, version 2.6).  `Script` collects
definitions, so that shared terms are written once.
"""

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


def eq(a: Term, b: Term) -> Term:
    """a = b."""
    if isinstance(a, int) and isinstance(b, int):
        return a == b
    return True if a == b else f"(= {lit(a)} {lit(b)})"


def neg(a: Term) -> Term:
    """not a."""
    if isinstance(a, bool):
        return not a
    return str(a)[5:-1] if str(a).startswith("(not ") else f"(not {lit(a)})"


def conj(*args: Term) -> Term:
    """The conjunction."""
    if False in args:
        return False
    parts = [a for a in args if a is not True]
    if len(parts) < 2:
        return parts[0] if parts else True
    return f"(and {' '.join(map(lit, parts))})"


def disj(*args: Term) -> Term:
    """The disjunction."""
    if True in args:
        return True
    parts = [a for a in args if a is not False]
    if len(parts) < 2:
        return parts[0] if parts else False
    return f"(or {' '.join(map(lit, parts))})"


def ite(c: Term, a: Term, b: Term) -> Term:
    """if c then a else b."""
    if c is True:
        return a
    if c is False or (type(a) is type(b) and a == b):
        return b
    return f"(ite {lit(c)} {lit(a)} {lit(b)})"


def compare(op: str, a: Term, b: Term) -> Term:
    """The comparison `a op b` of integers."""
    if op == "==":
        return eq(a, b)
    if op == "!=":
        return neg(eq(a, b))
    if isinstance(a, int) and isinstance(b, int):
        return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[op]
    return f"({op} {lit(a)} {lit(b)})"


def plus(*args: Term) -> Term:
    """The sum."""
    constant = sum(a for a in args if isinstance(a, int))
    rest = [a for a in args if not isinstance(a, int)]
    if not rest:
        return constant
    parts: list[Term] = [*rest, constant] if constant else [*rest]
    return rest[0] if len(parts) == 1 else f"(+ {' '.join(map(lit, parts))})"


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

    def name(self, t: Term, sort: str = "Bool") -> Term:
        """A short name for a long term."""
        if not isinstance(t, str) or len(t) < 40:
            return t
        name = f"{self.prefix}t{self.count}"
        self.count += 1
        self.lines.append(f"(define-fun {name} () {sort} {t})")
        return name
