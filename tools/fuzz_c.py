# SPDX-License-Identifier: GPL-2.0-only
"""C in kernel style for the fuzzer: pieces of the corpus or of a kernel tree, spliced, cut and mangled."""

import functools
import os
import random
import re
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

# The variable that names a kernel tree, if there is one.
KERNEL = "REFCHECK_FUZZ_TREE"
EACH = 10
MACROS = (
    "#define {0}", "#define {0} (", "#define {0}(x) x", "#define {0}(x) do {{ x; }} while (0)",
    "#define {0}(x) if (x) return;",
    "#define {0}(...) __VA_ARGS__ ## {0}(__VA_ARGS__)", "#define {0}(x) {1}(x); {1}(x)", "#define {0}(x) ({{ {1}(x); }})",
    "#define {0}(x, y) for (x; y; )", "#define {0} {1}", "#define {1} {0}\n#define {0} {1}", "#undef {0}",
    "#define {0}(a, b) \\\n\tif (a) \\\n\t\t{1}(b)", "DEFINE_FREE({0}, struct sk_buff *, if (_T) {1}(_T))",
)  # fmt: skip
_CALL = re.compile(r"\b(\w+)\(")
_PAIRS = {
    "(": ")", ")": "(", "{": "}", "}": "{", ";": ",", ",": ";", "->": ".", "==": "!=", "&": "*", "!": "", "return": "goto",
}  # fmt: skip


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


@functools.cache
def kernel_files(folder: str) -> tuple[Path, ...]:
    """The C files below net/ of a kernel tree, or of a tree that has no such folder."""
    return tuple(sorted((Path(folder) / "net").rglob("*.c"))) or tuple(sorted(Path(folder).rglob("*.c")))


def chunks(path: Path) -> tuple[str, list[str]]:
    """What stands in front of the first function of a file, and the rest, cut behind each line that closes something."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    starts = [0, *(i + 1 for i, line in enumerate(lines) if line.startswith("}"))]
    made = ["".join(lines[a:b]) for a, b in zip(starts, [*starts[1:], len(lines)], strict=True)]
    return made[0], made[1:]


def of_kernel(rng: random.Random, folder: str) -> str:
    """A few functions of a file of a tree, or all of them, damaged."""
    head, rest = chunks(rng.choice(kernel_files(folder)))
    if rest and rng.random() < 0.9:
        at = rng.randrange(len(rest))
        rest = rest[at : at + rng.randrange(1, 9)]
    if rng.random() < 0.3:
        other = chunks(rng.choice(kernel_files(folder)))[1]
        rest += rng.sample(other, min(len(other), 2))
        rng.shuffle(rest)
    text = head + "".join(rest)
    for _ in range(rng.randrange(1, 5)):
        text = rng.choice((_cut, _line, _token, _macro, _macro))(rng, text)
    return text


def _cut(rng: random.Random, text: str) -> str:
    """Something is missing: a few characters, some lines, or all that follows."""
    at = rng.randrange(len(text) + 1)
    return text[:at] + (text[at + rng.choice((1, 3, 30, 300)) :] if rng.random() < 0.8 else "")


def _line(rng: random.Random, text: str) -> str:
    """A line is doubled, moved, or has something in front."""
    lines = text.splitlines(keepends=True) or [""]
    at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[at] = rng.choice((lines[other], lines[at] + lines[other], rng.choice(PIECES) + lines[at]))
    return "".join(lines)


def _token(rng: random.Random, text: str) -> str:
    """A bracket or an operator is another one."""
    one, other = rng.choice(sorted(_PAIRS.items()))
    places = [m.start() for m in re.finditer(re.escape(one), text)]
    at = rng.choice(places) if places else len(text)
    return text[:at] + other + text[at + len(one) :]


def _macro(rng: random.Random, text: str) -> str:
    """What is called in the text is a macro too, of which not every one makes sense."""
    names = sorted(set(_CALL.findall(text))) or ["x"]
    lines = text.splitlines(keepends=True)
    made = rng.choice(MACROS).format(rng.choice(names), rng.choice(names))
    lines.insert(rng.randrange(len(lines) + 1), rng.choice((made, made, f"#if A\n{made}\n#else")) + "\n")
    return "".join(lines)


def to_verify_in_tree(rng: random.Random, store: str) -> tuple[list[str], tuple[str, ...]]:
    """Some texts of a tree, damaged, and the words that verify files in it, which is read once for all."""
    tree = os.environ.get(KERNEL, str(TREE))
    more = rng.choice((("--possible",), ("--strict",), ("--format", "json"), ("-q",), ()))
    return [of_kernel(rng, tree) for _ in range(EACH)], ("verify", "--store", store, "-j", "1", "--tree", tree, *more)


def read(text: str) -> None:
    """Read a text as C: it has a tree, and keeps its length and its lines."""
    source = SourceFile("m.c", text)
    made = normalised(source).text
    assert len(made) == len(text), "the text changed its length"
    assert made.count("\n") == text.count("\n"), "the text changed its lines"
    parse(source)
