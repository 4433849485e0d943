# SPDX-License-Identifier: GPL-2.0-only
"""A contract, and a body that may keep it: its effects as statements, in some order, and perhaps changed a little."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from inlining.library import library

if TYPE_CHECKING:
    from generator.choices import Choices


class Param(NamedTuple):
    """A parameter: kind is node, pkt, bool, out (a node comes back), io (a node goes and comes back) or flag."""

    kind: str
    name: str
    attrs: str

    @property
    def text(self) -> str:
        """As it stands in the signature."""
        kinds = {"out": "node *", "io": "node *", "flag": "bool *"}
        return f"{kinds.get(self.kind, self.kind + ' ')}{self.name}{self.attrs}"


class Effect(NamedTuple):
    """An effect: its text, the statement that does it, and what a caller should know: what is done to which place.

    `change` is a verb (release, hold, move, ...), empty where nothing changes; `cond` is `c`, `!c` or empty.
    """

    text: str
    code: str
    change: str = ""
    place: str = ""
    cond: str = ""


class Outcome(NamedTuple):
    """An outcome: its condition, its effects, what it returns, and how its body returns that."""

    cond: str
    effects: tuple[Effect, ...]
    value: str
    code: str


class Drawn(NamedTuple):
    """A function with a contract; `needs` are the contexts that callers enter first, `requires` the states of p's slot."""

    library: str
    function: str
    result: str
    params: tuple[Param, ...]
    outcomes: tuple[Outcome, ...]
    needs: tuple[str, ...]
    requires: tuple[str, ...]

    def features(self) -> set[str]:
        """What the contract shows of the language."""
        found = {e.text.split()[0] if "=" not in e.text else f"= {e.text.split('= ')[1].split()[0].split('(')[0]}"
                 for o in self.outcomes for e in o.effects}  # fmt: skip
        found |= {a for p in self.params for a in p.attrs.split()} | {p.kind for p in self.params}
        found |= {f"return {o.value.split('(')[0].split()[0]}" for o in self.outcomes if o.value and self.result != "int"}
        found |= {"several outcomes"} if len(self.outcomes) > 1 else set()
        found |= {"an effect under a condition"} if any(e.cond for o in self.outcomes for e in o.effects) else set()
        found |= {"a condition on a slot"} if any("is" in o.cond for o in self.outcomes) else set()
        return found | ({"__requires"} if self.requires else set()) | ({"__must_hold"} if self.needs else set())


_NODE = ((11, ""), (3, " __counted"), (2, " __nullable"), (2, " __any"), (1, " __maybe_err"))
_PKT = ((14, ""), (3, " __counted"), (2, " __nullable"), (1, " __rcu"))
_SLOT = ((5, ()), (2, ("empty",)), (1, ("empty", "noref")), (1, ("owned",)), (1, ("empty", "owned")), (1, ("noref",)))


def draw(c: Choices) -> Drawn:
    """A contract and a body."""
    params = [Param("node", "n", c.weighted(_NODE))] if c.chance(65) else []
    params += [Param("node", "m", c.weighted(_NODE))] if c.chance(25) else []
    params += [Param("node", "k", "")] if params[-1:] and params[-1].name == "m" and c.chance(30) else []
    params += [Param("pkt", "p", c.weighted(_PKT))] if c.chance(65) or not params else []
    params += [Param("pkt", "q", "")] if params[-1].name == "p" and c.chance(25) else []
    params += [Param("bool", "c", "")] if c.chance(45) else []
    extra = c.weighted(((9, ""), (2, "out"), (2, "io"), (1, "flag")))
    params += [Param(extra, {"out": "o", "io": "io", "flag": "b"}[extra], c.pick(("", "", " __nullable")))] if extra else []
    names = {p.name: p for p in params}
    needs = c.weighted(((8, ()), (5, ("rcu",)), (4, ("lk",)), (1, ("rcu", "lk"))))
    requires = c.weighted(_SLOT) if "p" in names and not {"__nullable"} & set(names["p"].attrs.split()) else ()
    result = c.weighted(((7, "void"), (6, "int"), (5, "node"), (1, "pkt")))
    drawn = Drawn(library(c), "", result, tuple(params), (), needs, requires)
    outcomes = [_outcome(c, drawn, i, cond) for i, cond in enumerate(_conditions(c, names))]
    drawn = drawn._replace(outcomes=tuple(outcomes))
    return drawn._replace(function=_text(c, drawn))


