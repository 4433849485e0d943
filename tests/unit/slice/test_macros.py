# SPDX-License-Identifier: GPL-2.0-only
"""What a macro does, by its words and those of the macros in it."""

import pytest

from refcheck.base.source import Span
from refcheck.c import tree as c
from refcheck.slice.macros import Macros, filled, text_of


class Tree:
    """Macros by name: (parameters, text) for each definition; functions by name."""

    def __init__(self, macros: dict[str, list[tuple[tuple[str, ...] | None, str]]], functions: tuple[str, ...] = ()) -> None:
        self.found, self.functions = macros, functions
        self.own = frozenset[str]()

    def macros(self, name: str) -> tuple[c.CMacro, ...]:
        at = Span("kernel.h", 1, 1, 1, 2)
        return tuple(c.CMacro(name, params, text, (), at) for params, text in self.found.get(name, ()))

    def defines(self, name: str) -> bool:
        return name in self.own

    def signature(self, name: str) -> str | None:
        return name if name in self.functions else None


def does(text: str, params: tuple[str, ...] | None = ("x",), **others: tuple[tuple[str, ...] | None, str]):
    """What a macro with a text does, beside others."""
    tree = Tree({"M": [(params, text)], **{name: [one] for name, one in others.items()}})
    return Macros(tree, {"known"}).does("M")


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("(x) = NULL", {0}),
        ("*(x) = 1", {0}),
        ("(x)->len = 1", {0}),
        ("x[1] += 2", {0}),
        ("(x)->n++", {0}),
        ("--(x)->n", {0}),
        ("f(&x)", {0}),
        ("({ f(&(x)->n); })", {0}),
        ('({ long p; asm("" : "=r"(x)); p; })', {0}),
        ("typeof(x) y = (x); y = 2", set()),
        ('({ long p; asm("" : "=r"(p) : "0"(x)); p; })', set()),
        ("a & x", set()),
        ("x == 1 && x >= 2", set()),
        ("({ int y = x; y += 2; y; })", set()),
        ("sizeof(x = 1)", set()),
    ],
)
def test_what_it_changes(text: str, changes: set[int]):
    assert does(text).changes == changes


@pytest.mark.parametrize(
    ("text", "jumps"),
    [
        ("return x", True),
        ("do { if (x) goto out; } while (0)", True),
        ("goto x", True),
        ("continue", True),
        ("do { if (x) break; } while (0)", False),
        ("({ __again: if (x) goto __again; 0; })", False),
        ('f("return")', False),
        ("(x)->return_code", False),
        ("INNER", True),
        ("known(x)", False),
    ],
)
def test_whether_it_jumps(text: str, jumps: bool):
    assert does(text, INNER=(None, "return 1"), known=(("y",), "return y")).jumps == jumps


def test_the_arguments_of_a_macro_in_it_are_followed():
    assert does("INNER(1, x)", INNER=(("a", "b"), "(b) = (a)")).changes == {0}
    assert does("INNER(x, 1)", INNER=(("a", "b"), "(b) = (a)")).changes == set()
    assert does("INNER(1, 2, x)", INNER=(("a", "..."), "f(__VA_ARGS__)")).calls == {"f"}
    assert does("INNER(f)", INNER=(("a",), "a(1)")).calls == {"f"}


def test_a_name_is_put_together():
    found = does("lock_##x()")
    assert {filled(w, ["bh"]) for w in found.calls} == {"lock_bh"}
    assert {filled(w, [""]) for w in found.calls} == {"lock_"}
    found = does("JOIN(lock_, x)()", JOIN=(("a", "b"), "a##b"))
    assert "lock_bh" in {filled(w, ["bh"]) for w in found.calls | found.pasted}


def test_what_it_names_and_stands_for():
    assert does("skb = NULL", None).names == {"skb"}
    assert does("(skb) = NULL", None).names == {"skb"}
    assert does("int skb = 1", None).names == set()
    assert does("(((put)))", None).aliases == {"put"}
    assert does("INNER", None, INNER=(None, "put")).aliases == {"put"}
    assert does("put(1)", None).aliases == set()


def test_each_of_several_definitions_counts():
    tree = Tree({"M": [(("x",), "f(x)"), (("x",), "g(x)")], "N": [(("x",), "M(x)")]})
    assert Macros(tree, set()).does("M").calls == {"f", "g"}
    assert Macros(tree, set()).does("N").calls == {"f", "g"}


def test_a_macro_that_names_itself_or_a_function_ends():
    assert does("M(x) + INNER(x)", INNER=(("y",), "M(y)")).calls == {"M"}
    tree = Tree({"f": [(("x",), "return x")]}, functions=("f",))
    assert not Macros(tree, set()).does("f").jumps
    tree.own = frozenset({"f"})
    assert Macros(tree, set()).does("f").jumps


def test_words_are_put_together_of_names_only():
    macro = c.CMacro("M", ("x", "y..."), "lock_##x(y)", (), Span("kernel.h", 1, 1, 1, 2))
    assert text_of(macro, ["bh", ""]) == "lock_bh ( y )"
    assert text_of(macro, ["", "bh"]) == ""


def test_a_macro_that_others_share_is_expanded_once():
    # Given a chain in which each macro names the next one twice
    chain = {f"M{i}": [(("x",), f"M{i + 1}(1) M{i + 1}(2)")] for i in range(8)}
    macros, marked = Macros(Tree(chain), set()), []
    macros.macros = lambda name, ask=macros.macros: marked.append(name) or ask(name)
    macros.does("M0")
    assert len(marked) == 1 + 2 * len(chain)


def test_what_grows_without_end_may_do_anything():
    grows = {f"M{i}": (("x",), f"M{i + 1}(x) M{i + 1}(x)") for i in range(40)}
    assert does("M0(x)", **grows).jumps
