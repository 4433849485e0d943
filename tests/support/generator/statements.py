# SPDX-License-Identifier: GPL-2.0-only
"""What C says of statements and conversions: assignments as values, flags beside numbers, labels, blocks that begin anew."""

from generator.body import Body, Var


def statements(b: Body) -> bool:
    """One construct whose meaning is easily taken for another."""
    return b.c.pick((_assigned, _chain, _flag, _drained, _counted, _labelled, _again, _case_inside, _enum))(b)


def _number(b: Body) -> str:
    have = b.of("int", "value")
    return b.c.pick(have).name if have and b.c.mostly() else b.call("code")


def _assigned(b: Body) -> bool:
    """An assignment in a condition."""
    v = Var(b.fresh("err"), "int", "value")
    b.put(f"int {v.name};")
    test = b.c.pick(("({0} = {1}) < 0", "({0} = {1})", "!({0} = {1})", "({0} = {1}) == -EINVAL"))
    b.put(f"if ({test.format(v.name, b.call('code'))}) {{")
    b.vars.append(v)
    b.depth += 1
    b.jump()
    b.depth -= 1
    b.put("}", mark=False)
    return True


def _chain(b: Body) -> bool:
    """A chain of assignments, over a flag."""
    i, f = Var(b.fresh("i"), "int", "value"), Var(b.fresh("f"), "bool", "value")
    b.put(f"int {i.name};")
    b.put(f"bool {f.name};")
    targets = (i.name, f.name) if b.c.mostly() else (f.name, i.name)
    b.put(f"{targets[0]} = {targets[1]} = {b.c.pick((_number(b), '5', b.scalar('bool')))};")
    b.vars += [i, f]
    return True


def _flag(b: Body) -> bool:
    """What becomes a flag, and a flag beside a number."""
    v = Var(b.fresh("f"), "bool", "value")
    pointers = [p.name for p in b.of("node", "held", "borrow", "lent", "maybe", "null")]
    number = _number(b)
    texts = (number, f"likely({number})", f"{number} == true", *pointers[:1], b.scalar("bool"))
    b.put(f"bool {v.name} = {b.c.pick(texts)};")
    b.vars.append(v)
    right = b.c.pick(("2", "1", "-1", _number(b), b.scalar("bool"), f"!{number}"))
    b.put(f"if ({v.name} {b.c.pick(('==', '!=', '<', '>='))} {right}) {{")
    b.block(1, braces=False)
    return True


def _drained(b: Body) -> bool:
    """A loop that ends when there is no more."""
    v = b.fresh("n")
    b.put(f"node {v};")
    b.put(f"while ({b.c.pick(('({0} = {1})', '!IS_ERR_OR_NULL({0} = {1})')).format(v, b.call('get'))}) {{")
    b.depth += 1
    if b.c.mostly(90):
        b.put(f"{b.call('put', v)};")
    if b.c.chance(30):
        b.put("break;")
    b.depth -= 1
    b.put("}", mark=False)
    return True


def _counted(b: Body) -> bool:
    """A loop with variables of its own."""
    i, j = b.fresh("i"), b.fresh("i")
    more = f", {j} = {i}" if b.c.chance(30) else ""
    b.put(f"for (int {i} = {_number(b)}{more}; {b.unknown()}; {i} = {b.call('code')}) {{")
    b.block(1, braces=False)
    return True


def _labelled(b: Body) -> bool:
    """A label that a condition governs."""
    label = b.fresh("here")
    held = b.of("node", "held")
    what = b.give(held[0]) if held and not held[0].flag and b.c.chance(50) else ";"
    b.put(f"if ({b.condition()}) {label}: {what}", mark=False)
    return True


def _again(b: Body) -> bool:
    """A goto back into a block that was left, past a declaration."""
    i, label = b.fresh("i"), b.fresh("mid")
    b.put("{")
    b.depth += 1
    b.put(f"int {i} = {_number(b)};")
    b.put(f"{label}:")
    b.put(f"if ({b.unknown()}) {i} = 1;" if b.c.chance(50) else f"{i} = 0;")
    b.put(f"if ({i}) ;" if b.c.chance(70) else ";")
    b.depth -= 1
    b.put("}", mark=False)
    b.put(f"if ({b.unknown()}) goto {label};")
    return True


def _case_inside(b: Body) -> bool:
    """A case in a block of its switch."""
    b.put(f"switch ({_number(b)}) {{")
    b.depth += 1
    b.put(f"case 0: if ({b.unknown()}) {{", mark=False)
    b.put(f"case {b.c.pick(('1', '-EINVAL'))}: ;", mark=False)
    b.put("}", mark=False)
    if b.c.chance(40):
        b.put("break;")
    b.put("default: ;", mark=False)
    b.depth -= 1
    b.put("}", mark=False)
    return True


def _enum(b: Body) -> bool:
    """An enum beside numbers."""
    b.lib.enum = True
    k, i = Var(b.fresh("k"), "enum mode", "value"), Var(b.fresh("i"), "int", "value")
    b.put(f"enum mode {k.name} = {b.c.pick(('LAST', '1', b.unknown(), 'PLAIN'))};")
    b.put(f"int {i.name} = {k.name};")
    b.vars += [k, i]
    b.put(f"if ({k.name} {b.c.pick(('==', '!='))} {_number(b)}) {{")
    b.block(1, braces=False)
    return True
