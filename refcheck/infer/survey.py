# SPDX-License-Identifier: GPL-2.0-only
"""A C file as functions that can be verified: each sliced, with the contract that it is held to, callees first.

A contract is declared, or that of the role in which the function is called, or inferred from the body; a function that only
looks needs none.  What could not be read or summarised is there with the reason.
"""

from collections.abc import Iterator, MutableMapping

from refcheck.base.diagnostics import InputError
from refcheck.base.source import NOWHERE, SourceFile, Span
from refcheck.base.verdicts import UNREAD
from refcheck.c import tree as c
from refcheck.c.census import calls_in_text
from refcheck.infer import surveyed
from refcheck.infer.looks import only_looks, takes_for_granted
from refcheck.infer.order import bottom_up
from refcheck.infer.outcomes import Ambiguity
from refcheck.infer.preconditions import OWNS
from refcheck.infer.summary import AboutCallers, Summary, summarise
from refcheck.infer.surveyed import DECLARED, INFERRED, LOOKS, ROLE, Survey, Surveyed, ToCallers
from refcheck.slice import words
from refcheck.slice.effects import does_something
from refcheck.slice.emit import BARRED, Assumption, Setting
from refcheck.slice.facts import gives_away, nodes
from refcheck.slice.file import BesideFile, functions_of, setting_of
from refcheck.slice.function import Sliced, slice_function
from refcheck.slice.left import Left
from refcheck.slice.lends import Lends, frees
from refcheck.slice.places import counted, stored
from refcheck.slice.roles import places
from refcheck.slice.unread import UnreadError
from refcheck.slice.words import CALL
from refcheck.syntax import ast, code, write
from refcheck.unit.contracts import check_contract
from refcheck.unit.declare import Declarations, Memo

_ROUNDS = 4