def _conditions(c: Choices, names: dict[str, Param]) -> tuple[str, ...]:
    ways = [(12, ("",)), (4, ("", "")), (6 if "k" in names else 0, ("", "", ""))]
    ways += [(4, ("c", "!c"))] if "c" in names else []
    plain = "p" in names and "__nullable" not in names["p"].attrs
    ways += [(3, ("p->s is owned", "!(p->s is owned)")), (1, ("p->s is empty", "!(p->s is empty)"))] if plain else []
    return c.weighted(ways)


def _outcome(c: Choices, d: Drawn, number: int, cond: str) -> Outcome:
    names = {p.name: p for p in d.params}
    effects: list[Effect] = []
    for name in ("n", "m", "k"):
        effects += _of_node(c, name, names) if name in names else []
    effects += _of_packet(c, names, effects) if "p" in names else []
    effects += _of_out(c, names)
    effects += _of_contexts(c, d.needs, names)
    taken_out = Effect("revoke lk", "unlink();", "revoke")
    effects += [_under(c, names, taken_out)] if c.chance(12 if "lk" in d.needs else 3) else []
    value, code = _result(c, d.result, number, names, effects)
    return Outcome(cond, tuple(effects), value, code)


def _under(c: Choices, names: dict[str, Param], e: Effect) -> Effect:
    """The effect under a condition, now and then."""
    if "c" not in names or not c.chance(40):
        return e
    cond = c.pick(("c", "!c"))
    word = "if c" if cond == "c" else "unless c"
    return e._replace(text=f"{e.text} {word}", code=f"if ({cond}) {{ {e.code} }}", cond=cond)


def _there(p: Param, code: str) -> str:
    """The statement, where the argument is an object."""
    asked = p.attrs.strip() in ("__nullable", "__maybe_err", "__any")
    return f"if (!IS_ERR_OR_NULL({p.name})) {{ {code} }}" if asked else code


def _of_node(c: Choices, n: str, names: dict[str, Param]) -> list[Effect]:
    p = names[n]
    plain = p.attrs.strip() in ("", "__counted")
    ways: list[tuple[int, Effect | None]] = [
        (9, None), (4, Effect(f"release {n}", f"put({n});", "release", n)),
        (2, Effect(f"consume {n}", f"eat({n});", "release", n)),
    ]  # fmt: skip
    if plain:
        ways += [(3, Effect(f"use {n}", f"use({n});")), (1, Effect(f"hold {n}", f"ref({n});", "hold", n))]
    chosen = c.weighted(ways) if p.attrs.strip() != "__maybe_err" else None
    return [] if chosen is None else [_under(c, names, chosen)]


def _of_packet(c: Choices, names: dict[str, Param], so_far: list[Effect]) -> list[Effect]:
    plain = names["p"].attrs.strip() != "__nullable"
    given = {e.place for e in so_far}
    ways: list[tuple[int, tuple[Effect, ...]]] = [
        (6, ()), (2, (Effect("release p", "free(p);", "release", "p"),)),
        (2, (Effect("consume p", "xmit(p);", "release", "p"),)), (1, (Effect("queue p", "backlog(p);", "release", "p"),)),
    ]  # fmt: skip
    drop = Effect("drop p->s", "drop(p);", "drop", "p")
    copy = Effect("p->s = copy q->s", "copy(p, q);", "copy", "p")
    if plain:
        ways += [
            (2, (Effect("use p->s", "node x = look(p); if (x) use(x);"),)), (2, (drop,)),
            (1, (Effect("p->s = NULL", "clear(p);", "clear", "p"),)),
            (2, (drop, Effect("p->s = hold", "fill(p, get());", "fill", "p"))),
            (1, (Effect("p->s = hold", "fill(p, get());", "fill", "p"),)),
            (1, (Effect("try_hold p->s", "node x = look(p); if (x) force(p);", "force", "p"),)),
        ]  # fmt: skip
    if plain and "q" in names:
        ways += [
            (2, (copy,)), (1, (Effect("p->s = move q->s", "shift(p, q);", "shift", "p"),)), (1, (drop, copy)),
            (1, (Effect("drop q->s", "drop(q);", "drop", "q"),)), (1, (Effect("release q", "free(q);", "release", "q"),)),
        ]  # fmt: skip
    n = names.get("n")
    if plain and n and "n" not in given and n.attrs.strip() in ("", "__counted"):
        move = Effect("p->s = move n", "fill(p, n);", "move", "p")
        noref = Effect("p->s = noref n", "lend(p, n);", "noref", "p")
        ways += [(2, (drop, move)), (2, (move,)), (2, (drop, noref)), (2, (noref,))]
    effects = c.weighted(ways)
    return [_under(c, names, e) for e in effects] if len(effects) == 1 else list(effects)


