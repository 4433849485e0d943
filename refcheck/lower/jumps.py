# SPDX-License-Identifier: GPL-2.0-only
"""What leaves blocks: their ends, break, continue, goto and return, with the guards that end on the way."""

from refcheck.base.diagnostics import near
from refcheck.base.named import NamedTuple
from refcheck.base.source import Span
from refcheck.graph import ops
from refcheck.lower.builder import Builder, Held, NamedCell, Scope
from refcheck.lower.calls import Calls
from refcheck.lower.labels import Enclosing, LabelMark, LabelMarks
from refcheck.syntax import ast, code, pretty


class Loop(NamedTuple):
    """What `break` and `continue` mean: where they go (-1: not here), and how much of what is open stays open."""

    after: int
    step: int
    kept: int


class Frame(NamedTuple):
    """What a body being lowered returns to: the location behind it (-1: the exit) and the cell for its value."""

    function: ast.FunctionDef
    after: int
    result: int
    marks: LabelMarks
    loops: list[Loop]


class Jumps(Calls):
    """Lowers the jumps of one function; the innermost frame is that of the body at hand, whose blocks are `scopes`."""

    def __init__(self, builder: Builder, may_sleep: bool) -> None:
        super().__init__(builder, may_sleep)
        self.frames: list[Frame] = []

    # -- what is open
    def open(self) -> list[Scope | Held]:
        """The blocks and guards around the statement at hand, outermost first."""
        found: list[Scope | Held] = []
        for scope in self.scopes:
            found += [scope, *scope.guards]
        return found

    def enter(self, node: code.Block | code.Switch, names: dict[str, NamedCell]) -> None:
        """Open a block."""
        passed = self.frames[-1].marks.passed
        declared = [s for s in node.body if isinstance(s, code.Declare) and id(s) in passed]
        self.scopes.append(Scope(node, names, {id(s): self.b.cell(s.name, s.type.name, "local") for s in declared}))

    def unwind(self, kept: int, span: Span, returning: bool = False) -> None:
        """Leave all but the first `kept` of what is open, which stays listed for the code behind a jump.

        Guards unlock; a variable that a jump back could find again has no value any more (a return finds it never).
        """
        first = len(self.b.edges)
        for x in reversed(self.open()[kept:]):
            if isinstance(x, Held):
                self.call(code.Call(x.unlock, (), span), -1, False)
            elif x.again and not returning:
                self.b.then(span, "the block ends", "join", tuple(map(ops.Forget, x.again.values())))
        self.b.implied.update(range(first, len(self.b.edges)))

    def guard(self, s: code.Guard) -> None:
        """`guard(x)();` is open to the end of its block; `scoped_guard(x)` is a loop of one round, as in the kernel."""
        if s.lock not in self.decl.guards:
            text = f"there is no guard `{s.lock}`"
            help_text = f"declare what enters and leaves it: guard {s.lock} = ENTERS, LEAVES;"
            raise self.b.fail("unknown-name", text, s.span, near(s.lock, list(self.decl.guards)) or help_text)
        g, kept = self.decl.guards[s.lock], len(self.open())
        self.call(code.Call(g.lock, (), s.span), -1, False)
        self.scopes[-1].guards.append(Held(s, g.unlock))
        if s.body is None:
            return
        after = self.b.location()
        self.frames[-1].loops.append(Loop(after, after, kept))
        self.arm(s.body, "scoped_guard")
        self.frames[-1].loops.pop()
        self.unwind(kept, s.span.last())
        self.scopes[-1].guards.pop()
        self.b.edge(after, s.span, "", "join")
        self.b.at = after

    def arm(self, s: code.Stmt, head: str) -> None:
        """Lower the statement that `if`, a loop or a guard governs (see statements.py)."""
        raise NotImplementedError

    # -- jumps
    def jump(self, kind: str, span: Span) -> None:
        """`break` or `continue`."""
        targets = [t for t in self.frames[-1].loops if kind == "break" or t.step >= 0]
        if not targets:
            raise self.b.fail("bad-jump", f"`{kind}` stands outside a loop", span, "write `return`, or `goto` a label")
        after, step, kept = targets[-1]
        self.unwind(kept, span)
        self.b.edge(after if kind == "break" else step, span, kind, "join", line=self.line)
        self.b.at = self.b.location()

    def goto(self, label: str, span: Span) -> None:
        """Leave the blocks that the label is not in; those that it is in are entered past their declarations."""
        labels = self.frames[-1].marks.labels
        if label not in labels:
            raise self.b.fail("bad-jump", f"there is no label `{label}`", span, near(label, list(labels)))
        mark = labels[label]
        self.unwind(self.reach(mark.chain, f"`goto {label}`", span), span)
        self.b.edge(mark.where, span, f"goto {label}", "join", line=self.line)
        self.b.at = self.b.location()

    def reach(self, chain: Enclosing, what: str, span: Span) -> int:
        """How much of what is open stays open on the way to a mark; InputError RC010 where a guard begins on the way."""
        here = [x.node for x in self.open()]
        kept = 0
        while kept < min(len(chain), len(here)) and chain[kept] is here[kept]:
            kept += 1
        passed = next((x for x in chain[kept:] if isinstance(x, code.Guard)), None)
        if passed is not None:
            text = f"{what} jumps into the scope of a guard, past the lock at {passed.span}"
            raise self.b.fail("bad-jump", text, span, "put the guard and what it guards into a block of their own")
        return kept

    def mark(self, s: code.Labelled | code.Case, text: str) -> None:
        """A label or case: control comes here from in front of it too."""
        where = self.frames[-1].marks.places[id(s)]
        self.b.edge(where, s.span, text, "join")
        self.b.at = where

    def cases(self, s: code.Switch, after: int) -> None:
        """One edge for each case of a switch; what is none of them goes to the default, or behind it."""
        subject = self.value(s.subject)
        if self.is_pointer(subject.type):
            text = f"`{pretty.expr(s.subject)}` is a pointer"
            raise self.b.fail("wrong-kind", text, s.span, "a switch takes a number; ask a pointer with `if`")
        if subject.cell < 0:
            constant = self.b.cell(pretty.expr(s.subject), "int", "temp")
            self.assign(constant, "int", subject, s.span, pretty.expr(s.subject))
            subject = subject._replace(cell=constant)
        elif self.b.cells[subject.cell].role != "temp":
            # It is read here, also where no case asks.
            read = self.b.location()
            self.b.edge(read, s.span, f"switch ({pretty.expr(s.subject)})", "join", (ops.CheckInit(subject.cell),))
            self.b.at = read
        seen: dict[int | None, Span] = {}
        marks = self.frames[-1].marks.cases.get(id(s), [])
        values = [self._case(m, seen) for m in marks]
        default = next((m.where for m, value in zip(marks, values, strict=True) if value is None), after)
        whole = subject.type in self.decl.enums and set(self.b.values_of(subject.type)) <= set(values)
        cases = [(m, value) for m, value in zip(marks, values, strict=True) if value is not None]
        for m, value in cases:
            guard: ops.Cond = ops.Cmp(subject.cell, "==", value)
            following = self.b.location()
            text = f"{pretty.expr(s.subject)} == {_case_text(m)}"
            self.b.edge(m.where, m.node.span, f"{text}: true", "branch", (), guard, "true", self.line)
            if whole and default == after and m is cases[-1][0]:
                return  # no member is left, and nobody wrote what is done with it
            self.b.edge(following, m.node.span, f"{text}: false", "branch", (), ops.Not(guard), "false", self.line)
            self.b.at = following
        self.b.edge(default, s.span, "default", "join")

    def _case(self, m: LabelMark, seen: dict[int | None, Span]) -> int | None:
        """The constant of a case, None for the default; InputError where it is none, or stands there twice."""
        assert isinstance(m.node, code.Case)
        span, value = m.node.span, None
        what = "default" if m.node.value is None else f"case {_case_text(m)}"
        if m.node.value is not None:
            other = self.value(m.node.value)
            if other.cell >= 0:
                raise self.b.fail("bad-jump", "a case needs a constant", span)
            value = other.value
        if value in seen:
            raise self.b.fail("duplicate-name", f"`{what}` stands there twice", span, f"first at {seen[value]}")
        seen[value] = span
        self.reach(m.chain, f"`{what}`", span)
        return value


def _case_text(m: LabelMark) -> str:
    return pretty.expr(m.node.value) if isinstance(m.node, code.Case) and m.node.value is not None else ""
