# SPDX-License-Identifier: GPL-2.0-only
"""Programs from a seed in which references depend on what integers are calculated to."""

import random as randoms

HEAD = """resource node;
node get() contract { ok: return hold; };
void put(node n) contract { ok: release n; };
int any() contract { ok: return any; };
int small() contract { neg: return -1; few: return 0 | 1 | 2; };

"""
OPERATORS = ("+", "-", "&", "|", "^", "+", "-", "*", "<<", ">>")


def program(seed: int) -> str:
    """A function that takes and gives back one object, under conditions on three integers."""
    random = randoms.Random(seed)
    names = ["a", "b", "c"]

    def term(depth: int = 2) -> str:
        if depth == 0 or random.random() < 0.35:
            return random.choice([*names, *names, "1", "2", "4", "-1", "-a", "flag"])
        if random.random() < 0.15:
            return f"{random.choice('-~')}({term(depth - 1)})"
        return f"({term(depth - 1)} {random.choice(OPERATORS)} {term(depth - 1)})"

    def condition() -> str:
        kind = random.random()
        if kind < 0.35:
            return f"{random.choice(names)} {random.choice(['<', '<=', '==', '!=', '>', '>='])} {random.choice(names)}"
        if kind < 0.6:
            number = random.choice(["0", "1", "4", "-1", "7"])
            return f"{random.choice(names)} {random.choice(['<', '==', '!=', '>'])} {number}"
        if kind < 0.8:
            return f"({term(1)}) {random.choice(['<', '==', '!=', '>='])} {term(1)}"
        return f"({random.choice(names)} & {random.choice(['1', '4', '6'])})"

    shared = [condition() for _ in range(3)]  # the same condition, asked again, is what makes a difference

    def asked() -> str:
        one = random.choice(shared) if random.random() < 0.75 else condition()
        return f"!({one})" if random.random() < 0.2 else one

    def change() -> str:
        to = random.choice(names)
        value = random.choice([term(1), term(1), term(2), random.choice(names), "any()", "small()", "3", "0", f"{to} + 1"])
        return f"{to} = {value};"

    lines = ["node n = NULL;"]
    if random.random() < 0.5:
        # one condition, asked twice, and something between that may change it
        middle = [change() for _ in range(random.randint(0, 2))]
        lines += [f"if ({shared[0]}) n = get();", *middle, f"if ({shared[0]}) put(n);"]
        body = "\n".join(f"\t{line}" for line in lines)
        return f"{HEAD}void f(int a, int b, bool flag)\n{{\n\tint c = any();\n{body}\n}}\n"
    for _ in range(random.randint(1, 2)):
        lines += [change() for _ in range(random.randint(0, 2))]
        lines.append(f"if ({asked()}) {{ if (!n) n = get(); }}")
    lines += [change() for _ in range(random.randint(0, 1))]
    if random.random() < 0.25:
        head = f"while (a < {random.choice(['2', '3', 'b'])})"
        lines += ["a = 0;", f"{head} {{ if (a == 1 && n) {{ put(n); n = NULL; }} a = a + 1; }}"]
    lines.append(f"if ({asked()}) {random.choice(['put(n);', '{ if (n) put(n); n = NULL; }', '{ put(n); n = NULL; }'])}")
    if random.random() < 0.5:
        lines.append("if (n) put(n);" if random.random() < 0.6 else f"if ({asked()}) {{ if (n) put(n); }}")
    body = "\n".join(f"\t{line}" for line in lines)
    return f"{HEAD}void f(int a, int b, bool flag)\n{{\n\tint c = any();\n{body}\n}}\n"
