# SPDX-License-Identifier: GPL-2.0-only
"""Signatures of generated functions: parameters, attributes, and the contract that a body is to keep."""

from typing import NamedTuple

from generator.choices import Choices
from generator.library import Library


class Shape(NamedTuple):
    """A function to be written.

    `exits` says how a body can end: (state of the result or "", statement before the return, result text).  `given`
    names parameters that every exit must have given away, `enters` contexts that it leaves open, `holds` contexts
    that the caller has entered.
    """

    name: str
    result: str
    params: tuple[tuple[str, str, str], ...]
    attrs: str
    contract: tuple[str, ...]
    exits: tuple[tuple[str, str], ...]
    given: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    enters: str = ""

    @property
    def head(self) -> str:
        """The signature as text."""
        params = ", ".join(f"{t} {n}{a}" if t != n else f"{n}{a}" for t, n, a in self.params)
        return f"{self.result} {self.name}({params}){self.attrs}"


_NODE, _PKT, _FLAG, _NUM = ("node", "n"), ("pkt", "pkt"), ("bool", "flag"), ("int", "num")


def shape(c: Choices, lib: Library, name: str, *, helper: bool) -> Shape:
    """A signature with its contract or without one."""
    params = [_NODE] if c.chance(40) else []
    params += [_PKT] if c.chance(45) else []
    params += [_FLAG] if c.chance(35) else []
    params += [_NUM] if c.chance(15) else []
    attrs, holds = _context(c, lib, helper=helper)
    makers = (
        (6, _plain), (2, _gives), (2, _flagged), (2, _holding), (2, _lending), (2, _out), (2, _slot), (1, _enters),
        (1, _leaves), (1, _alias), (1, _taken), (1, _numbered), (1, _in_out), (1, _answer),
    )  # fmt: skip
    made = c.weighted(makers)(c, name, params, attrs, holds)
    # A contract cannot speak of the slots of what may be anything
    spoken = " ".join((*made.contract, made.attrs))
    known = tuple((t, n, "" if a == " __any" and f"{n}->" in spoken else a) for t, n, a in made.params)
    return made._replace(params=known)


def _attr(c: Choices, kind: str) -> str:
    if kind not in ("node", "pkt"):
        return ""
    return c.weighted(((8, ""), (2, " __nullable"), (1, " __maybe_err"), (1, " __any"), (3, " __counted")))


def _with(c: Choices, params: list[tuple[str, str]]) -> tuple[tuple[str, str, str], ...]:
    return tuple((t, n, _attr(c, t)) for t, n in params)


def _context(c: Choices, lib: Library, *, helper: bool) -> tuple[str, tuple[str, ...]]:
    attrs, holds = "", tuple[str, ...]()
    match c.weighted(((8, ""), (3, "rcu"), (2, "gp"), (1, "lock"), (1, "gp | lock"), (1, "vis"))):
        case "":
            pass
        case fact:
            attrs += f" __must_hold({fact})"
            holds = ({"gp": "bh", "vis": "rcu", "gp | lock": "lock"}.get(fact, fact),)
    if c.chance(20):
        attrs += " __may_sleep"
    if not helper and c.chance(15):
        entries = c.pick(
            (("ndo",), ("soft",), ("process",), ("ndo", "process"), ("soft", "ndo"), ("asked",), ("asked", "soft"))
        )
        lib.entries.update(entries)
        attrs += f" __entry({', '.join(entries)})"
    if c.chance(10):
        attrs += ' __from("net/core/example.c:function")'
    return attrs, holds


def _requires(c: Choices, params: list[tuple[str, str]]) -> str:
    if _PKT in params and c.chance(50):
        prop = c.pick(("", "", "noref-escape: "))
        return f" __requires({prop}pkt->dst is {c.pick(('empty', 'empty | owned', 'empty | noref', 'noref'))})"
    return ""


def _plain(c: Choices, name: str, params: list[tuple[str, str]], attrs: str, holds: tuple[str, ...]) -> Shape:
    """No contract: inlined where it is called."""
    result = c.weighted(((5, "void"), (5, "int"), (2, "node"), (1, "bool"), (1, "enum mode")))
    exits = {
        "void": (("", ""),), "int": (("", "0"), ("", "-EINVAL"), ("", "-EMSGSIZE"), ("", "1")),
        "node": (("held", ""), ("", "NULL"), ("borrow", ""), ("", "ERR_PTR(-ENOENT)")),
        "bool": (("", "true"), ("", "false")), "enum mode": (("", "PLAIN"), ("", "LAST")),
    }[result]  # fmt: skip
    if _FLAG in params and c.chance(40):
        params = [p for p in params if p != _FLAG] + [("bool", "flag")]
    return Shape(name, result, _with(c, params), attrs + _requires(c, params), (), exits, (), holds)


