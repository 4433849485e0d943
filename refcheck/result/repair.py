# SPDX-License-Identifier: GPL-2.0-only
"""What might mend a finding, as changes of the model's text; none of it is believed before it is verified (run/mend.py).

A repair puts a statement where the path breaks, takes one away, or moves one: what is missing is released, entered or tested
in front of it; what is done twice is not done there; what comes too early comes behind it.  Where a path may only have
borrowed what it releases, a flag that tells a hold from a borrow is asked first.
"""

from collections.abc import Callable, Iterator
from itertools import islice

from refcheck.base.named import NamedTuple
from refcheck.base.source import SourceFile
from refcheck.graph import ops
from refcheck.graph.cfg import CFG, Edge
from refcheck.meaning.state import State
from refcheck.result.describe import cell_name, object_of
from refcheck.result.surgery import StatementPath, Surgery
from refcheck.result.verbs import Verbs
from refcheck.syntax import ast, code
from refcheck.verdict.verdict import Certificate, Trace

MOST = 10
_LEAVES = (code.Jump, code.Goto, code.Return)


class Repair(NamedTuple):
    """What to do in words, and the text of the model in which it is done."""

    words: str
    text: str


class Breakage(NamedTuple):
    """A trace that breaks a property: of which variable, in which function of which text, and what could be called."""

    cfg: CFG
    trace: Trace
    certificate: Certificate | None
    name: str
    source: SourceFile
    function: ast.FunctionDef
    verbs: Verbs


def repairs(b: Breakage) -> Iterator[Repair]:
    """What might mend it, the likeliest first; nothing where the path breaks in a callee or in another file."""
    edge = b.trace.steps[-1].edge
    if edge.stack[1:] or edge.span.path != b.source.path:
        return iter(())
    return islice(_once(_Proposals(b).all(), b.source.text), MOST)


def _once(found: Iterator[Repair], text: str) -> Iterator[Repair]:
    """Those that make another text each."""
    seen = {text}
    for r in found:
        if r.text not in seen:
            seen.add(r.text)
            yield r


