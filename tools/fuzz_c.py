# SPDX-License-Identifier: GPL-2.0-only
"""C in kernel style for the fuzzer: pieces of the corpus, spliced, cut and mangled."""

import random
from pathlib import Path

from refcheck.base.source import SourceFile
from refcheck.c.parse import parse
from refcheck.c.text import normalised

TREE = Path(__file__).parent.parent / "corpus" / "c"
SOURCES = sorted(TREE.rglob("*.c"))
PIECES = (
    "#if A\n", "#else\n", "#endif\n", "/*", '"', "{", "}", "(", ")", "for_each_x(a) ", "typeof(", "\\\n", "#define X \\\n",
    "case 1:",
)  # fmt: skip


def spliced(rng: random.Random) -> str:
    """Two files of the corpus, a few of their lines cut, doubled or with something put before them."""
    lines = "".join(rng.choice(SOURCES).read_text(encoding="utf-8") for _ in range(2)).splitlines(keepends=True)
    for _ in range(rng.randrange(6)):
        at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
        cut = lines[at][: rng.randrange(len(lines[at]) + 1)]
        lines[at] = rng.choice(("", lines[other], cut, rng.choice(PIECES) + lines[at]))
    return "".join(lines)


def shaped(rng: random.Random) -> str:
    """A function that is deep, long, or written as few people write, around what touches a reference."""
    n = rng.choice((1, 3, 50, 170, 190, 2000))
    use = "ip_rt_put(rt);"
    body = rng.choice((
        "{" * n + use + "}" * n, "if (a) " * n + use, "while (a) " * n + use, f"if ({'(' * n}a{')' * n}) {use}",
        "a = " + "a ? a : " * n + "a;" + use, f"a = {'({ ' * n}a; {'}); ' * n}{use}", "do " * n + use + " while (a);" * n,
        f'asm volatile("" : "+r"(rt)); {use}', f"static void *t[] = {{ &&one }}; goto *t[a]; one: {use}", use * n,
        f"int inner(int b) {{ return b; }} {use}", f"a = ({{ int b = a; {use} b; }});", f"MACRO(a) {use}", f"int {use}",
        f"switch (a) {{ {''.join(f'case {i}: ' for i in range(n))}{use} }}", f'asm goto("" :::: one); one: {use}',
        f"goto l{n}; {''.join(f'l{i}: a++; ' for i in range(n))} l{n}: {use}", f"for (int i = 0, j; i < {n}; i++) {use}",
    ))  # fmt: skip
    heads = ("int f(struct rtable *rt, int a)", "int f(rt, a) struct rtable *rt; int a;", "f(struct rtable *rt, int a)")
    return f"#include <net/route.h>\n\n{rng.choice(heads)}\n{{\n\t{body}\n\treturn a;\n}}\n"


def to_verify(rng: random.Random, folder: str) -> tuple[str, tuple[str, ...]]:
    """A text, and the words that verify it in the tree of the corpus or in one without headers."""
    text = spliced(rng) if rng.random() < 0.7 else shaped(rng)
    tree = str(TREE) if rng.random() < 0.8 else folder
    more = rng.choice((("--possible",), ("--strict",), ("--format", "json"), ("-q",), ()))
    return text, ("verify", "--no-store", "-j", "1", "--tree", tree, *more)


def read(text: str) -> None:
    """Read a text as C: it has a tree, and keeps its length and its lines."""
    source = SourceFile("m.c", text)
    made = normalised(source).text
    assert len(made) == len(text), "the text changed its length"
    assert made.count("\n") == text.count("\n"), "the text changed its lines"
    parse(source)
