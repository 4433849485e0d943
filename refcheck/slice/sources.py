# SPDX-License-Identifier: GPL-2.0-only
"""Objects of which no contract says where they come from: fields, elements, results of callees without a contract.

They are lent for the duration of the call (`borrow(call)`: whoever calls the function vouches for them), which is an
assumption, or the function's own where it gives them away and no contract has given it any.
"""

import re

from refcheck.base.source import Span
from refcheck.c import tree as c
from refcheck.slice.containers import Containers, any_slots
from refcheck.slice.emit import Val, made_contract
from refcheck.slice.kinds import Kind
from refcheck.slice.words import CALL
from refcheck.syntax import ast, code


def plain_name(text: str) -> str:
    """A text as a name."""
    return re.sub(r"\W+", "_", text).strip("_") or "it"


def _variant(own: bool, null: bool, err: bool) -> str:
    """What a source can be, as the end of a name."""
    return ("_owned" if own else "") + ("_or_null" if null else "") + ("_or_error" if err else "")


class Sources(Containers):
    """Makes contracts for what is only assumed."""

    def lent(self, resource: str, label: str, about: str, span: Span) -> Val:
        """An object that is lent for the call, or NULL or an error where the file asks; `label` names it in facts."""
        made, (own, null, err) = self.setting.made, self._asked(label)
        field = label.removeprefix("field:").partition(" of ")[0]
        name = plain_name(f"field {field}" if label.startswith("field:") else label.replace("call:", ""))
        name += _variant(own, null, err)
        name = name if name not in self.setting.contracts else f"{name}_"
        if name in made and made[name].sig.result.name != resource:
            name = f"{name}_{resource}"
        if name not in made:
            values = self.fresh_values(own, null, err, span)
            made[name] = self._any(made_contract(name, resource, (), values, span, self.held(own, span)))
        if not self.is_container(resource):
            self.assume("owned source" if own else "lent source", about, span)
        return Val(code.Call(name, (), span), resource)

    def _asked(self, label: str) -> tuple[bool, bool, bool]:
        """Whether this function gives a source's value away, and asks whether it is NULL or an error."""
        facts, key = self.setting.facts, (self.function.name, label)
        asked = not self.dereferenced
        return key in facts.given, asked and key in facts.nullable, asked and key in facts.errors

    def fresh_values(self, own: bool, null: bool, err: bool, span: Span) -> tuple[ast.Value, ...]:
        """What a source can give."""
        values: list[ast.Value] = [ast.Fresh("hold", (), span) if own else ast.Fresh("borrow", (CALL,), span)]
        values += [code.Null(span)] if null else []
        values += [ast.ErrPtr((), span)] if err else []
        return tuple(values)

    def held(self, own: bool, span: Span) -> tuple[ast.MustHold, ...]:
        """What a source that lends asks for."""
        return () if own else (ast.MustHold((CALL,), None, span),)

    def element(self, resource: str, label: str, own: bool, about: str, span: Span) -> code.Expr:
        """The element that a round of a loop over a list has."""
        name = plain_name(label)
        if name not in self.setting.made:
            values = self.fresh_values(own, False, False, span)
            self.setting.made[name] = self._any(made_contract(name, resource, (), values, span, self.held(own, span)))
        if not self.is_container(resource):
            self.assume("owned source" if own else "lent source", about, span)
        return code.Call(name, (), span)

    def stranger(self, name: str, label: str, result: Kind, params: tuple[ast.Param, ...], span: Span) -> ast.ContractDef:
        """The contract of a callee that has none: it lends what it is given and returns what nobody knows."""
        made = self.setting.made
        own, null, err = self._asked(label) if result.how == "resource" else (False, False, False)
        name += _variant(own, null, err)
        if name not in made:
            held: tuple[ast.MustHold, ...] = ()
            if result.how == "resource":
                values = self.fresh_values(own, null, err, span)
                kind, held = result.name, self.held(own, span)
            elif result.how in ("scalar", "pointer"):
                kind, values = result.name, (ast.Values("any", (), (), span),)
            else:
                kind, values = "void", ()
            made[name] = self._any(made_contract(name, kind, params, values, span, held))
        return made[name]

    def _any(self, contract: ast.ContractDef) -> ast.ContractDef:
        """The contract of a source; a container that comes from elsewhere has any slots."""
        container = self.kinds.containers.get(contract.sig.result.name)
        return any_slots(contract, container) if container is not None else contract

    def new(self, kind: str, label: str, span: Span) -> code.Call:
        """A container of which no slot is in use yet; NULL where the file asks `label` for it."""
        _, null, err = self._asked(label)
        name = plain_name(f"new {kind}") + _variant(False, null, err)
        if name not in self.setting.made:
            values = self.fresh_values(False, null, err, span)
            self.setting.made[name] = made_contract(name, kind, (), values, span, self.held(False, span))
        return code.Call(name, (), span)

    def lent_param(self, i: int, name: str, resource: str, span: Span) -> ast.Param:
        """A parameter of a callee without contract: it looks at what is there."""
        return ast.Param(code.Type(resource, False, span), name or f"a{i}", ("__nullable", "__maybe_err"), span)

    def looked_at(self, e: code.Expr, resource: str, span: Span) -> None:
        """Something looks at an object that may be missing."""
        name = f"looks_at_{resource}"
        param = self.lent_param(0, "a0", resource, span)
        self.setting.made.setdefault(name, made_contract(name, "void", (param,), (), span))
        self.emit(code.Evaluate(code.Call(name, (e,), span), span.line, span))

    # -- what stands further down in the chain of classes
    def value(self, e: c.CExpr) -> Val:
        """The value of an expression."""
        raise NotImplementedError

    def cond(self, e: c.CExpr) -> code.Expr:
        """An expression as a condition."""
        raise NotImplementedError
