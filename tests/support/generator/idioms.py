# SPDX-License-Identifier: GPL-2.0-only
"""Idioms: what authors write again and again around references.  Each returns whether it wrote anything."""

from generator.body import Body, Var
from generator.control import backward, branch, forward, loop, section, switch
from generator.objects import acquire, act, packet, test
from generator.statements import statements


def scalars(b: Body) -> bool:
    """Numbers, flags and named unknowns."""
    kind = b.c.pick(("bool", "int"))
    v = Var(b.fresh("f" if kind == "bool" else "err"), kind, "value")
    if kind == "bool":
        text = b.c.pick((b.unknown(), "config(NETNS)", "true", f"!({b.condition()})", b.scalar("bool")))
    else:
        choice = f"{b.condition()} ? 0 : -EINVAL"
        text = b.c.pick((b.call("code"), b.call("code"), b.call("mtu", b.scalar("int")), b.scalar("int"), choice))
    old = b.of(kind, "value", "unset")
    if b.c.chance(25) and old:
        b.put(f"{b.c.pick(old).name} = {text};")
    elif b.c.chance(10):
        v.state = "unset"
        b.put(f"{kind} {v.name};")
        b.vars.append(v)
    else:
        b.put(f"{kind} {v.name} = {text};")
        b.vars.append(v)
    return True


def outs(b: Body) -> bool:
    """Out-arguments."""
    if b.c.chance(15):
        flag = b.fresh("set")
        b.put(f"bool {flag};")
        b.put(f"{b.call('query', b.c.pick(('NULL', f'&{flag}')))};")
        b.vars.append(Var(flag, "bool", "value" if b.c.chance(50) else "unset"))
        return True
    v, err = Var(b.fresh("n"), "node", "held"), b.fresh("err")
    b.put(f"node {v.name};")
    b.put(f"int {err} = {b.call('make', '&' + v.name)};")
    if b.c.mostly(85):
        b.put(f"if ({err} < 0) {{" if b.c.mostly() else f"if ({err}) {{")
        b.depth += 1
        b.jump()
        b.depth -= 1
        b.put("}", mark=False)
    v.state = "held" if len(b.lib.callee("make").outcomes) == 2 else "flag"
    if v.state == "flag":
        v.flag = err
    b.vars += [v, Var(err, "int", "value")]
    return True


def own_outs(b: Body) -> bool:
    """The function's own out-parameters."""
    own = [v for v in b.vars if v.name.startswith("*")]
    if not own:
        return False
    v = b.c.pick(own)
    if v.type == "bool":
        b.put(f"{v.name} = {b.scalar('bool')};")
    elif v.name == "*pn":
        b.put(f"use({v.name});" if b.c.mostly(80) else f"{v.name} = NULL;")
    else:
        b.put(f"{v.name} = NULL;")
    return True


def helper(b: Body) -> bool:
    """A call of another function of the model."""
    if not b.helpers:
        return False
    h = b.c.pick(b.helpers)
    args = []
    given: list[Var] = []
    for t, n, _ in h.params:
        wants = ("held",) if any(g.split()[0] == n for g in h.given) else ("held", "borrow", "lent")
        if n.startswith("*"):
            v = b.some(t, *(("held",) if n == "*pn" else ("unset", "gone"))) if t == "node" else None
            if v is None:
                v = Var(b.fresh("n" if t == "node" else "noref"), t, "unset")
                b.put(f"{t} {v.name}{' = ' + b.call('get') if n == '*pn' else ''};")
                b.vars.append(v)
            args.append(f"&{v.name}")
            v.state, v.fails = ("maybe", "ne") if t == "node" else ("value", "")
        elif t in ("node", "pkt"):
            v = b.some(t, *wants)
            if v is None:
                return False
            args.append(v.name)
            given += [v] if wants == ("held",) else []
        else:
            args.append(b.scalar(t))
    text = f"{h.name}({', '.join(args)})"
    for v in given:
        v.state = "gone"
    if h.result == "void" or b.c.chance(25):
        b.put(f"{text};")
        return True
    state = "value"
    if h.result == "node":
        state = "held" if any("hold" in line for line in h.contract) or not h.contract else "borrow"
    v = Var(b.fresh("r"), h.result, state, "ne" if h.result == "node" else "")
    b.put(f"{h.result} {v.name} = {text};")
    b.vars.append(v)
    if h.result == "node" and b.c.mostly(85):
        test(b, v)
    return True


def wild(b: Body) -> bool:
    """A contract without any plan, on whatever there is."""
    v, p = b.some("node", "held", "borrow", "lent"), b.some("pkt", "held", "lent")
    if v is None or p is None:
        return False
    name = b.lib.random()
    callee = b.lib.callee(name)
    text = f"{name}({v.name}, {p.name}, {b.scalar('bool')})"
    if callee.result == "void" or b.c.chance(40):
        b.put(f"{text};")
        return True
    w = Var(b.fresh("w"), callee.result, "maybe" if callee.result == "node" else "value", "ne")
    b.put(f"{callee.result} {w.name} = {text};")
    b.vars.append(w)
    return True


def odd(b: Body) -> bool:
    """What is seldom written: blocks, empty statements, sleeping, claims, overwriting."""
    what = b.c.pick(("block", "empty", "sleep", "claim", "null", "unset", "errptr", "claimed"))
    match what:
        case "block":
            b.block(1 + b.c.below(2))
        case "empty":
            b.put(";", mark=False)
        case "sleep":
            if (b.sections or b.guarded or b.shape.holds or "may_sleep" not in b.shape.attrs) and b.c.mostly(70):
                return False
            b.put(f"{b.call('sleepy')};")
        case "claim" | "claimed":
            flag = b.fresh("f")
            b.put(f"bool {flag} = {b.c.pick(('true', b.unknown() if b.c.chance(30) else 'true'))};")
            b.put(f'if (!{flag}) {{ unreachable("{flag} is set"); }}' if b.c.mostly(80) else f"if (!{flag}) ;")
        case "null":
            v = b.some("node", "gone", "null")
            if v is None or v.lent:
                return False
            b.put(f"{v.name} = NULL;")
            v.state = "null"
        case "unset":
            v = Var(b.fresh("n"), "node", "unset")
            b.put(f"node {v.name};")
            b.vars.append(v)
        case _:
            v = Var(b.fresh("n"), "node", "maybe", "ne")
            code = b.call("code") if b.c.chance(40) else "-EINVAL"
            b.put(f"node {v.name} = {b.c.pick((f'ERR_PTR({code})', 'NULL'))};")
            b.vars.append(v)
    return True


IDIOMS = (
    (10, acquire), (10, act), (6, branch), (4, section), (9, packet), (3, scalars), (3, loop), (2, switch), (3, forward),
    (2, backward), (3, outs), (1, own_outs), (4, helper), (1, wild), (2, odd), (3, statements),
)  # fmt: skip
