# SPDX-License-Identifier: GPL-2.0-only
"""Mutants of contracts: what a reader of the kernel source gets wrong about a callee.

An outcome that was overlooked, results or conditions that were mixed up, a reference taken for a borrow, an effect that is
missing, a requirement that nobody wrote down.
"""

from collections.abc import Iterator

from refcheck.base.named import NamedTuple
from refcheck.base.source import Span
from refcheck.mutation.trees import Text, TextEdit, TreePath, plain, put, squeezed
from refcheck.syntax import ast, code
from refcheck.syntax.pretty import expr as shown
from refcheck.unit.declare import Declarations

OPERATORS = {
    "drop-outcome": "an outcome is missing",
    "swap-results": "two outcomes return each other's results",
    "swap-conditions": "two outcomes have each other's conditions",
    "borrow-for-hold": "a result that is given is said to be lent",
    "hold-for-borrow": "a result that is lent is said to be given",
    "drop-effect": "an effect of an outcome is missing",
    "drop-when": "an effect happens whatever its condition says",
    "flip-when": "the condition of an effect is the wrong way round",
    "flip-out": "an out-flag is written the wrong way round",
    "sync-for-queue": "a callee that queues is said to be done when it returns",
    "drop-must-hold": "a context that is needed is not asked for",
    "drop-requires": "a precondition is not asked for",
    "drop-counted": "an argument need not be counted",
    "drop-nullable": "an argument must not be NULL",
    "drop-may-sleep": "a callee that sleeps is said not to",
}

WithContract = ast.FunctionDef | ast.ContractDef


class ContractChange(NamedTuple):
    """One mutant of a contract: the operator, the text that names the place, the new item, the edits, the place."""

    operator: str
    anchor: str
    item: WithContract
    edits: tuple[TextEdit, ...]
    span: Span


