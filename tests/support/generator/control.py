# SPDX-License-Identifier: GPL-2.0-only
"""Control flow: sections, branches, loops of every kind, switch, gotos.  Each idiom returns whether it wrote anything."""

from generator.body import _CONTEXT, _UNLOCK, Body, Var


def holds(b: Body, context: str) -> bool:
    """The context is entered, as far as the author knows."""
    wanted = ("rcu", "bh") if context == "gp" else (context,)
    have = {_CONTEXT[s] for s in (*b.sections, *b.guarded)} | set(b.shape.holds)
    return any(w in have for w in wanted)


def forget(sections: list[str], lock: str) -> None:
    """The author thinks the section closed; sections that overlap may have been closed by another's unlock."""
    if lock in sections:
        sections.remove(lock)


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
        forget(b.guarded, lock)
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
        b.sections[-1:] = []
        b.lines.append("\t" * (b.depth + 1) + b.call("obj_unlock") + ";")
        b.put("}")
    else:
        b.put(f"{b.call(lock + '_lock')};")
        b.sections.append(lock)
        b.block_of(1 + b.c.below(2))
        if style == "overlap":
            b.put(f"{b.call('bh_lock')};")
            b.sections.insert(-1, "bh")
        forget(b.sections, lock)
        if b.c.mostly(94):
            b.put(f"{b.call(_UNLOCK[lock])};")
        if style == "overlap":
            b.block_of(1)
            forget(b.sections, "bh")
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