def _of_out(c: Choices, names: dict[str, Param]) -> list[Effect]:
    found: list[Effect] = []
    if "o" in names:
        found += c.weighted((
            (4, (Effect("*o = hold", "*o = get();", "hold", "o"),)), (2, (Effect("*o = NULL", "*o = NULL;", "null", "o"),)),
            (1, (Effect("*o = borrow(gp)", "*o = find();", "borrow", "o"),)), (1, ()),
        ))  # fmt: skip
    if "io" in names:
        found += c.weighted((
            (3, (Effect("consume *io", "put(*io);", "release", "io"), Effect("*io = NULL", "*io = NULL;", "null", "io"))),
            (2, (Effect("use *io", "use(*io);"),)), (2, ()),
            (1, (Effect("release *io", "put(*io);", "release", "io"), Effect("*io = hold", "*io = get();", "hold", "io"))),
        ))  # fmt: skip
    if "b" in names:
        found += c.pick(((Effect("*b = true", "*b = true;"),), (Effect("*b = false", "*b = false;"),), ()))
    wrapped = [p for p in ("o", "io", "b") if p in names and "__nullable" in names[p].attrs]
    return [e._replace(code=f"if ({wrapped[0]}) {{ {e.code} }}") if wrapped else e for e in found]


def _of_contexts(c: Choices, needs: tuple[str, ...], names: dict[str, Param]) -> list[Effect]:
    own = c.weighted(((14, ""), (2, "leave"), (2, "gap"), (1, "enter"), (1, "nap")))
    nap = Effect("sleep", "nap();", "sleep")
    if own == "nap" and not needs:
        return [nap]
    what = c.pick(needs) if needs else ""
    if own == "enter":
        what = c.pick(("rcu", "lk"))
    leave = Effect(f"leave {what}", f"{what}_unlock();", "leave", what)
    enter = Effect(f"enter {what}", f"{what}_lock();", "enter", what)
    between = [nap] if c.chance(20) else []
    late = "n" in names and names["n"].attrs.strip() in ("", "__counted") and c.chance(40)
    between += [_under(c, names, Effect("use n", "use(n);"))] if late else []
    ways = {"leave": [leave, *between], "gap": [leave, *between, enter], "enter": [enter]}
    return ways.get(own, []) if what else []


def _result(c: Choices, result: str, number: int, names: dict[str, Param], so_far: list[Effect]) -> tuple[str, str]:
    """What an outcome returns, and the statement that does."""
    if result == "void":
        return "", "return;"
    if result == "int":
        value = c.pick((str(number), str(number), "0"))
        return value, f"return {value};"
    if result == "pkt":
        slot = c.pick(("", ", result->s = hold", ", result->s = copy p->s" if "p" in names else ""))
        made = {"": "return alloc();", ", result->s = hold": "return full();"}
        return f"hold{slot}", made.get(slot, "pkt r = alloc(); copy(r, p); return r;")
    ways = [(4, ("hold", "return get();")), (2, ("NULL", "return NULL;")), (2, ("borrow(gp)", "return find();"))]
    ways += [(1, ("borrow(lk)", "return peek();")), (1, ("immortal", "return null();"))]
    ways += [(1, ("immortal", "return n;"))] if "n" in names else []
    ways += [(2, ("n", "return n;"))] if "n" in names else []
    plain = "p" in names and "__nullable" not in names["p"].attrs
    if plain and not any(e.place == "p" and e.change != "release" for e in so_far):
        ways += [(5, ("p->s", "return look(p);")), (2, ("take p->s", "return steal(p);"))]
    return c.weighted(ways)


