"""Idioms: what authors write again and again around references.  Each returns whether it wrote anything."""

from generator.body import _CONTEXT, _UNLOCK, Body, Var


def _holds(b: Body, context: str) -> bool:
    """The context is entered, as far as the author knows."""
    wanted = ("rcu", "bh") if context == "gp" else (context,)
    have = {_CONTEXT[s] for s in (*b.sections, *b.guarded)} | set(b.shape.holds)
    return any(w in have for w in wanted)


def acquire(b: Body) -> bool:
    """A look-up into a variable, and the test of its failure."""
    name = b.c.weighted(((6, "get"), (4, "find"), (2, "peek"), (3, "lookup"), (1, "optional"), (2, "alloc"), (1, "kind")))
    callee = b.lib.callee(name)
    if callee.needs and not _holds(b, callee.needs) and b.c.mostly(92):
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
         (1, "alias"), (1, "pause"), (1, "swap"), (2, "compare"))
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
            if not _holds(b, "rcu") and b.c.mostly(90):
                return False
            b.put(f"{b.call('pause', v.name)};")
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
         (2, "free"), (4, "xmit"), (3, "queue_pkt"), (1, "needs"),
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
            if v is None or (not _holds(b, "rcu") and b.c.mostly(90)):
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


def section(b: Body, lock: str = "") -> bool:
    """A section around statements, usually closed by its partner."""
    lock = lock or b.c.pick(("rcu", "bh", "obj", "mtx"))
    style = b.c.weighted(((6, "calls"), (2, "scoped"), (2, "guard"), (1, "try"), (1, "overlap")))
    if style == "scoped":
        b.lib.guards.add(lock)
        b.call(f"{lock}_lock"), b.call(f"{lock}_unlock")
        b.put(f"scoped_guard({lock}) {{")
        b.guarded.append(lock)
        b.block(1 + b.c.below(3), braces=False)
        b.guarded.remove(lock)
    elif style == "guard" and not b.no_guard:
        b.lib.guards.add(lock)
        b.call(f"{lock}_lock"), b.call(f"{lock}_unlock")
        b.put(f"guard({lock})();")
        b.guarded.append(lock)
        b.block_of(1)
    elif style == "try":
        b.put(f"if ({b.call('trylock')}) {{")
        b.sections.append("obj")
        b.depth += 1
        mark = len(b.vars)
        b.block_of(1)
        b.release(b.vars[mark:])
        del b.vars[mark:]
        b.depth -= 1
        b.sections.pop()
        b.lines.append("\t" * (b.depth + 1) + b.call("obj_unlock") + ";")
        b.put("}")
    else:
        b.put(f"{b.call(lock + '_lock')};")
        b.sections.append(lock)
        b.block_of(1 + b.c.below(2))
        if style == "overlap":
            b.put(f"{b.call('bh_lock')};")
            b.sections.insert(-1, "bh")
        b.sections.remove(lock)
        if b.c.mostly(94):
            b.put(f"{b.call(_UNLOCK[lock])};")
        if style == "overlap":
            b.block_of(1)
            b.sections.remove("bh")
            b.put(f"{b.call('bh_unlock')};")
    return True


def branch(b: Body) -> bool:
    """if, else, else if, ternary."""
    b.put(f"if ({b.condition()}) {{")
    more = b.c.chance(35)
    b.block(1 + b.c.below(2), braces=False)
    if more:
        b.lines[-1] += f" else if ({b.condition()}) {{" if b.c.chance(25) else " else {"
        b.block(1, braces=False)
    return True


