# SPDX-License-Identifier: GPL-2.0-only
"""Calls: of what has a contract, of what is put into a field that has one, and of everything else."""

from refcheck.base.source import Span
from refcheck.c import tree as c
from refcheck.slice import words
from refcheck.slice.binding import positions
from refcheck.slice.containers import variant
from refcheck.slice.emit import BARRED, UNKNOWN, Val
from refcheck.slice.facts import calls_of, gives_away, uncast
from refcheck.slice.kinds import OTHER, Kind
from refcheck.slice.lends import frees
from refcheck.slice.operands import Operands, Touched
from refcheck.slice.paths import written
from refcheck.slice.sources import plain_name
from refcheck.slice.typing import type_of
from refcheck.slice.unread import UnreadError
from refcheck.syntax import ast, code


class CallSlices(Operands):
    """Calls as values; see values.py for all else."""

    def call(self, e: c.CallExpr) -> Val:
        """What a call gives, after everything that its arguments do."""
        followed, self.dereferenced = self.dereferenced, False
        found = self._call(e, followed)
        for text in self.places.behind_call(e, self.setting.tree):
            self.unread(text, e.span)
        self.dereferenced = followed
        return found

    def _call(self, e: c.CallExpr, followed: bool) -> Val:
        match e.callee:
            case c.Id(name):
                if (gone := self._memory_goes(name, e)) is not None:
                    return gone
                if name in words.COPIES and e.args and not isinstance(e.args[0], c.CType):
                    self.not_copied(self.kinds.pointee(type_of(self.kinds, self.scope, e.args[0])), e.span)
                if name in words.UNLINKS and e.args and isinstance(e.args[0], c.Id) and e.args[0].name in self.taken:
                    self.unlinked(e.args[0].name, e.span)
                contract = self._with_list(name, e) or self.setting.contracts.get(name)
                if self.scope.lookup(name) is None:
                    self._doubted(name, e.span)
                if contract is not None and self.scope.lookup(name) is None:
                    return self._apply(contract, name, e)
                return self._stranger(name, f"call:{name}", e, followed)
            case c.Member(base, field):
                struct = type_of(self.kinds, self.scope, base)
                place = f"{self.kinds.plain(struct).base}.{field}" if struct is not None else ""
                role = self.setting.kinds.bindings.roles.get(place)
                self.discard(self.value(base), e.span)
                self._touch_base(base)
                if role is not None:
                    return self._role(role, place, e)
                return self._stranger(f"via_{field}", f"call:{field}", e, followed)
            case _:
                self.discard(self.value(e.callee), e.span)
                return self._stranger("via_pointer", "call:*", e, followed)

    def _with_list(self, name: str, e: c.CallExpr) -> ast.ContractDef | None:
        """What a callee does with a list on the stack, where it is given one."""
        for arg in e.args:
            if isinstance(arg, c.Unary) and arg.op == "&" and isinstance(arg.arg, c.Id) and self.stacked(arg.arg):
                var = self.scope.lookup(arg.arg.name)
                found = self.setting.contracts.get(variant(name, var.kind.name)) if var is not None else None
                if found is not None:
                    return found
        return None

    def _memory_goes(self, name: str, e: c.CallExpr) -> Val | None:
        """kfree() of a container, or memset() of it to zero: what its slots own has no owner any more."""
        at = 0 if name == "memset" else words.FREES.get(name)
        if at is None or at >= len(e.args) or self.scope.lookup(name) is not None:
            return None
        arg = e.args[at]
        if isinstance(arg, c.CType):
            return None
        inside = f"{written(arg, self.setting.known.passing)}->"
        for text, path in self.paths.items():
            if path.label.startswith("value:") and text.startswith(inside):
                self.emptied(code.Name(self.drawn_as[text], e.span), path.kind, e.span)
        if not self.is_container(self.kinds.of(type_of(self.kinds, self.scope, arg)).name):
            return None
        v = self.value(arg)
        for other in (a for i, a in enumerate(e.args) if i != at and not isinstance(a, c.CType)):
            self.discard(self.value(other), e.span)
        if not self.is_container(v.type) or v.expr is None:
            self.discard(v, e.span)
            return Val(None, "void")
        self.emptied(v.expr if isinstance(v.expr, code.Name) else self.temp(v.type, v.expr, e.span), v.type, e.span)
        return Val(None, "void")

    def _doubted(self, name: str, span: Span) -> None:
        """A callee of this file whose contract is in doubt is an assumption, or bars the way."""
        kind, text = self.setting.doubts.get(name, ("", ""))
        if kind == BARRED:
            raise UnreadError(text, span)
        if kind:
            self.assume(kind, text, span)

    def _touch_base(self, base: c.CExpr) -> None:
        if isinstance(base, c.Id) and (var := self.scope.lookup(base.name)) is not None and self.is_counted(var.kind.name):
            self.touch(code.Name(var.name, base.span))

    def _role(self, role: ast.ContractDef, place: str, e: c.CallExpr) -> Val:
        """A call through a field whose contract is known."""
        name = plain_name(place.removeprefix("struct "))
        if name not in self.setting.made:
            sig = role.sig._replace(name=name, entries=(), expects=())
            self.setting.made[name] = ast.ContractDef(sig, role.outcomes, role.span)
        return self._apply(self.setting.made[name], name, e)

    def not_copied(self, base: str | None, span: Span) -> None:
        """An object that has slots is not written as a whole: what they own has two owners then, or none."""
        resource = self.kinds.bindings.types.get(base or "", "")
        if any(of == resource for of, _ in self.kinds.bindings.slots) and not self.is_container(resource):
            raise UnreadError(f"a `{base}` is copied", span)

    # -- with a contract
    def _apply(self, contract: ast.ContractDef, name: str, e: c.CallExpr) -> Val:
        given = tuple(None if isinstance(a, c.CType) else type_of(self.kinds, self.scope, a) for a in e.args)
        prototype = self.setting.tree.signature(name)
        at = positions(self.kinds, contract, prototype, given, e)
        args: dict[str, code.Expr] = {}
        touched: Touched = {}
        for i, arg in enumerate(e.args):
            p = next((p for p in contract.sig.params if at[p.name] == i), None)
            if isinstance(arg, c.CType):
                continue
            with self.touching(touched, p.name if p is not None else f"{i}"):
                if p is None:
                    self._other(arg)
                elif p.type.pointer:
                    args[p.name] = self._out(p, arg)
                else:
                    to = prototype.params[i].type if prototype is not None and i < len(prototype.params) else None
                    args[p.name] = self.argument(p, arg, to)
        for p in contract.sig.params:
            args[p.name] = self.in_any_order(args[p.name], p.type.name, p.name, touched)
        for a in args.values():
            if isinstance(a, code.Name):
                self.uses.pop(a.name, None)
        for p in contract.sig.params:
            if self.is_container(p.type.name):
                arg_given = args[p.name]
                self.followed_in(p.type.name, e.span, arg_given.name if isinstance(arg_given, code.Name) else "")
        self.flush(e.span)
        self.calls.append((name, e.span.line))
        self._given_by_another_name(name, tuple(p.type for p in prototype.params) if prototype is not None else (), e.span)
        expr = code.Call(contract.sig.name, tuple(args[p.name] for p in contract.sig.params), e.span)
        return Val(expr, contract.sig.result.name)

    def argument(self, p: ast.Param, arg: c.CExpr, to: c.CType | None) -> code.Expr:
        """An argument for a parameter of a contract, which has a type in C where a prototype is at hand."""
        v = self.value(arg)
        if p.type.name in ("int", "bool"):
            if v.expr is not None and v.type != "null" and (v.type not in ("int", "bool") or self.keeps(to, v, arg)):
                return v.expr
            self.discard(v, arg.span)
            return self.any(p.type.name, arg, arg.span)
        if v.type in (p.type.name, "null"):
            assert v.expr is not None
            return v.expr
        if v.type in ("int", "") and isinstance(v.expr, code.Int) and v.expr.value == 0:
            return code.Null(arg.span)
        self.discard(v, arg.span)
        text = self.text(arg.span)
        return self.lent(
            p.type.name, self.source(arg), f"`{text}` is an object that lasts for the call", arg.span
        ).expr or code.Null(arg.span)

    def _out(self, p: ast.Param, arg: c.CExpr) -> code.Expr:
        """An argument for an out-parameter: a variable's address, the caller's own out-parameter, NULL."""
        match arg:
            case c.Unary("&", c.Id(name)) if (var := self.scope.lookup(name)) is not None and var.kind.name == p.type.name:
                if var.kind.how in ("resource", "scalar", "pointer") and not var.escapes:
                    return code.AddressOf(var.name, None, arg.span)
            case c.Id(name) if (var := self.scope.lookup(name)) is not None and var.kind.how == "out":
                return code.Name(var.name, arg.span)
            case c.Id("NULL"):
                return code.Null(arg.span)
            case _:
                pass
        if p.type.name not in ("int", "bool"):
            raise UnreadError(f"`{self.text(arg.span)}` is an out-parameter that is no variable", arg.span)
        self._other(arg)
        return code.AddressOf(self.temp(p.type.name, None, arg.span).name, None, arg.span)

    def _other(self, arg: c.CExpr) -> None:
        """An argument of which no contract speaks: it is evaluated, and what it is the address of may be written."""
        match uncast(arg):
            case c.Unary("&", c.Id(name)):
                self.forget(name, arg.span)
            case _:
                self.discard(self.value(arg), arg.span)

    def forget(self, name: str, span: Span) -> None:
        """A scalar variable is written by somebody else."""
        var = self.scope.lookup(name)
        if var is None or var.escapes:
            return
        self.redraw(name, span)
        if var.kind.how in ("scalar", "pointer"):
            target = code.Name(var.name, span)
            self.emit(code.Assign(target, self.any(var.kind.name, None, span), span.line, span))
        elif self.is_container(var.kind.name):
            about = f"out:{name}"
            left = self.lent(var.kind.name, about, about, span).expr if var.type.stars else None
            if left is not None:  # a struct on the stack stays the same one
                self.assume("slot", f"who is given the address of `{name}` leaves what it points to as it is", span)
                self.emit(code.Assign(code.Name(var.name, span), left, span.line, span))
        elif var.kind.how == "resource":
            if (self.function.name, name) in self.setting.facts.given or self.result == var.kind.name:
                raise UnreadError(f"the address of `{name}` is given to something that no contract speaks of", span)
            about = f"what a callee leaves in `{name}` is an object that lasts for the call"
            left = self.lent(var.kind.name, f"out:{name}", about, span).expr
            assert left is not None
            self.emit(code.Assign(code.Name(var.name, span), left, span.line, span))

    # -- without one
    def _stranger(self, name: str, label: str, e: c.CallExpr, followed: bool) -> Val:
        """A callee without a contract lends what it is given."""
        self._counting(name, e)
        pointer = self.scope.lookup(name) is not None  # a variable, whatever function has the name elsewhere
        prototype = self.setting.tree.signature(name) if not pointer else None
        types = tuple(p.type for p in prototype.params) if prototype is not None else ()
        params, args, holds, hidden = self._lent_arguments(name, prototype, e)
        for a in args:
            if isinstance(a, code.Name):
                self.uses.pop(a.name, None)
        result = self.kinds.of(prototype.result) if prototype is not None else Kind("scalar", "int")
        known = self.setting.lends(name) and not pointer
        if not known and not pointer and self.setting.sections.moved_by(name):
            self.assume("sections", f"`{name}` needs no section, leaves none open or closed, and does not sleep", e.span)
        if args and prototype is not None:
            self._other_name(prototype.result, args)
        if hidden and known and frees(self.setting.tree, name):
            self.assume("lends", name, e.span)
        if not args and result.how != "resource":
            if not known and holds:
                self.assume("lends", name, e.span)
            elif not known:
                self.untouched.setdefault(name, e.span)
                self._given_by_another_name(name, types, e.span)
            return Val(None, "void") if result.how == "other" and prototype is not None else UNKNOWN
        if not known:
            self.assume("lends", name, e.span)
        self.flush(e.span)
        self.dereferenced = followed
        made = (
            f"{plain_name(name)}_{'_'.join(p.type.name for p in params)}"
            if prototype is None or name.startswith("via_")
            else name
        )
        contract = self.stranger(made, label, result, tuple(params), e.span)
        if len(contract.sig.params) != len(args):
            contract = self.stranger(f"{made}_{len(args)}", label, result, tuple(params), e.span)
        if result.how == "resource":
            own = self._asked(label)[0]
            kept = "is the function's own where it is given away" if own else "lasts for the call"
            self.assume("owned source" if own else "lent source", f"what `{name}` returns {kept}", e.span)
        elif known:
            self.shown.add(contract.sig.name)
        return Val(code.Call(contract.sig.name, tuple(args), e.span), contract.sig.result.name)

    def _lent_arguments(
        self, name: str, prototype: c.CFunction | None, e: c.CallExpr
    ) -> tuple[list[ast.Param], list[code.Expr], bool, bool]:  # fmt: skip
        """What a callee without a contract is lent, whether a container is among it, and one under another type."""
        types = tuple(p.type for p in prototype.params) if prototype is not None else ()
        params: list[ast.Param] = []
        args: list[code.Expr] = []
        holds = hidden = False
        touched: Touched = {}
        for i, arg in enumerate(e.args):
            if isinstance(arg, c.CType):
                continue
            kind = self.kinds.of(types[i]) if i < len(types) else OTHER
            if isinstance(arg, c.Unary) and isinstance(arg.arg, c.Id) and arg.op == "&":
                var = self.scope.lookup(arg.arg.name)
                self.addressed.setdefault(var.name if var is not None else "", []).append((name, i, arg.span))
            with self.touching(touched, f"{i}"):
                v = self._lent_argument(arg, kind.how == "out", prototype is None and not self._only_shown(name, i))
            if v.expr is not None:
                v = v._replace(expr=self.in_any_order(v.expr, v.type, f"{i}", touched))
            if v.expr is not None and self._may_be_another(v.type, params):
                self.looked_at(v.expr, v.type, arg.span)
            elif v.expr is not None and self.is_counted(v.type):
                params.append(self.lent_param(i, f"a{i}", v.type, arg.span))
                args.append(v.expr)
            else:
                holds |= self.is_container(v.type)
                hidden |= self.is_container(v.type) and kind.name != v.type
                self.discard(v, arg.span)
        return params, args, holds, hidden

    def _may_be_another(self, kind: str, params: list[ast.Param]) -> bool:
        """A contract would ask that an argument is another container than an earlier one; who only looks does not care."""
        slots = any(resource == kind for resource, _ in self.kinds.bindings.slots)
        return slots and self.is_counted(kind) and any(p.type.name == kind for p in params)

    def _counting(self, name: str, e: c.CallExpr) -> None:
        """A count inside of an object is changed by hand: whose reference that is, only a contract says."""
        inside = (a.arg.base for a in e.args if isinstance(a, c.Unary) and a.op == "&" and isinstance(a.arg, c.Member))
        kinds = (self.kinds.of(type_of(self.kinds, self.scope, base)) for base in inside)
        if words.COUNTS.fullmatch(name) and any(kind.how == "resource" for kind in kinds):
            self.assume("counts", f"`{name}` changes no reference", e.span)

    def _other_name(self, of: c.CType, args: list[code.Expr]) -> None:
        """What a callee returns may lie in the object that it was given: another name of that."""
        pointee = self.kinds.pointee(of)
        if pointee is not None:
            self.other_names.setdefault(pointee, args)

    def _given_by_another_name(self, name: str, types: tuple[c.CType, ...], span: Span) -> None:
        """A callee without an object in its hands gives one back that lies around what it is given."""
        mine = [p for t in types if (p := self.kinds.pointee(t)) in self.other_names]
        body = self.setting.tree.body(name) if mine else None
        if any(gives_away(self.setting.contracts[n]) for n in calls_of(body) if n in self.setting.contracts):
            self.assume("other name", f"`{name}` gives back nothing that lies around its `{mine[0]}`", span)

    def _only_shown(self, name: str, i: int) -> bool:
        """An argument of a macro among those that stand for `...`: it is handed on, and no macro assigns it."""
        macro = self.setting.tree.macro(name)
        params = macro.params if macro is not None else None
        return params is not None and params[-1:] != () and params[-1].endswith("...") and i >= len(params) - 1

    def _lent_argument(self, arg: c.CExpr, out: bool, macro: bool) -> Val:
        match uncast(arg):
            case c.Unary("&", c.Id(name) as at) if not self.stacked(at):
                self.forget(name, arg.span)
                return UNKNOWN
            case c.Id(name) if (var := self.scope.lookup(name)) is not None and var.kind.how == "out" and out:
                raise UnreadError(f"`{name}` is handed on to something that no contract speaks of", arg.span)
            case c.Id(name) if macro and (var := self.scope.lookup(name)) is not None and var.kind.how == "scalar":
                self.forget(name, arg.span)
                return UNKNOWN
            case _:
                return self.value(arg)

    def keeps(self, to: c.CType | None, v: Val, value: c.CExpr) -> bool:
        """A number is the same in a type as it was before."""
        raise NotImplementedError