class Contracts:
    """The mutants of one item's signature and outcomes."""

    def __init__(self, decl: Declarations, item: WithContract, text: Text) -> None:
        self.decl = decl
        self.item = item
        self.text = text
        self.field = 1
        self.outcomes = (item.contract or ()) if isinstance(item, ast.FunctionDef) else item.outcomes

    def all(self) -> Iterator[ContractChange]:
        """All mutants, in the order of the text."""
        yield from self._signature()
        for i, o in enumerate(self.outcomes):
            yield from self._outcome(i, o)
            if i + 1 < len(self.outcomes):
                yield from self._pair(i, o, self.outcomes[i + 1])

    def _change(
        self, operator: str, anchor: str, path: TreePath, new: object, edits: tuple[TextEdit, ...], span: Span
    ) -> ContractChange:
        item = put(self.item, path, new)
        assert isinstance(item, ast.FunctionDef | ast.ContractDef)
        return ContractChange(operator, squeezed(anchor), item, edits, span)

    # -- signatures
    def _signature(self) -> Iterator[ContractChange]:
        sig, t = self.item.sig, self.text
        for p, param in enumerate(sig.params):
            for attr, operator in (("__counted", "drop-counted"), ("__nullable", "drop-nullable")):
                if attr in param.attrs:
                    words = t.of(param.span)
                    new = param._replace(attrs=tuple(a for a in param.attrs if a != attr))
                    edit = TextEdit(t.start(param.span), t.end(param.span), " ".join(words.replace(attr, "").split()))
                    yield self._change(operator, words, (0, 2, p), new, (edit,), param.span)
        for m, must in enumerate(sig.must_hold):
            new_must = (*sig.must_hold[:m], *sig.must_hold[m + 1 :])
            words = " | ".join(must.facts) + (f" if {shown(must.when)}" if must.when else "")
            edits = self._attribute("__must_hold", must.span)
            yield self._change("drop-must-hold", words, (0,), sig._replace(must_hold=new_must), edits, must.span)
        for r, (prop, asked) in enumerate(sig.requires):
            new_requires = (*sig.requires[:r], *sig.requires[r + 1 :])
            edits = self._attribute("__requires", asked.span)
            new_sig = sig._replace(requires=new_requires)
            words = shown(asked) + ("" if prop == "broken-contract" else f" ({prop})")
            yield self._change("drop-requires", words, (0,), new_sig, edits, asked.span)
        if sig.may_sleep:
            start = t.text.index("__may_sleep", t.start(sig.span))
            edit = TextEdit(start, start + len("__may_sleep"), "")
            yield self._change("drop-may-sleep", sig.name, (0,), sig._replace(may_sleep=False), (edit,), sig.span)

    def _attribute(self, word: str, inner: Span) -> tuple[TextEdit, ...]:
        """The edit that takes an attribute away, or its part of a list and the comma."""
        text, start, end = self.text.text, self.text.start(inner), self.text.end(inner)
        opening = text.rindex(word, 0, start)
        depth, close = 0, end
        for close in range(text.index("(", opening), len(text)):
            depth += {"(": 1, ")": -1}.get(text[close], 0)
            if not depth:
                break
        before, after = text[:start].rstrip(), text[end:]
        if word == "__must_hold" and before.endswith(","):
            return (TextEdit(len(before) - 1, end, ""),)
        if word == "__must_hold" and after.lstrip().startswith(","):
            return (TextEdit(start, end + after.index(",") + 1, ""),)
        return (TextEdit(opening, close + 1, ""),)

    # -- outcomes
    def _path(self, i: int) -> TreePath:
        return (self.field, i)

    def _outcome(self, i: int, o: ast.Outcome) -> Iterator[ContractChange]:
        t = self.text
        if len(self.outcomes) > 1:
            rest = (*self.outcomes[:i], *self.outcomes[i + 1 :])
            edit = TextEdit(t.start(o.span), t.end(o.span), "")
            yield self._change("drop-outcome", o.name, (self.field,), rest, (edit,), o.span)
        for n, e in enumerate(o.effects):
            yield from self._effect((*self._path(i), 2, n), o, n, e)

    def _effect(self, path: TreePath, o: ast.Outcome, n: int, e: ast.Effect) -> Iterator[ContractChange]:
        t, words = self.text, f"{o.name}: {self.text.of(e.span)}"
        if e.verb != "return":
            rest = (*o.effects[:n], *o.effects[n + 1 :])
            yield self._change("drop-effect", words, path[:-1], rest, (self._without(o, n),), e.span)
        if e.when is not None:
            start = t.start(e.when.span)
            keyword = max(t.text.rfind("if", 0, start), t.text.rfind("unless", 0, start))
            edit = TextEdit(keyword, t.end(e.span), "")
            yield self._change("drop-when", words, path, e._replace(when=None), (edit,), e.span)
            unless = t.text.startswith("unless", keyword)
            other = e.when.arg if isinstance(e.when, code.LogicalNot) and unless else code.LogicalNot(e.when, e.when.span)  # type: ignore[arg-type]
            word = TextEdit(keyword, keyword + (6 if unless else 2), "if" if unless else "unless")
            yield self._change("flip-when", words, path, e._replace(when=other), (word,), e.span)  # type: ignore[arg-type]
        match e.value:
            case ast.Fresh("hold") as value:
                fact = self._lent_by(e)
                if fact:
                    new = value._replace(how="borrow", until=(fact,))
                    yield self._value("borrow-for-hold", words, path, e, new, f"borrow({fact})")
            case ast.Fresh() as value:
                yield self._value("hold-for-borrow", words, path, e, value._replace(how="hold", until=()), "hold")
            case code.Bool(value=value) as flag if e.verb == "set":
                other = flag._replace(value=not value)
                yield self._value("flip-out", words, path, e, other, shown(other))
            case _:
                pass
        if e.verb == "queue":
            start = t.start(e.span)
            edit = TextEdit(start, start + len("queue"), "consume")
            yield self._change("sync-for-queue", words, path, e._replace(verb="consume"), (edit,), e.span)

    def _value(self, operator: str, words: str, path: TreePath, e: ast.Effect, new: ast.Value, text: str) -> ContractChange:
        assert e.value is not None
        edit = TextEdit(self.text.start(e.value.span), self.text.end(e.value.span), text)
        return self._change(operator, words, path, e._replace(value=new), (edit,), e.span)

    def _lent_by(self, e: ast.Effect) -> str:
        """The fact that a borrow of this effect's resource rests on: the one its free waits for, else the first."""
        kind = self.item.sig.result.name
        if e.place is not None:
            kind = next((p.type.name for p in self.item.sig.params if p.name == e.place.name), "")
            if e.place.slot and kind in self.decl.resources:
                kind = next((s.target for s in self.decl.resources[kind].slots if s.name == e.place.slot), "")
        resource = self.decl.resources.get(kind)
        if resource is None:
            return ""
        return resource.freed_after or next(iter(self.decl.facts), "")

    def _without(self, o: ast.Outcome, n: int) -> TextEdit:
        """The edit that takes an effect away, with the comma beside it."""
        t, e = self.text, o.effects[n]
        if n + 1 < len(o.effects):
            return TextEdit(t.start(e.span), t.start(o.effects[n + 1].span), "")
        if n:
            return TextEdit(t.end(o.effects[n - 1].span), t.end(e.span), "")
        return TextEdit(t.start(e.span), t.end(e.span), "")

    def _pair(self, i: int, a: ast.Outcome, b: ast.Outcome) -> Iterator[ContractChange]:
        """Two outcomes that stand beside each other exchange what they return, or when they happen."""
        names = f"{a.name}, {b.name}"
        ra, rb = (next((n for n, e in enumerate(o.effects) if e.verb == "return"), -1) for o in (a, b))
        t = self.text
        if ra >= 0 and rb >= 0 and t.of(a.effects[ra].span) != t.of(b.effects[rb].span) and self._differ(a, b, ra, rb):
            x, y = a.effects[ra], b.effects[rb]
            one = a._replace(effects=(*a.effects[:ra], y, *a.effects[ra + 1 :]))
            two = b._replace(effects=(*b.effects[:rb], x, *b.effects[rb + 1 :]))
            edits = tuple(TextEdit(t.start(old.span), t.end(old.span), t.of(new.span)) for old, new in ((x, y), (y, x)))
            yield self._change("swap-results", names, (self.field,), self._with(i, one, two), edits, a.span)
        if a.when is not None and b.when is not None and shown(a.when) != shown(b.when):
            one, two = a._replace(when=b.when), b._replace(when=a.when)
            wa, wb = a.when.span, b.when.span
            edits = (TextEdit(t.start(wa), t.end(wa), t.of(wb)), TextEdit(t.start(wb), t.end(wb), t.of(wa)))
            yield self._change("swap-conditions", names, (self.field,), self._with(i, one, two), edits, a.span)

    def _with(self, i: int, one: ast.Outcome, two: ast.Outcome) -> tuple[ast.Outcome, ...]:
        return (*self.outcomes[:i], one, two, *self.outcomes[i + 2 :])

    @staticmethod
    def _differ(a: ast.Outcome, b: ast.Outcome, ra: int, rb: int) -> bool:
        """Two outcomes that differ in their results alone would only swap names."""
        rest_a, rest_b = ((o.when, (*o.effects[:r], *o.effects[r + 1 :])) for o, r in ((a, ra), (b, rb)))
        return plain(rest_a) != plain(rest_b)
