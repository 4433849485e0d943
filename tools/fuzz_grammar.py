# SPDX-License-Identifier: GPL-2.0-only
"""Random sentences of the language, by its grammar."""

import random

NAMES = ("d", "e", "skb", "x", "err", "noref", "f", "g", "out", "rcu", "bh", "gp", "dst", "a", "b", "neigh", "dst_release",
         "dst_hold", "skb_dst_set", "rcu_read_lock", "rcu_read_unlock", "ip_route_output_key", "result", "IS_ERR", "use",
         "empty", "owned", "noref", "ndo_start_xmit", "EINVAL", "A", "hold", "release", "likely", "PTR_ERR")  # fmt: skip
WORDS = {
    "NAME": NAMES, "INT": ("0", "1", "22", "65535", "999999999"), "LINE": ("@1", "@999999999"),
    "STRING": ('"x"', '"dst.spec"', '"skb.spec"', '"a \\" b"', '"../x.spec"', '"%s"', '"\u202e<b>|`"'),
    "PROPERTY": ("sanity", "leaked-ref", "bad-pointer", "no-such"), "TYPE_WORD": ("int", "bool", "void"),
    "PARAM_ATTR": ("__nullable", "__any", "__counted", "__maybe_err"), "VERB": ("use", "hold", "release", "consume", "drop"),
    "EQOP": ("==", "!="), "RELOP": ("<", "<=", ">", ">="), "FROM": ("take", "move", "noref", "copy"),
    "EXPECTED": ("refuted", "vacuous"),
}  # fmt: skip


def _grammar() -> dict[str, list[list[tuple[bool, str]]]]:
    """Rules of the language as lark compiled them: for each the expansions, as (is terminal, name)."""
    from refcheck.syntax.grammar import parser

    rules: dict[str, list[list[tuple[bool, str]]]] = {}
    for rule in parser().rules:
        rules.setdefault(rule.origin.name, []).append([(s.is_term, s.name) for s in rule.expansion])
    return rules


def _terminals() -> dict[str, str]:
    from refcheck.syntax.grammar import parser

    words = {}
    for t in parser().terminals:
        text = t.pattern.value
        plain = text.split("(?")[0] if t.name.startswith("_") and t.pattern.type == "re" else text
        words[t.name] = plain
    return words


def derive(rng: random.Random, start: str, size: int) -> str:
    """A random sentence of the grammar: short expansions are taken once the budget is used up."""
    rules, words = _grammar(), _terminals()
    least: dict[str, int] = {}
    changed = True
    while changed:
        changed = False
        for name, ways in rules.items():
            costs = [1 + sum(0 if t else least.get(s, 10**6) for t, s in way) for way in ways]
            if min(costs) < least.get(name, 10**6):
                least[name], changed = min(costs), True
    out: list[str] = []
    todo, budget = [(False, start)], size
    while todo:
        term, name = todo.pop()
        if term:
            out.append(rng.choice(WORDS[name]) if name in WORDS else words[name].replace("\\", ""))
            continue
        budget -= 1
        ways = rules[name]
        if budget < 0:
            cost = [sum(0 if t else least[s] for t, s in way) for way in ways]
            ways = [w for w, c in zip(ways, cost, strict=True) if c == min(cost)]
        todo.extend(reversed(rng.choice(ways)))
    return " ".join(out)