class Surveyor:
    """The functions of a C file, and those that they call, as they are asked for; `side` is what is known beside it."""

    def __init__(self, source: SourceFile, file: c.CFile, side: BesideFile) -> None:
        self.source, self.side = source, side
        self.decl = side.decl
        self.functions: dict[str, list[c.CFunction]] = {}
        for f in functions_of(file):
            self.functions.setdefault(f.name, []).append(f)
        self.calls = {n: {x for f in v for x in surveyed.called(f)} for n, v in self.functions.items()}
        self.called = set[str]().union(*self.calls.values())
        self.found: dict[str, list[Surveyed]] = {}
        self.inferred: dict[str, ast.ContractDef] = {}
        self.looks: set[str] = set()
        self.doubts: dict[str, tuple[str, str]] = dict(side.doubts)
        self.loose: set[str] = set()
        self.trusting: set[str] = set()  # those that only look, at objects that they take for granted
        self.asks: dict[str, frozenset[str]] = {}
        self.uneven: set[str] = set()
        self.shown: dict[str, ToCallers] = {}
        self.order = list(bottom_up(self.calls))
        self.setting = self._setting(file)
        self.places = places(self.setting.kinds, file)
        self.addressed = surveyed.addressed(file, frozenset(self.functions))

    def _setting(self, file: c.CFile) -> Setting:
        looks, functions = self.looks, self.functions
        made = setting_of(self.source, self.side._replace(inferred=self.inferred, doubts=self.doubts))
        closure = Lends(made.kinds, made.contracts, made.macros)

        def lends(name: str) -> bool:
            return name in looks or (name not in functions and closure(name))

        through = counted(made.kinds, (f for v in functions.values() for f in v), made.known)
        outside = {i.variable.name: i.variable.type for i in file.items if isinstance(i, c.CGlobal)}
        known = made.known._replace(counted=through, outside=outside)
        return made._replace(lends=lends, known=known, left=Left(made.kinds, known, made.tree))

    def survey(self, only: tuple[str, ...] = ()) -> Survey:
        """All functions of the file, or `only` some; what was found of one before is kept."""
        wanted = surveyed.reached(self.calls, only) if only else set(self.calls)
        for part in self.order:
            here = [n for n in part if n in wanted and n not in self.found]
            self.found |= {name: self._noted(name) for name in here}
            if any(n in self.calls[n] for n in here) or len(here) > 1:
                self._circle(here)
        ordered = tuple(s for n in self.functions if n in wanted and (not only or n in only) for s in self.found[n])
        inferred = {n: contract for n, contract in self.inferred.items() if n in wanted}
        shown = {n: self._shown(n) for n in only if n in wanted}
        return Survey(ordered, inferred, self.side.decl.contracts, shown)

    def _shown(self, name: str) -> ToCallers:
        if name not in self.shown:
            self.shown[name] = self._to_callers(name)
        return self.shown[name]

    def _to_callers(self, name: str) -> ToCallers:
        index, contracts, left = self.setting.tree, self.setting.contracts, self.setting.left
        reads = {"frees"} if frees(index, name) else set[str]()
        for f in self.functions[name]:
            reads |= {p.in_words() for p in left.by(f)} | {f"stores in {n}" for n in stored(index, f)}
            reads |= {f"calls {n}" for n in surveyed.called(f) & contracts.keys() if gives_away(contracts[n])}
        own = (self.inferred.get(name), name in self.looks, self.doubts.get(name), name in self.loose)
        return ToCallers(*own, frozenset(reads))

    def _circle(self, part: list[str]) -> None:
        """Functions that call each other: what was inferred while the calls among them did nothing is inferred anew with it.

        Where that does not come to rest they are held to what was inferred last.
        """
        for _ in range(_ROUNDS):
            self.setting.left.forget()
            before = [(self.found[n][0].how, self.inferred.get(n)) for n in part]
            for n in part:
                self.looks.discard(n)
                self.found[n] = self._noted(n)
            if before == [(self.found[n][0].how, self.inferred.get(n)) for n in part]:
                return
        for n in part:
            if n in self.inferred:
                old, contract = self.found[n][0].ambiguous, self.inferred[n]
                self.found[n] = [self._held_to(f, contract, INFERRED)._replace(ambiguous=old) for f in self.functions[n]]

    def _noted(self, name: str) -> list[Surveyed]:
        """A function, and what its callers have to know of it beside its contract."""
        self.doubts.pop(name, None)
        self.loose.discard(name)
        self.trusting.discard(name)
        found = self._function(name)
        if name in self.side.decl.contracts:
            return found
        if any(s.how == UNREAD for s in found):
            moves = sorted(
                n for f in self.functions[name] for n in surveyed.called(f)
                if n in self.setting.contracts and does_something(self.setting.contracts[n])
            )  # fmt: skip
            said = f"`{name}` is not read" + (f", and it calls `{moves[0]}`" if moves else ", and is taken to lend")
            self.doubts[name] = (BARRED if moves else "not read", said)
        if name in self.trusting:
            self.doubts[name] = ("lends", f"`{name}` is given objects that are there, and no NULL")
        if self._rests_on_guesses(name, found):
            self.loose.add(name)
        if name in self.uneven and name in self.inferred:
            said = f"`{name}` enters or leaves a section on some of its exits: it is held to leave it as it was"
            self.doubts[name] = ("ambiguous", said)
        for a in (a for s in found for a in s.ambiguous):
            said = f"`{name}` returns {a.result} with `{a.argument}` {a.one} or {a.other}"
            self.doubts[name] = ("ambiguous", f"{said}: it is held to what most of its exits do")
        return found

    def _rests_on_guesses(self, name: str, found: list[Surveyed]) -> bool:
        """What callers know of a function is no more than what is assumed of the objects in its body."""
        if name not in self.inferred and name not in self.looks:
            return False
        if name in self.uneven or set().union(*map(surveyed.called, self.functions[name])) & self.loose:
            return True
        if name in self.inferred and (surveyed.keeps_more(self.inferred[name]) or surveyed.lends_on(self.inferred[name])):
            return True
        return any(a.kind in surveyed.GUESSES or a.text.startswith("via_") for s in found for a in s.assumed)

    # -- one function
    def _function(self, name: str) -> list[Surveyed]:
        lost = self._lost(name)
        if lost is not None:
            here = self.functions[name][0]
            where = here.span._replace(line=lost[1], end_line=lost[1])
            return [self._unread(here, f"the call of `{lost[0]}` in the text is none in the tree", where)]
        roles = [
            self.setting.kinds.bindings.roles[p] for p in self.places.get(name, ()) if p in self.setting.kinds.bindings.roles
        ]
        if name in self.side.decl.contracts:
            return [self._held_to(f, self.side.decl.contracts[name], DECLARED) for f in self.functions[name]]
        if roles:
            each = {(r.outcomes, r.sig._replace(name="", span=NOWHERE)): r for r in roles}.values()
            return [self._held_to(f, role, ROLE) for f in self.functions[name] for role in each]
        return self._inferred(name)

    def _lost(self, name: str) -> tuple[str, int] | None:
        """A call of something with a contract that stands in the text and in no variant of the tree (the census)."""
        variants = self.functions[name]
        seen = set[tuple[str, int]]()
        for f in variants:
            for n in nodes(f.body):
                match n:
                    case c.CallExpr(c.Id(callee, at)) | c.CallExpr(c.Member(_, callee, _, at)):
                        seen |= {(callee, line) for line in range(at.line, at.end_line + 1)}
                    case c.MacroLoop(macro, _, _, at):
                        seen.add((macro, at.line))
                    case _:
                        pass
        contracts = self.setting.contracts
        found = (x for f in variants for x in calls_in_text(self.source, f.span) if x[0] in contracts and x not in seen)
        return next((x for x in found if x[0] != name), None)

    def _sliced(self, f: c.CFunction, contract: ast.ContractDef | None) -> Sliced | Surveyed:
        self.setting.made.clear()
        try:
            return slice_function(self.setting, f, contract)
        except UnreadError as e:
            return self._unread(f, e.reason, e.span)
        except RecursionError:
            return self._unread(f, "it nests too deep", f.span)

    def _unread(self, f: c.CFunction, reason: str, span: Span) -> Surveyed:
        return Surveyed(f.name, UNREAD, span, None, None, (), (), (), frozenset(), frozenset(), f.conds, reason)

    def _held_to(self, f: c.CFunction, contract: ast.ContractDef, how: str) -> Surveyed:
        """A function whose contract is known beforehand."""
        sliced = self._sliced(f, contract)
        if isinstance(sliced, Surveyed):
            return sliced
        return self._whole(f, sliced, sliced.function, how, ())

    def _whole(
        self, f: c.CFunction, sliced: Sliced, function: ast.FunctionDef, how: str, unclear: tuple[Ambiguity, ...]
    ) -> Surveyed:  # fmt: skip
        try:
            decl = self._declared(function)
        except InputError as e:
            return self._unread(f, e.diagnostics[0].message, f.span)
        made, rest = frozenset(self.setting.made) - sliced.shown, (unclear, frozenset(self.inferred), f.conds)
        found = _surveyed(f, how, function, decl, sliced, made, rest)
        assumed = (*found.assumed, *self._entered(f, how, function.sig))
        hands_out = self.setting.kinds.of(f.result).how == "pointer"
        callback = how == INFERRED and f.name in self.places and f.name not in self.called
        doubted = frozenset(self.doubts) | self.loose
        return found._replace(
            doubted=doubted,
            followed=sliced.followed,
            assumed=assumed,
            hands_out=hands_out,
            callback=callback,
            asks=self.asks,
        )

    def _entered(self, f: c.CFunction, how: str, sig: ast.Signature) -> Iterator[Assumption]:
        """What callers have to bring, where none of this file is checked for it."""
        needs = [" or ".join(m.facts) for m in sig.must_hold if m.facts != (CALL,)]
        needs = [f"holds {n}" for n in needs] + (["may sleep"] if sig.may_sleep else [])
        own = {p.name for p in sig.params if p.type.name in self.side.containers}
        needs += [f"brings `{write.condition(cond)}`" for _, cond in sig.requires if not _owns(cond, own)]
        outcomes = self.inferred[f.name].outcomes if f.name in self.inferred else ()
        needs += sorted({f"leaves `{name}` later" for o in outcomes for name in surveyed.opened(o)})
        needs += sorted({f"puts the reference that it takes on `{p}`" for o in outcomes for p in surveyed.taken_on(o)})
        if how == INFERRED and needs and self._has_other_callers(f):
            yield Assumption("entry", f"whoever calls `{f.name}` {' and '.join(needs)}", f.span)

    def _has_other_callers(self, f: c.CFunction) -> bool:
        """Who is not of this file may call it: nobody else does, its address is taken, or others see it."""
        here = any(f.name in calls for n, calls in self.calls.items() if n != f.name)
        return not here or not f.static or f.name in self.addressed

    def _declared(self, function: ast.FunctionDef) -> Declarations:
        """All that a function speaks of; InputError where a contract that was made is none."""
        base, name = self.decl, function.sig.name
        contracts = {**base.contracts, **self.inferred, **self.setting.made}
        contracts.pop(name, None)
        if function.contract is not None:
            own = ast.ContractDef(function.sig, function.contract, function.span)
            contracts[name] = own
            wrong = check_contract(base.facts, base.contexts, base.constants, base.resources, base.enums, own)
            if wrong:
                raise InputError(wrong)
        return base._replace(contracts=contracts, functions={name: function}, memo=Memo())

    # -- a contract from the body
    def _inferred(self, name: str) -> list[Surveyed]:
        variants = self.functions[name]
        slices: list[tuple[c.CFunction, Sliced, dict[str, ast.ContractDef]]] = []
        looking, granted, uneven = True, False, False
        for f in variants:
            sliced = self._sliced(f, None)
            if isinstance(sliced, Surveyed):
                self.inferred.pop(name, None)
                return [sliced]
            looking = looking and only_looks(self.setting, self.side.decl.resources, self.inferred, sliced.function)
            granted = granted or takes_for_granted(self.side.decl.resources, sliced.function)
            sliced = sliced._replace(function=self._with_itself(sliced.function))
            slices.append((f, sliced, dict(self.setting.made)))
        if looking and not granted:
            return self._look(name, slices)
        if len({tuple((p.name, self.setting.kinds.of(p.type)) for p in f.params) for f in variants}) > 1:
            self.inferred.pop(name, None)
            return [self._unread(variants[0], "its parameters are others under another choice of `#if`", variants[0].span)]
        done: list[tuple[c.CFunction, Sliced, ast.ContractDef, tuple[Ambiguity, ...], dict[str, ast.ContractDef]]] = []
        for f, sliced, made in slices:
            self._speaks_of(made)
            taken = name in self.called or bool(surveyed.called(f) & (words.FREES.keys() | {"memset"}))
            checked = name in self.called or name in self.places or self._says_so(f)
            about = AboutCallers(
                checked, self._gave(name), frozenset(self.side.containers), taken, keeps=self._may_keep(f, sliced)
            )
            summary = self._summary(self._as_it_was(sliced.function), about)
            if summary.contract is None and looking:
                self.trusting.add(name)
                return self._look(name, slices)
            if summary.contract is None:
                self.inferred.pop(name, None)
                return [self._unread(f, f"no contract can be inferred: {summary.given_up}", f.span)]
            uneven = uneven or summary.uneven
            done.append((f, sliced, summary.contract, summary.ambiguous, made))
        contract = surveyed.merged([d[2] for d in done])
        self.inferred[name] = contract
        self.uneven = self.uneven - {name} | ({name} if uneven else set())
        self.asks[name] = frozenset().union(*(surveyed.fields_asked(d[1].function) for d in done))
        found: list[Surveyed] = []
        for f, sliced, _, unclear, made in done:
            self._speaks_of(made)
            body = sliced.function._replace(sig=contract.sig, contract=contract.outcomes)
            one = self._whole(f, sliced, body, INFERRED, unclear)
            if one.how == UNREAD:
                del self.inferred[name]
                return [one]
            found.append(one)
        return found

    def _look(self, name: str, slices: list[tuple[c.CFunction, Sliced, dict[str, ast.ContractDef]]]) -> list[Surveyed]:
        """A function that only looks has no contract."""
        self.inferred.pop(name, None)
        self.looks.add(name)
        return [self._looking(*one) for one in slices]

    def _looking(self, f: c.CFunction, sliced: Sliced, made: dict[str, ast.ContractDef]) -> Surveyed:
        self._speaks_of(made)
        return self._whole(f, sliced, sliced.function, LOOKS, ())

    def _speaks_of(self, made: dict[str, ast.ContractDef]) -> None:
        """The contracts that a slice came to need are those at hand again."""
        self.setting.made.clear()
        self.setting.made.update(made)

    def _with_itself(self, f: ast.FunctionDef) -> ast.FunctionDef:
        """A function as a callee of its own that only looks: as long as nothing else is known of it."""
        own = self.setting.made.get(f.sig.name)
        return self._calling(f, own) if own is not None else f

    def _as_it_was(self, f: ast.FunctionDef) -> ast.FunctionDef:
        """A function as a callee of its own that does what was inferred of it last."""
        own = self.inferred.get(f.sig.name)
        return self._calling(f, own) if own is not None else f

    def _calling(self, f: ast.FunctionDef, own: ast.ContractDef) -> ast.FunctionDef:
        name = f"{f.sig.name}_itself"
        body = surveyed.calling(f.body, f.sig.name, name)
        if body != f.body:
            self.setting.made[name] = own._replace(sig=own.sig._replace(name=name))
        return f._replace(body=body)

    def _summary(self, f: ast.FunctionDef, about: AboutCallers) -> Summary:
        """The contract of a slice, which is the same where the slice and all that it calls are."""
        decl = self._declared(f)
        known: MutableMapping[object, Summary] | None = self.side.summaries
        if known is None:
            return summarise(decl, f, about)
        called = sorted({n.name for n in nodes(f.body) if isinstance(n, code.Call)} & decl.contracts.keys())
        contracts = tuple(decl.contracts[n] for n in called)
        slots = surveyed.containers_in(decl.resources, (f, contracts), about.containers)
        key = (f, contracts, slots, about.checked, about.taken, about.keeps, *about.gave.items())
        if key not in known:
            known[key] = summarise(decl, f, about)
        return known[key]

    def _may_keep(self, f: c.CFunction, sliced: Sliced) -> bool:
        """Something that is not followed may keep an argument, or callers know of a reference by a number of theirs."""
        if any(a.kind in ("store", "lends", "counts", "other name", "owned source", "slot") for a in sliced.assumed):
            return True
        told = {p.name for p in f.params if self.setting.kinds.of(p.type).how == "scalar"}
        if surveyed.called(f) & self.loose or told & surveyed.asked(f):  # callers know what they said
            return True
        unknown = {name for name, _ in sliced.untouched}
        return any(
            isinstance(n, c.CallExpr) and isinstance(n.callee, c.Id) and n.callee.name in unknown
            and any(isinstance(a, c.Unary) and a.op == "&" for a in n.args)
            for n in nodes(f.body)
        )  # fmt: skip

    def _gave(self, name: str) -> dict[str, bool]:
        """The arguments of a function that a contract from before a change speaks of, and whether it gives them away."""
        former = self.side.former.get(name)
        return {p.name: p.name in gives_away(former) for p in former.sig.params} if former is not None else {}

    def _says_so(self, f: c.CFunction) -> bool:
        """The head of a function says that it enters or leaves something, for sparse and clang to read."""
        assert f.body is not None
        head = self.source.lines()[f.span.line - 1 : f.body.span.line]
        return any(word in line for line in head for word in ("__acquires(", "__releases("))


def _surveyed(
    f: c.CFunction, how: str, function: ast.FunctionDef, decl: Declarations, sliced: Sliced, made: frozenset[str],
    rest: tuple[tuple[Ambiguity, ...], frozenset[str], tuple[str, ...]],
) -> Surveyed:  # fmt: skip
    unclear, inferred, conds = rest
    return Surveyed(f.name, how, f.span, function, decl, sliced.assumed, sliced.untouched, unclear, made, inferred, conds)


def _owns(cond: ast.CondExpr, containers: set[str]) -> bool:
    """What is true of every slot of a container of the file."""
    return isinstance(cond, ast.StateIs) and cond.states == OWNS and cond.place.name in containers