# ---------------------------------------------------------------------------------------------- the body


def _text(c: Choices, d: Drawn) -> str:
    attrs = "".join(f" __must_hold({need})" for need in d.needs)
    attrs += f" __requires(p->s is {' | '.join(d.requires)})" if d.requires else ""
    lines = []
    for i, o in enumerate(d.outcomes):
        effects = [e.text for e in o.effects] + ([f"return {o.value}"] if o.value else [])
        lines.append(f"\to{i}{' if ' + o.cond if o.cond else ''}: {', '.join(effects)};")
    head = f"{d.result} g({', '.join(p.text for p in d.params)}){attrs}"
    return f"{head}\ncontract {{\n" + "\n".join(lines) + "\n}\n{\n" + _body(c, d) + "}\n"


def _body(c: Choices, d: Drawn) -> str:
    arms = [_arm(c, d, o) for o in d.outcomes]
    if len(arms) == 1:
        return arms[0]
    cond = {"c": "c", "p->s is owned": "owned(p)", "p->s is empty": "!look(p)"}.get(d.outcomes[0].cond, 'nondet("which")')
    rest = arms[1] if len(arms) == 2 else f'\tif (nondet("other")) {{\n{arms[1]}\t}}\n{arms[2]}'
    return f"\tif ({cond}) {{\n{arms[0]}\t}}\n{rest}"


def _arm(c: Choices, d: Drawn, o: Outcome) -> str:
    """The statements of an outcome: as they are written, or in another order, and perhaps with something more or less."""
    todo = [e.code for e in o.effects]
    if c.chance(40):
        at = c.below(len(todo) + 1)
        todo = todo[at:] + todo[:at]
    for _ in range(c.weighted(((5, 0), (4, 1), (2, 2)))):
        todo.insert(c.below(len(todo) + 1), _extra(c, d))
    told = {e.text.split(" if ")[0].split(" unless ")[0] for other in d.outcomes for e in other.effects}
    todo += [code for text, code in (("sleep", "nap();"), ("use n", "use(n);")) if text in told and c.chance(15)]
    if todo and c.chance(6):
        todo.pop(c.below(len(todo)))
    code = o.code
    first = ""
    if c.chance(20) and code.startswith(("return n", "return look", "return get", "return find")):
        first, code = "\tnode kept;\n", "return kept;"
        todo.insert(c.below(len(todo) + 1), f"kept = {o.code.removeprefix('return ')}")
    return first + "".join(f"\t{{ {t} }}\n" if " x = " in t else f"\t{t}\n" for t in todo) + f"\t{code}\n"


def _extra(c: Choices, d: Drawn) -> str:
    """Something that the contract does not ask for, and may forbid."""
    names = {p.name: p for p in d.params}
    ways = ["rcu_lock(); rcu_unlock();", "put(get());", "unlink();", "nap();"]
    for n in [n for n in ("n", "m", "k") if n in names]:
        ways += [_there(names[n], code) for code in (
            f"use({n});", f"use({n});", f"touch({n});", f"ref({n}); put({n});", f"dev x = dev_of({n}); dev_touch(x);",
            f"dev x = dev_of({n}); dev_ref(x); dev_put(x);",
            f"if (tryget({n})) put({n});", f"put({n});",
        )]  # fmt: skip
    if {"n", "m"} <= names.keys():
        ways += ['if (n == m) unreachable("two objects");', "if (n == m) use(m);"]
    if "io" in names:
        ways += ["use(*io);"]
    for p in [p for p in ("p", "q") if p in names]:
        ways += [_there(names[p], code) for code in (
            f"node x = look({p}); if (x) use(x);", f"node x = look({p}); if (x) use(x);", f"if (owned({p})) use({p}->s);",
            f"use({p});", f"drop({p});", f"node x = steal({p}); {p}->s = x;", f"node x = {p}->s; {p}->s = NULL; {p}->s = x;",
            f"node x = look({p}); if (x) touch(x);", f"force({p});", f"node x = look_t({p}); if (x) use(x);",
        )]  # fmt: skip
        ways += [f"if (look({p}) == n) use(n);"] if "n" in names else []
    return c.pick(ways)