def _need(params: list[tuple[str, str]], *wanted: tuple[str, str]) -> list[tuple[str, str]]:
    return [*wanted, *(p for p in params if p not in wanted)]


def _gives(c: Choices, name: str, params: list[tuple[str, str]], attrs: str, holds: tuple[str, ...]) -> Shape:
    """Gives an argument away on every exit."""
    who = c.pick((_NODE, _PKT))
    verb = c.pick(("release", "consume"))
    params = _need(params, who)
    shown = ((who[0], who[1], c.pick(("", "", " __nullable"))), *_with(c, [p for p in params if p != who]))
    if c.chance(40):
        lines = (f"ok: {verb} {who[1]}, return 0", f"fail: {verb} {who[1]}, return < 0")
        return Shape(name, "int", shown, attrs, lines, (("", "0"), ("", "-EINVAL")), (who[1],), holds)
    return Shape(name, "void", shown, attrs + _requires(c, params), (f"ok: {verb} {who[1]}",), (("", ""),), (who[1],), holds)


def _flagged(c: Choices, name: str, params: list[tuple[str, str]], attrs: str, holds: tuple[str, ...]) -> Shape:
    """Gives the argument away unless a flag says that it is only lent."""
    params = _need(params, _NODE, _FLAG)
    lines = ("ok: release n unless flag, return 0", "fail: release n unless flag, return < 0")
    if c.chance(40):
        last = "fail: release n unless flag, return -EINVAL"
        lines = ("lent if flag: return 0", "own if !flag: consume n, return 0", last)
    return Shape(name, "int", _with(c, params), attrs, lines, (("", "0"), ("", "-EINVAL")), ("n unless flag",), holds)


def _holding(c: Choices, name: str, params: list[tuple[str, str]], attrs: str, holds: tuple[str, ...]) -> Shape:
    """Returns a reference, or a failure."""
    fail = c.pick(("none: return NULL", "fail: return ERR_PTR", "fail: return ERR_PTR(-ENOENT)"))
    bad = "NULL" if "NULL" in fail else "ERR_PTR(-ENOENT)"
    return Shape(name, "node", _with(c, params), attrs, ("got: return hold", fail), (("held", ""), ("", bad)), (), holds)


def _lending(c: Choices, name: str, params: list[tuple[str, str]], attrs: str, holds: tuple[str, ...]) -> Shape:
    """Returns a borrow that the caller's section protects."""
    del attrs, holds
    lines = ("lent: return borrow(gp)", "none: return NULL")
    attrs = c.pick((" __must_hold(rcu)", " __must_hold(gp)", ""))
    held = ("rcu",) if attrs else ()
    return Shape(name, "node", _with(c, params), attrs, lines, (("borrow", ""), ("", "NULL")), (), held)


def _out(c: Choices, name: str, params: list[tuple[str, str]], attrs: str, holds: tuple[str, ...]) -> Shape:
    """Gives an object or a flag through an out-parameter."""
    if c.chance(40):
        lines = ("ok: *out = hold, return 0", c.pick(("fail: *out = NULL, return < 0", "fail: return < 0")))
        shown = (*_with(c, params), ("node", "*out", ""))
        exits = (("*out", "0"), ("*out = NULL" if "NULL" in lines[1] else "", "-EINVAL"))
        return Shape(name, "int", shown, attrs, lines, exits, (), holds)
    lines = ("lent: *noref = true, return borrow(gp)", "own: *noref = false, return hold", "none: return NULL")
    shown = (*_with(c, params), ("bool", "*noref", ""))
    exits = (("borrow", "*noref = true"), ("held", "*noref = false"), ("", "NULL"))
    return Shape(name, "node", shown, " __must_hold(rcu)", lines, exits, (), ("rcu",))


