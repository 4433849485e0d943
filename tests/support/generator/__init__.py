# SPDX-License-Identifier: GPL-2.0-only
"""Well-formed programs at random: every construct of the language, mostly sensible, some wrong.

`program(seed)` gives the text of a model file that stands alone; `split(seed)` gives the same program as a spec and a
model; `programs()` is the hypothesis strategy for the same texts.
"""

from typing import TYPE_CHECKING

from generator.body import Body
from generator.choices import Choices, seeded
from generator.library import Library
from generator.shapes import Shape, shape

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["program", "programs", "split"]

_PROPERTIES = ("leaked-ref", "bad-pointer", "noref-escape", "unbalanced-context", "broken-contract")


def build(c: Choices) -> tuple[Library, str]:
    """The declarations and the functions of one program."""
    lib = Library(c)
    helpers: list[Shape] = []
    texts: list[str] = []
    count, budget = c.weighted(((7, 1), (2, 2), (1, 3))), c.weighted(((6, 2), (3, 4), (1, 6)))
    for i in range(count):
        last = i == count - 1
        s = shape(c, lib, "f" if last else f"g{i + 1}", helper=not last)
        body = Body(c, lib, s, helpers, budget if last else 2).text()
        if "enum mode" in s.result:
            lib.enum = True
        texts.append(_function(c, s, body))
        helpers.append(s)
    notes = 'source "net/core/example.c", "v6.19";\n' if c.chance(20) else ""
    return lib, notes + "\n".join(texts)


def _function(c: Choices, s: Shape, body: str) -> str:
    head = s.head
    if c.chance(6):
        where = " in ndo" if "__entry(ndo" in head and c.chance(50) else ""
        head += f" expect refuted({c.pick(_PROPERTIES)}){where}"
    elif c.chance(2):
        head += " expect vacuous(sanity)"
    if not s.contract:
        return f"{head}\n{body}"
    lines = "\n".join(f"\t{line if ':' in line else line + ':'};" for line in s.contract)
    lines = "\n".join(line.replace(":;", ": ;") for line in lines.split("\n"))
    return f"{head}\ncontract {{\n{lines}\n}}\n{body}"


def program(seed: int) -> str:
    """The text of a model file (.rc) that uses nothing else."""
    lib, functions = build(seeded(seed))
    return lib.declarations(spec=False) + "\n" + functions


def split(seed: int) -> tuple[str, str]:
    """The same program as a spec and a model that uses it as `generated.spec`."""
    lib, functions = build(seeded(seed))
    return lib.declarations(spec=True), f'use "generated.spec";\n\n{functions}'


def programs() -> "SearchStrategy[str]":
    """Program texts as a hypothesis strategy, which can shrink them."""
    from hypothesis import strategies as st

    @st.composite
    def texts(draw: st.DrawFn) -> str:
        lib, functions = build(Choices(lambda n: draw(st.integers(0, n - 1))))
        return lib.declarations(spec=False) + "\n" + functions

    return texts()
