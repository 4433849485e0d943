# SPDX-License-Identifier: GPL-2.0-only
"""What authors do with objects: look-ups, tests, conversions, hand-overs, slots.  Each returns whether it wrote anything."""

from generator.body import Body, Var
from generator.control import holds, section


def acquire(b: Body) -> bool:
    """A look-up into a variable, and the test of its failure."""
    name = b.c.weighted(
        ((6, "get"), (4, "find"), (2, "peek"), (3, "lookup"), (1, "optional"), (2, "alloc"), (1, "kind"), (2, "root"))
    )
    callee = b.lib.callee(name)
    if callee.needs and not holds(b, callee.needs) and b.c.mostly(92):
        return section(b, {"gp": "rcu", "rcu": "rcu", "lock": "obj"}[callee.needs])
    if callee.gives == "value":
        v = Var(b.fresh("k"), callee.result, "value")
        b.put(f"{callee.result} {v.name} = {name}();")
        b.vars.append(v)
        return True
    flag = ""
    args = ""
    if name == "lookup":
        flag = b.fresh("noref")
        b.put(f"bool {flag};")
        args = f"{b.scalar('bool')}, &{flag}"
        b.vars.append(Var(flag, "bool", "unset"))
    old = b.of(callee.result, "gone", "unset", "null")
    if old and not flag and b.c.chance(35):
        v = b.c.pick(old)
        v.flag, v.lent = "", False
        b.put(f"{v.name} = {name}({args});")
    else:
        v = Var(b.fresh("n" if callee.result == "node" else "p"), callee.result, "unset")
        if b.c.chance(30):
            b.put(f"{callee.result} {v.name};")
            b.put(f"{v.name} = {name}({args});")
        else:
            b.put(f"{callee.result} {v.name} = {name}({args});")
        b.vars.append(v)
    v.flag, v.fails, v.state = flag, callee.fails, callee.gives
    if flag:
        b.vars = [x for x in b.vars if x.name != flag]
    if callee.fails and b.c.mostly(92):
        test(b, v)
    elif callee.fails:
        v.state = "maybe"
    if flag:
        b.vars.append(Var(flag, "bool", "value"))
    if callee.needs == "lock" and b.c.chance(40):
        b.block_of(1)
        b.put(f"{b.call('unlink')};")
    return True


def test(b: Body, v: Var) -> None:
    """Leave where a look-up failed."""
    state, v.state = v.state, "null"
    checks = {"n": (f"!{v.name}", f"{v.name} == NULL"), "e": (f"IS_ERR({v.name})",), "ne": (f"IS_ERR_OR_NULL({v.name})",)}
    cond = b.c.pick(checks[v.fails])
    if b.c.chance(20):
        cond = f"unlikely({cond})"
    b.put(f"if ({cond}) {{")
    b.depth += 1
    if v.fails == "e" and b.shape.result == "int" and not b.shape.contract and b.c.chance(60) and not b.sections:
        b.release([x for x in b.vars if x is not v])
        b.put(f"return {b.c.pick(('PTR_ERR', 'PTR_ERR_OR_ZERO'))}({v.name});")
    elif v.fails == "e" and b.shape.result == "node" and b.c.chance(30) and not b.sections:
        b.put(f"return ERR_CAST({v.name});")
    else:
        b.jump()
    b.depth -= 1
    b.put("}")
    v.state, v.fails = state, ""


