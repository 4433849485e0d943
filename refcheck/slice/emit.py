# SPDX-License-Identifier: GPL-2.0-only
"""What a function's slice is written into: statements in the order of evaluation, temporaries, pending touches."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from refcheck.base.named import NamedTuple
from refcheck.base.source import SourceFile, Span
from refcheck.c import tree as c
from refcheck.slice.facts import Known, Shows, names_of
from refcheck.slice.kinds import CKinds, TreeIndex
from refcheck.slice.left import Left
from refcheck.slice.macros import Macros
from refcheck.slice.paths import paths
from refcheck.slice.places import FieldPlaces
from refcheck.slice.scope import CScope
from refcheck.slice.sections import Sections
from refcheck.syntax import ast, code

_LONGEST_TEXT = 90
NOBODY_KNOWS = "unknown_int"
NO_RETURN = "no_return"  # the label behind BUG() and its kin
NO_CASE = "no_case_fits"  # stands where a switch without default has no case for a value that is not known
NOT_IN_C = frozenset((NOBODY_KNOWS, NO_CASE))  # callees of slices that no C text calls
BARRED = "barred"  # the doubt about a callee that leaves its callers without a verdict


class Val(NamedTuple):
    """A value: its expression, None where nothing is known of it, and its type in the model.

    `type` is a resource, `int`, `bool`, `null`, `void`, or empty where nothing is known.
    """

    expr: code.Expr | None
    type: str


UNKNOWN = Val(None, "")


class Assumption(NamedTuple):
    """Something that no source at hand says: of which kind, about what, and where it is rested on first."""

    kind: str
    text: str
    span: Span


class Setting(NamedTuple):
    """What the slices of one file share.

    `contracts` has the contracts that callers apply, declared and inferred; `lends` says of a callee whether its body
    is known to do nothing that a contract would speak of; `made` has the contracts that a slice comes to need.  `doubts`
    has functions of the file whose contract is in doubt: the kind of assumption that a caller makes, and its text; `shared`
    resources of which two acquisitions can be one object; `macros` what the macros of the tree do, `left` what functions of
    the file put of fields, `sections` what callees of headers do to sections.
    """

    kinds: CKinds
    tree: TreeIndex
    source: SourceFile
    contracts: Mapping[str, ast.ContractDef]
    guards: frozenset[str]
    lends: Callable[[str], bool]
    facts: Shows
    known: Known
    made: dict[str, ast.ContractDef]
    doubts: Mapping[str, tuple[str, str]]
    shared: frozenset[str]
    macros: Macros
    left: Left
    sections: Sections


class Emit:
    """Statements of one function as they are made."""

    def __init__(self, setting: Setting, function: c.CFunction) -> None:
        self.setting = setting
        self.kinds = setting.kinds
        self.function = function
        self.scope = CScope()
        self.out: list[code.Stmt] = []
        self.uses: dict[str, code.Expr] = {}
        self.assumed: dict[tuple[str, str], Assumption] = {}
        self.untouched: dict[str, Span] = {}
        self.calls: list[tuple[str, int]] = []
        self.shown: set[str] = {NOBODY_KNOWS}
        self.dereferenced = False  # the value at hand is, at once
        self.by_name: dict[str, set[str]] = {}  # the variables that containers of a kind are reached by
        self.followed: set[str] = set()  # kinds of objects that slots of containers hold, and those containers
        self.stable: dict[str, tuple[str, str]] = {}  # conditions that stay as they are: their variable, and how C has them
        self.paths = paths(self.kinds, function, setting.known.passing)
        self.drawn_as: dict[str, str] = {}
        self.places = FieldPlaces(self.kinds, function, setting.known, setting.facts)
        self.placed: dict[str, tuple[str, str]] = {}  # by place: the variables that have what it holds, and whether they do
        self.taken: dict[str, str] = {}  # elements of queues, and the variables that say what becomes of them
        self.temps: set[str] = set()
        self.error_codes: set[str] = set()  # of these, what PTR_ERR() gave
        self.addressed: dict[str, list[tuple[str, int, Span]]] = {}  # by variable, who is given its address, and where
        self.result = "void"
        self.other_names: dict[str, list[code.Expr]] = {}  # by struct: objects in which one lies that a callee returned

    # -- statements
    def emit(self, s: code.Stmt) -> None:
        """One more statement, behind the touches that were pending."""
        self.flush(s.span)
        self.out.append(s)

    def flush(self, span: Span) -> None:
        """Objects that the expression at hand has touched."""
        if self.uses:
            args, self.uses = tuple(self.uses.values()), {}
            self.out.append(code.Evaluate(code.Call("use", args, span), span.line, span))

    @contextmanager
    def captured(self) -> Iterator[list[code.Stmt]]:
        """What is emitted inside goes into a list of its own; touches that are pending inside are flushed there."""
        kept, self.out = self.out, []
        uses, self.uses = self.uses, {}
        yield self.out
        self.flush(self.out[-1].span if self.out else self.function.span)
        self.out, self.uses = kept, uses

    def touch(self, e: code.Expr | None) -> None:
        """The object behind a pointer is looked at by the expression at hand."""
        if isinstance(e, code.Name):
            self.uses.setdefault(e.name, e)

    # -- temporaries
    def temp(self, kind: str, init: code.Expr | None, span: Span) -> code.Name:
        """A variable of the model's own."""
        name = self.scope.fresh("t")
        self.temps.add(name)
        self.emit(code.Declare(code.Type(kind, False, span), name, init, span.line, span))
        return code.Name(name, span)

    def named(self, v: Val, span: Span) -> code.Expr:
        """The value as something that can be written twice: a name or a constant."""
        assert v.expr is not None
        if isinstance(v.expr, code.Name | code.Int | code.Errno | code.Null | code.Bool):
            return v.expr
        return self.temp(v.type, v.expr, span)

    # -- what is not known
    def any(self, kind: str, e: c.CExpr | None, span: Span) -> code.Expr:
        """Any value of a scalar type."""
        if kind == "bool":
            return code.Nondet(self.text(e.span if e is not None else span), (), span)
        self.setting.made.setdefault(NOBODY_KNOWS, unknown_int(span))
        return code.Call(NOBODY_KNOWS, (), span)

    def assume(self, kind: str, text: str, span: Span) -> None:
        """Note something that the verdict rests on."""
        self.assumed.setdefault((kind, text), Assumption(kind, text, span))

    def is_own(self, name: str) -> bool:
        """The file has a function of this name itself, which is not the kernel's."""
        return bool(self.setting.tree.own(name))

    def source(self, e: c.CExpr) -> str:
        """How facts name the source of a value: by the call or field that it comes from, else by its text."""
        named = next((n for n in names_of(self.setting.known, e) if ":" in n), "")
        return named or f"value:{self.text(e.span)}"

    def text(self, span: Span) -> str:
        """The C text of a place, in one line and fit for quotes."""
        lines = list(self.setting.source.lines()[span.line - 1 : span.end_line])
        if not lines:
            return "?"
        lines[-1] = lines[-1].expandtabs(1)[: span.end_col - 1]
        lines[0] = lines[0].expandtabs(1)[span.col - 1 :]
        whole = " ".join(" ".join(lines).split()).replace("\\", "/").replace('"', "'")
        return whole if len(whole) <= _LONGEST_TEXT else whole[: _LONGEST_TEXT - 3] + "..."


def unasked(span: Span) -> Span:
    """The place of a condition that the C text does not ask: empty, so that nobody is told that it decides nothing."""
    return span._replace(end_line=span.line, end_col=span.col)


def unknown_int(span: Span) -> ast.ContractDef:
    """What gives any integer."""
    return made_contract(NOBODY_KNOWS, "int", (), (ast.Values("any", (), (), span),), span)


def made_contract(
    name: str, result: str, params: tuple[ast.Param, ...], values: tuple[ast.Value, ...], span: Span,
    must_hold: tuple[ast.MustHold, ...] = (),
) -> ast.ContractDef:  # fmt: skip
    """A contract without effects that returns one of the values, an outcome each."""
    sig = ast.Signature(code.Type(result, False, span), name, params, must_hold, (), (), False, (), (), span)
    names = ("ok", "none", "fail", "other")
    outcomes = tuple(
        ast.Outcome(names[i], None, (ast.Effect("return", None, v, "", None, span),), span) for i, v in enumerate(values)
    )
    return ast.ContractDef(sig, outcomes or (ast.Outcome("ok", None, (), span),), span)