def _slot(c: Choices, name: str, params: list[tuple[str, str]], attrs: str, holds: tuple[str, ...]) -> Shape:
    """Changes a slot of an argument."""
    params = _need(params, _PKT)
    line = c.pick(
        (
            "done: drop pkt->dst, pkt->dst = hold, return 0", "done: drop pkt->dst, return 0",
            "done: drop pkt->dst, pkt->dst = move n, return 0", "done: drop pkt->dst, pkt->dst = noref n, return 0",
            "done: drop pkt->dst, pkt->dst = borrow(gp), return 0", "done: try_hold pkt->dst, return 0",
            "done: use pkt->dst, return 0", "done: pkt->dst = copy other->dst, return 0",
        )
    )  # fmt: skip
    params = _need(params, _NODE) if " n," in line else params
    if "other" in line:
        params = [*params, ("pkt", "other")]
    moved = ("n",) if "move n" in line else ()
    lines = (line, "kept: return < 0") if not moved and c.chance(40) else (line,)
    shown = tuple((t, n, "" if n == "n" else a) for t, n, a in _with(c, params))
    requires = "" if c.mostly(60) else " __requires(pkt->dst is empty | owned)"
    exits = ((line, "0"), ("", "-EINVAL"))[: len(lines)]
    return Shape(name, "int", shown, attrs + requires, lines, exits, moved, holds)


def _enters(c: Choices, name: str, params: list[tuple[str, str]], attrs: str, holds: tuple[str, ...]) -> Shape:
    """Leaves a section open, perhaps on one outcome only."""
    what = c.pick(("rcu", "bh", "lock"))
    lock = "obj" if what == "lock" else what
    lines = (f"on: enter {what}, return true", "off: return false")
    exits = ((f"{lock}_lock", "true"), ("", "false"))
    return Shape(name, "bool", _with(c, params), attrs, lines, exits, (), holds, what)


def _leaves(c: Choices, name: str, params: list[tuple[str, str]], attrs: str, holds: tuple[str, ...]) -> Shape:
    """Closes a section of the caller."""
    del attrs, holds
    lines = c.pick((("ok: leave rcu",), ("ok: leave rcu", "kept:"), ("ok: leave rcu, enter rcu",)))
    exits = (("rcu_unlock", ""), ("", ""))[: len(lines)]
    if "enter" in lines[0]:
        exits = (("", ""),)
    return Shape(name, "void", _with(c, params), " __must_hold(rcu)", lines, exits, (), ("rcu",))


def _alias(c: Choices, name: str, params: list[tuple[str, str]], attrs: str, holds: tuple[str, ...]) -> Shape:
    """Returns its argument, or what a slot names."""
    if c.chance(40):
        params = _need(params, _PKT)
        return Shape(name, "node", _with(c, params), attrs, ("ok: return pkt->dst",), (("", "pkt->dst"),), (), holds)
    params = _need(params, _NODE)
    return Shape(name, "node", _with(c, params), attrs, ("ok: return n",), (("", "n"),), (), holds)


def _taken(c: Choices, name: str, params: list[tuple[str, str]], attrs: str, holds: tuple[str, ...]) -> Shape:
    """Takes what a slot owns."""
    params = _need(params, _PKT)
    exits = (("", "steal(pkt)"),)
    attrs += c.pick((" __requires(pkt->dst is owned)", " __requires(pkt->dst is empty | owned)", ""))
    return Shape(name, "node", _with(c, params), attrs, ("ok: return take pkt->dst",), exits, (), holds)


def _numbered(c: Choices, name: str, params: list[tuple[str, str]], attrs: str, holds: tuple[str, ...]) -> Shape:
    """Outcomes that depend on a number."""
    params = _need(params, _NUM)
    lines = ("neg if num < 0: return < 0", "pos if num >= 0: return 0 | 1")
    exits = (("num", "num"),)
    return Shape(name, "int", _with(c, params), attrs, lines, exits, (), holds)


def _in_out(c: Choices, name: str, params: list[tuple[str, str]], attrs: str, holds: tuple[str, ...]) -> Shape:
    """An out-parameter whose object the caller brings."""
    lines = ("taken: consume *pn, *pn = NULL, return true", "kept: return false")
    exits = (("put(*pn)", "true"), ("", "false"))
    shown = (*_with(c, [p for p in params if p != _NODE]), ("node", "*pn", ""))
    return Shape(name, "bool", shown, attrs, lines, exits, (), holds)


def _answer(c: Choices, name: str, params: list[tuple[str, str]], attrs: str, holds: tuple[str, ...]) -> Shape:
    """A flag that says whether an argument was taken."""
    params = _need(params, _NODE)
    lines = ("took: release n, return true", "left: return false")
    shown = tuple((t, n, "" if n == "n" else a) for t, n, a in _with(c, params))
    return Shape(name, "bool", shown, attrs, lines, (("put(n)", "true"), ("", "false")), (), holds)