def act(b: Body) -> bool:
    """Something plausible with an object."""
    v = b.some("node", "held", "borrow", "lent", "flag")
    if v is None:
        return False
    what = b.c.weighted(
        ((4, "use"), (3, "touch"), (3, "put"), (2, "ref"), (2, "tryget"), (2, "same"), (2, "build"), (1, "dev_of"),
         (1, "alias"), (1, "pause"), (1, "swap"), (2, "compare"), (2, "nap"), (2, "unlink"))
    )  # fmt: skip
    match what:
        case "use":
            b.put(f"use({v.name if b.c.chance(70) else f'&{v.name}->' + b.c.pick(('in', 'u.in'))});")
        case "compare":
            return _compare(b, v)
        case "touch":
            b.put(f"{b.call('touch', v.name)};")
        case "put":
            if v.state not in ("held", "flag") and b.c.mostly(92):
                return False
            b.put(b.give(v))
            v.state = "gone"
            if b.c.chance(15):
                b.put(b.c.pick((f"use({v.name});", b.give(v))))
        case "ref":
            return _ref(b, v)
        case "tryget":
            return _tryget(b, v)
        case "same" | "alias":
            w = Var(b.fresh("n"), "node", "borrow")
            b.put(f"node {w.name} = {b.call('same', v.name) if what == 'same' else v.name};")
            b.vars.append(w)
        case "build":
            return _build(b, v)
        case "dev_of":
            return _device(b, v)
        case "pause":
            if not holds(b, "rcu") and b.c.mostly(90):
                return False
            b.put(f"{b.call('pause', v.name)};")
        case "nap":
            if not holds(b, "rcu") and b.c.mostly(80):
                return False
            b.put(f"{b.call('nap')};")
        case "unlink":
            if not holds(b, "lock") and b.c.mostly(70):
                return False
            b.put(f"{b.call('unlink')};")
        case _:
            if v.state != "held" or v.flag:
                return False
            b.put(f"{b.call('swap', f'&{v.name}')};")
            v.state, v.fails = "maybe", "n"
    return True


def _ref(b: Body, v: Var) -> bool:
    """A plain hold, given back later or at once."""
    if v.state == "borrow" and b.c.mostly(85):
        return False
    callee = b.lib.callee("ref")
    if callee.result == "node" and b.c.chance(60):
        w = Var(b.fresh("n"), "node", "held")
        b.put(f"node {w.name} = ref({v.name});")
        b.vars.append(w)
        return True
    b.put(f"ref({v.name});")
    b.block_of(1)
    if b.c.mostly(90):
        b.put(f"{b.call('put', '&' + v.name + '->in' if b.c.chance(15) else v.name)};")
    return True


def _compare(b: Body, v: Var) -> bool:
    """Two pointers that may be one object: where they are, one reference is given back through the other name."""
    others = [w for w in b.of("node", "held", "borrow", "lent") if w is not v and w.state != "null"]
    if not others:
        return False
    w = b.c.pick(others)
    b.put(f"if ({v.name} {b.c.pick(('==', '!='))} {w.name}) {{")
    b.depth += 1
    if v.state == w.state == "held" and b.c.chance(50):
        b.put(f"{b.call('put', w.name)};")
        b.put(f"use({v.name});")
        b.put(f"{b.call('put', w.name)};")
        v.state = w.state = "gone"
        b.jump()
        v.state = w.state = "held"
    else:
        b.put(f"use({b.c.pick((v, w)).name});")
    b.depth -= 1
    b.put("}")
    return True


def _tryget(b: Body, v: Var) -> bool:
    """A try-conversion, usually with its failure tested."""
    if b.c.mostly(80):
        b.put(f"if ({b.call('tryget', v.name)}) {{")
        b.depth += 1
        mark = len(b.vars)
        b.block_of(1)
        b.release(b.vars[mark:])
        del b.vars[mark:]
        if b.c.mostly(90):
            b.put(f"{b.call('put', v.name)};")
        b.depth -= 1
        b.put("}")
        return True
    b.put(f"{b.call('tryget', v.name)};")
    return True


def _build(b: Body, v: Var) -> bool:
    """A callee that releases on its own failure."""
    flag = v.flag or ("false" if v.state == "held" else "true")
    err = b.fresh("err")
    b.put(f"int {err} = {b.call('build', v.name, flag if b.c.mostly(92) else b.scalar('bool'))};")
    if len(b.lib.callee("build").outcomes) > 2:
        b.put(f"if ({err} == -EMSGSIZE) {{")
        b.depth += 1
        state = v.state
        b.release([v])
        v.state = "gone"
        b.jump()
        v.state = state
        b.depth -= 1
        b.put("}")
    if b.c.mostly(85):
        state, v.state = v.state, "gone"
        b.put(f"if ({err}) {{" if b.c.chance(50) else f"if ({err} < 0) {{")
        b.depth += 1
        b.jump()
        b.depth -= 1
        b.put("}")
        v.state = state
    b.vars.append(Var(err, "int", "value"))
    return True