def loop(b: Body) -> bool:
    """while, do, for, with break and continue."""
    kind = b.c.pick(("while", "do", "for", "for-list", "ever"))
    b.loops.append((len(b.vars), len(b.sections)))
    before = [(v, v.state) for v in b.vars]
    match kind:
        case "while":
            b.put(f"while ({b.unknown() if b.c.chance(70) else b.condition()}) {{")
            b.block(1 + b.c.below(2), braces=False)
        case "do":
            b.put("do {")
            b.block(1 + b.c.below(2), braces=False, after=f" while ({b.condition()});")
        case "for":
            e = b.fresh("i")
            first = b.c.pick((f"{e} = 0", ""))
            b.put(f"int {e} = 1;")
            b.vars.append(Var(e, "int", "value"))
            step = b.c.pick(("", f"{e} = {b.call('code')}"))
            b.put(f"for ({first}; {b.c.pick(('', b.condition()))}; {step}) {{")
            b.depth += 1
            b.put(f"if ({b.unknown()}) break;")
            b.depth -= 1
            b.block(1, braces=False)
        case "for-list":
            v = b.fresh("n")
            b.put(f"node {v};")
            b.put(f"for ({v} = {b.call('get')}; {b.c.pick((f'!IS_ERR_OR_NULL({v})', v))}; {v} = get()) {{")
            b.vars.append(Var(v, "node", "held"))
            b.depth += 1
            if b.c.mostly(85):
                b.put(f"{b.call('put', v)};")
            b.vars[-1].state = "gone"
            b.depth -= 1
            b.block(1, braces=False)
            b.vars.pop()
        case _:
            b.put("while (true) {")
            b.depth += 1
            b.put(f"if ({b.unknown()}) break;")
            b.depth -= 1
            b.block(1, braces=False)
    b.loops.pop()
    for v, s in before:
        v.state = s
    return True


def switch(b: Body) -> bool:
    """switch with fall-through, default and break."""
    subject = b.some("enum mode", "value") or b.some("int", "value")
    if subject is None:
        b.vars.append(Var(b.fresh("err"), "int", "value"))
        subject = b.vars[-1]
        b.put(f"int {subject.name} = {b.call('code')};")
    if "enum" in subject.type:
        b.lib.enum = True
    cases = ["PLAIN", "CACHED", "LAST"] if "enum" in subject.type else ["0", "-EMSGSIZE", "1", "-EINVAL"]
    b.put(f"switch ({subject.name}) {{")
    before = [(v, v.state) for v in b.vars]
    if b.loops and b.c.chance(50):
        b.loops.append((len(b.vars), len(b.sections)))
        left = True
    else:
        left = False
    for _ in range(1 + b.c.below(2)):
        b.put(f"case {cases.pop(b.c.below(len(cases)))}:", mark=False)
        if b.c.mostly(75):
            b.depth += 1
            b.put("{", mark=False)
            b.block(1, braces=False)
            b.put("break;")
            b.depth -= 1
    if b.c.chance(60):
        b.put("default:", mark=False)
        b.depth += 1
        b.put(f"{b.c.pick((';', 'break;'))}", mark=False)
        b.depth -= 1
    b.put("}", mark=False)
    if left:
        b.loops.pop()
    for v, s in before:
        v.state = s
    return True


def forward(b: Body) -> bool:
    """The classic: goto a label behind the work, where what is held is given back."""
    label = b.fresh("out")
    b.put(f"if ({b.condition()}) goto {label};")
    states = [(v, v.state) for v in b.vars]
    b.no_guard += 1
    mark = len(b.vars)
    b.block_of(1 + b.c.below(2))
    if b.c.chance(40):
        b.put(f"if ({b.unknown()}) {{")
        b.depth += 1
        b.release(b.vars[mark:])
        b.put(f"goto {label};")
        b.depth -= 1
        b.put("}", mark=False)
    if b.c.mostly(85):
        b.release(b.vars[mark:])
    b.no_guard -= 1
    b.put(f"{label}:")
    for v, s in states:
        v.state = s
    del b.vars[mark:]
    return True


def backward(b: Body) -> bool:
    """A loop by goto."""
    label = b.fresh("again")
    b.put(f"{label}:")
    mark, states = len(b.vars), [(v, v.state) for v in b.vars]
    guards = len(b.guarded)
    b.no_guard += 1
    b.block_of(1 + b.c.below(2))
    b.no_guard -= 1
    if guards == len(b.guarded):
        b.put(f"if ({b.unknown()}) {{")
        b.depth += 1
        now = [(v, v.state) for v in b.vars]
        b.release(b.vars[mark:])
        b.put(f"goto {label};")
        for v, s in now:
            v.state = s
        b.depth -= 1
        b.put("}", mark=False)
    if b.c.chance(50):
        for v, s in states:
            v.state = s
    return True


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
    (2, backward), (3, outs), (1, own_outs), (4, helper), (1, wild), (2, odd),
)  # fmt: skip