class _Proposals:
    """What could be done about one trace."""

    def __init__(self, b: Breakage) -> None:
        self.b, self.cfg, self.trace, self.name, self.verbs = b, b.cfg, b.trace, b.name, b.verbs
        self.edge, self.v = b.trace.steps[-1].edge, b.trace.violation
        self.surgery = Surgery(b.source.text, b.function)
        self.here = self.surgery.statement(self.edge.span)
        self.cell = next((i for i, c in enumerate(b.cfg.cells) if c.kind == "ptr" and cell_name(b.cfg, i) == b.name), -1)

    def all(self) -> Iterator[Repair]:
        """The proposals for this kind of finding."""
        kinds: dict[str, Callable[[], Iterator[Repair]]] = {
            "leaked-ref": self._leak, "release-of-borrowed": self._not_held, "double-release": self._twice,
            "use-after-release": self._too_late, "use-after-consume": self._too_late, "noref-escape": self._escapes,
            "bad-pointer": self._bad_pointer, "missing-context": self._context, "unbalanced-context": self._unbalanced,
            "broken-contract": self._contract,
        }  # fmt: skip
        return kinds.get(self.v.property, lambda: iter(()))()

    # ------------------------------------------------------------------------------------------ where

    def _front(self, words: str, *added: str, at: StatementPath | None = None) -> Iterator[Repair]:
        """Statements in front of where the path breaks, or of another place."""
        path = self.here if at is None else at
        if path:
            yield Repair(words, self.surgery.before(path, added))
        elif self.edge.kind == "exit":
            yield Repair(words, self.surgery.at_end(added))

    def _line(self, path: StatementPath) -> str:
        """Where a statement is, if it is not where the path breaks."""
        line = path[-1].span.line
        return "" if line == self.edge.span.line else f" (line {line})"

    def _without(self, words: str, path: StatementPath) -> Iterator[Repair]:
        if path and isinstance(path[-1], code.Evaluate):
            yield Repair(f"{words}: drop `{self.surgery.written(path[-1])}`{self._line(path)}", self.surgery.without(path))

    def _path_of(self, edge: Edge) -> StatementPath:
        inside = edge.stack[1:] or edge.span.path != self.b.source.path
        return () if inside else self.surgery.statement(edge.span)

    def _ways(self) -> Iterator[StatementPath]:
        """The jumps by which the path may have come to where it breaks, from the arms of its last conditions."""
        for step in reversed(self.trace.steps[-8:]):
            path = self._path_of(step.edge)
            last = path[-1] if path else None
            arms: list[code.Stmt | None] = []
            if isinstance(last, code.If):
                arms = [last.then, last.orelse]
            elif isinstance(last, code.Switch):
                arms = [s for s in last.body if isinstance(s, code.Block | code.Jump | code.Goto)]
            for arm in arms:
                ends = arm.body[-1] if isinstance(arm, code.Block) and arm.body else arm
                if isinstance(ends, code.Jump | code.Goto):
                    yield (*path, ends)

    def _earlier(self, wanted: Callable[[ops.Op], bool]) -> Iterator[StatementPath]:
        """The statements of the trace whose edges do something, the last one first."""
        for step in reversed(self.trace.steps[:-1]):
            if any(wanted(op) for op in ops.flat(step.edge.ops)) and (path := self._path_of(step.edge)):
                yield path

    # ------------------------------------------------------------------------------------------ what

    def _call(self, verb: str, of: str, argument: str = "") -> str:
        """The call of what does that; empty where nothing does."""
        names = self.verbs.get((verb, of), ())
        return f"{names[0]}({argument});" if names else ""

    def _resource(self) -> str:
        return self.cfg.resources[self.cfg.cells[self.cell].resource].name if self.cell >= 0 else self.v.detail

    def _release(self) -> str:
        return self._call("release", self._resource(), self.name)

    def _guards(self) -> list[str]:
        """Conditions that may tell a hold from a borrow, an object from none; empty first where it is always held."""
        flag = self._flag()
        bools = [c for c in self.cfg.cells if c.kind == "bool" and c.function == self.cfg.function]
        names = [f"*{c.name}" if c.role == "out" else c.name for c in bools if c.role in ("local", "param", "out")]
        told = [flag] if flag else []
        told += [t for n in names[:3] for t in (f"!{n}", n)]
        told += [f"!IS_ERR_OR_NULL({self.name})", self.name]
        return ["", *told] if self._held() == {True} else [*told[:1], "", *told[1:]]

    def _held(self) -> set[bool]:
        """Whether the object behind the variable is held, over all states that can be at the place."""
        states = self.b.certificate.states[self.edge.src] if self.b.certificate and not self.b.certificate.refinement else ()
        return {_holds(self.cfg, self.cell, s) for s in states} if self.cell >= 0 else set()

    def _leak(self) -> Iterator[Repair]:
        if self.v.reason in ("owned-slot-overwritten", "lost-with-memory"):
            slot = self.v.detail
            if drop := self._call("drop", f"{self._resource()}.{slot}", self.name):
                yield from self._front(f"drop it first: {drop}", drop)
            return
        release = self._release()
        places: list[StatementPath | None] = [None, *islice(self._ways(), 3)]
        for guard in self._guards() if release and not self.name.endswith(")") else ():
            text = f"if ({guard})\n\t{release}" if guard else release
            shown = f"if ({guard}) {release}" if guard else release
            for place in places:
                where = self._line(place) if place else ""
                yield from self._front(f"release it first: {shown}{where}", text, at=place)

    def _not_held(self) -> Iterator[Repair]:
        if self.v.reason != "given-back":
            return
        for guard in self._guards():
            if guard and self.here and isinstance(self.here[-1], code.Evaluate):
                shown = f"if ({guard}) {self.surgery.written(self.here[-1])}"
                yield Repair(f"release only what is held: {shown}", self.surgery.guarded(self.here, guard))
        yield from self._without("it is not this path's to release", self.here)

    def _twice(self) -> Iterator[Repair]:
        yield from self._without("it was released before", self.here)
        yield from self._cleared()
        for path in islice(self._earlier(lambda op: isinstance(op, ops.Release)), 2):
            yield from self._without("it is released behind this", path)

    def _cleared(self) -> Iterator[Repair]:
        """The variable names nothing any more behind what gives its object away."""
        gone = self._earlier(lambda op: isinstance(op, ops.Release | ops.Consume | ops.PutSlot))
        for path in islice(gone if "->" not in self.name else (), 3):
            if isinstance(path[-1], code.Evaluate | code.Assign):
                words = f"clear it where it is given away: {self.name} = NULL;{self._line(path)}"
                yield Repair(words, self.surgery.behind(path, [f"{self.name} = NULL;"]))

    def _too_late(self) -> Iterator[Repair]:
        if self.v.reason == "given-back-again":
            yield from self._without("it was given away before", self.here)
            yield from self._cleared()
            return
        gone = self._earlier(lambda op: isinstance(op, ops.Release | ops.Consume | ops.Free | ops.DropSlot))
        for path in islice(gone, 2):
            yield from self._behind(path)

    def _behind(self, path: StatementPath) -> Iterator[Repair]:
        stays = all(isinstance(s, code.Block) or s in self.here for s in path[:-1])  # in the branch that it is in
        if stays and self.here[-1:] not in ((), path[-1:]) and isinstance(path[-1], code.Evaluate):
            words = f"move `{self.surgery.written(path[-1])}`{self._line(path)} behind this"
            if not isinstance(self.here[-1], _LEAVES):
                yield Repair(words, self.surgery.moved(path, self.here))

    def _escapes(self) -> Iterator[Repair]:
        if self.v.reason == "queued":
            slot = f"{self._resource()}.{self.v.detail}"
            for verb in ("try_hold", "hold"):
                if call := self._call(verb, slot, self.name):
                    yield from self._front(f"turn the borrow into a reference first: {call}", call)
        for path in islice(self._earlier(lambda op: isinstance(op, ops.Leave)), 2):
            yield from self._behind(path)

    def _bad_pointer(self) -> Iterator[Repair]:
        result = self.b.function.sig.result.name
        if self.v.reason == "uninitialised":
            kinds = {c.name: c.kind for c in self.cfg.cells if c.function == self.cfg.function}
            value = {"ptr": "NULL", "bool": "false"}.get(kinds.get(self.name, ""), "0")
            words = f"give it a value where it is declared: {self.name} = {value}"
            yield Repair(words, self.surgery.initialised(self.name, value))
        if self.cell < 0 or self.cfg.cells[self.cell].role not in ("local", "param"):
            return
        test = {"err-ptr": f"IS_ERR({self.name})", "null": f"!{self.name}"}.get(self.v.reason)
        values = {"void": "", "int": f" PTR_ERR({self.name})" if self.v.reason == "err-ptr" else " -ENOMEM"}
        if test is None:
            return
        back = values.get(result, f" {self.name}" if result == self._resource() else " NULL")
        for answer in dict.fromkeys((f"return{back};", f"return{back.replace('ENOMEM', 'EINVAL')};")):
            yield from self._front(f"test it first: if ({test}) {answer}", f"if ({test})\n\t{answer}")
        if self.here and isinstance(self.here[-1], code.Evaluate):
            shown = f"if (!{test}) {self.surgery.written(self.here[-1])}".replace("!!", "")
            yield Repair(f"test it first: {shown}", self.surgery.guarded(self.here, f"!{test}".replace("!!", "")))

    def _context(self) -> Iterator[Repair]:
        if self.v.reason == "may-sleep":
            for path in islice(self._earlier(lambda op: isinstance(op, ops.Enter)), 1):
                yield from self._behind(path)
            if not self.b.function.sig.may_sleep:
                words = f"say it of the function, so that its callers are asked: {self.cfg.function}(...) __may_sleep"
                yield Repair(words, self.surgery.signed("__may_sleep"))
            return
        wanted = self.v.detail.partition(": ")[2].split(" or ")
        made = {f.name: [self.cfg.contexts[c] for c in f.contexts] for f in self.cfg.facts}
        for context in [c for fact in wanted for c in made.get(fact, [fact])][:3]:
            enter, leave = self._call("enter", context), self._call("leave", context)
            if enter and leave and self.here and not isinstance(self.here[-1], code.Declare):
                words = f"enter it around the call: {enter} ... {leave}"
                yield Repair(words, self.surgery.around(self.here, [enter], [leave]))

    def _unbalanced(self) -> Iterator[Repair]:
        if self.v.reason == "closed-twice":
            yield from self._without("it is not entered here", self.here)
            return
        context = self.v.detail or self.name
        for verb in ("leave", "enter"):
            if call := self._call(verb, context):
                yield from self._front(f"{verb} it first: {call}", call)

    def _contract(self) -> Iterator[Repair]:
        if self.v.reason == "given-away":
            for path in islice(self._earlier(lambda op: isinstance(op, ops.Release)), 2):
                yield from self._without("the contract leaves it to the caller", path)
        if self.v.reason == "slot":
            slot = self.v.detail.partition(": ")[0]
            if drop := self._call("drop", f"{self._resource()}.{slot}", self.name):
                yield from self._front(f"drop it first: {drop}", drop)

    def _flag(self) -> str:
        """The condition under which the variable is held, `!noref` say; empty where no flag tells.

        That is a flag that every outcome of the acquiring call sets, that nothing else writes, and whose value differs
        exactly where the outcome lends instead of gives.
        """
        calls = [s.edge for s in self.trace.steps if any(_makes(op, self.cell) for op in ops.flat(s.edge.ops))]
        if not calls or not calls[-1].callee:
            return ""
        outcomes = [e for e in self.cfg.edges if (e.src, e.callee) == (calls[-1].src, calls[-1].callee)]
        numbers = {e.number for e in outcomes}
        made = ((e, op) for e in outcomes for op in ops.flat(e.ops))
        ways = {e.number: op.how for e, op in made if isinstance(op, ops.New) and op.cell == self.cell}
        for i, c in enumerate(self.cfg.cells):
            if c.kind != "bool" or c.role not in ("local", "param") or cell_name(self.cfg, i) != c.name:
                continue
            if any(e.number not in numbers and any(_writes(op, i) for op in ops.flat(e.ops)) for e in self.cfg.edges):
                continue
            told = {(ways[e.number] == "hold", op.value) for e in outcomes if e.number in ways
                    for op in ops.flat(e.ops) if isinstance(op, ops.Set) and op.cell == i}  # fmt: skip
            if len(told) == len({h for h, _ in told}) == len({v for _, v in told}) == 2:
                return c.name if dict(told)[True] else f"!{c.name}"
        return ""


def _holds(cfg: CFG, cell: int, state: State) -> bool:
    obj = object_of(state, (cfg.cells[cell].resource, state.cells[cell]))
    return obj is not None and obj.refs > 0


def _makes(op: ops.Op, cell: int) -> bool:
    return isinstance(op, ops.New) and op.cell == cell


def _writes(op: ops.Op, cell: int) -> bool:
    return isinstance(op, ops.Set | ops.Copy | ops.Havoc) and op.cell == cell