def _device(b: Body, v: Var) -> bool:
    """A borrow that lives as long as its owner."""
    d = Var(b.fresh("d"), "dev", "borrow")
    b.put(f"dev {d.name} = {b.call('dev_of', v.name)};")
    b.put(f"{b.call('dev_touch', d.name)};")
    if b.c.chance(40):
        b.put(f"{b.call('dev_ref', d.name)};")
        d.state = "held"
    b.vars.append(d)
    return True


def packet(b: Body) -> bool:
    """Something with a slot."""
    p = b.some("pkt", "held", "lent")
    if p is None:
        return False
    what = b.c.weighted(
        ((3, "set"), (2, "set_null"), (2, "set_noref"), (2, "drop"), (2, "read"), (2, "force"), (1, "clear"), (1, "steal"),
         (1, "store"), (2, "clone"), (2, "copy"), (1, "refill"), (1, "scrub"),
         (2, "free"), (2, "kfree"), (4, "xmit"), (3, "queue_pkt"), (1, "needs"),
         (1, "dst"), (1, "null"), (1, "exchange"))
    )  # fmt: skip
    match what:
        case "set" | "set_null" | "store":
            v = b.some("node", "held")
            if v is None or v.flag:
                return False
            if p.lent and b.c.mostly(85):
                b.put(f"{b.call('drop', p.name)};")
            b.put(f"{p.name}->dst = {v.name};" if what == "store" else f"{b.call(what, p.name, v.name)};")
            v.state = "gone" if b.c.chance(70) else "borrow"
        case "set_noref":
            v = b.some("node", "borrow", "held", "lent")
            if v is None or (not holds(b, "rcu") and b.c.mostly(90)):
                return False
            if p.lent and b.c.mostly(85):
                b.put(f"{b.call('drop', p.name)};")
            b.put(f"{b.call(what, p.name, v.name)};")
        case "drop" | "clear" | "needs" | "force" | "refill":
            b.put(f"{b.call(what, p.name)};")
        case "read" | "dst":
            v = Var(b.fresh("n"), "node", "maybe", "n")
            b.put(f"node {v.name} = {b.call('dst', p.name) if what == 'dst' else p.name + '->dst'};")
            if b.c.mostly(80):
                b.put(f"if ({v.name}) use({v.name});")
        case "steal" | "exchange":
            v = Var(b.fresh("n"), "node", "maybe", "n")
            b.put(f"node {v.name} = {p.name}->dst;" if what == "exchange" else f"node {v.name} = {b.call('steal', p.name)};")
            if what == "exchange":
                b.put(f"{p.name}->dst = NULL;")
            b.vars.append(v)
        case "null":
            b.put(f"{p.name}->dst = NULL;")
        case "scrub":
            b.put(f"{b.call('scrub', f'&{p.name}')};")
        case "clone":
            _clone(b, p)
        case "copy":
            q = b.some("pkt", "held", "lent")
            if q is None or (q is p and b.c.mostly(90)):
                return False
            b.put(f"{b.call('copy', p.name, q.name)};")
        case _:
            return _send(b, p, what)
    return True


def _clone(b: Body, p: Var) -> None:
    q = Var(b.fresh("p"), "pkt", "held", b.lib.callee("clone").fails)
    b.put(f"pkt {q.name} = clone({p.name});")
    b.vars.append(q)
    if q.fails and b.c.mostly(92):
        test(b, q)


def _send(b: Body, p: Var, what: str) -> bool:
    if p.state != "held" and b.c.mostly(90):
        return False
    if what == "kfree" and b.c.mostly(70):
        b.put(f"{b.call('drop', p.name)};")
    if what == "xmit":
        v = b.some("node", "held", "borrow", "lent", "flag")
        if v is None:
            return False
        flag = v.flag or ("false" if v.state == "held" else "true")
        b.put(f"{b.call('xmit', p.name, v.name, flag)};")
        v.state = "gone"
    else:
        b.put(f"{b.call(what, p.name)};")
    p.state = "gone"
    if b.c.chance(25):
        b.put(b.c.pick((f"use({p.name});", f"{b.call('free', p.name)};", f"{b.call('drop', p.name)};")))
    return True
