# SPDX-License-Identifier: GPL-2.0-only
"""C in kernel style to its tree: one small input for each rule."""

from refcheck.base.source import SourceFile
from refcheck.c import tree
from refcheck.c.parse import parse
from refcheck.c.text import normalised


def functions(text: str) -> list[tree.CFunction]:
    return [i for i in parse(SourceFile("a.c", text)).items if isinstance(i, tree.CFunction)]


def body(code: str) -> tuple[tree.CStmt, ...]:
    """The statements of a function of one variant."""
    (found,) = functions(f"static int f(struct net *net, int a)\n{{\n{code}\n}}\n")
    assert found.body is not None
    return found.body.body


def test_a_loop_macro_keeps_its_name_and_arguments():
    (loop,) = body("\tlist_for_each_entry_rcu(pos, &net->list,\n\t\t\t\tnode)\n\t\tuse(pos);")
    assert isinstance(loop, tree.MacroLoop)
    assert loop.macro == "list_for_each_entry_rcu"
    assert [type(a).__name__ for a in loop.args] == ["Id", "Unary", "Id"]
    assert (loop.span.line, loop.span.col, loop.span.end_line) == (3, 2, 5)


def test_whole_statements_under_an_if_are_conditioned():
    found = body("#if IS_ENABLED(CONFIG_IPV6)\n\tuse(a);\n#else\n\treturn 1;\n#endif\n\treturn 0;")
    conditioned, last = found
    assert isinstance(conditioned, tree.Conditioned)
    assert conditioned.cond == "IS_ENABLED(CONFIG_IPV6)"
    assert isinstance(conditioned.then[0], tree.ExprStmt)
    assert isinstance(conditioned.orelse[0], tree.CReturn)
    assert isinstance(last, tree.CReturn)


def test_half_an_if_gives_a_function_for_each_choice():
    text = "int f(int a)\n{\n\tif (a)\n#ifdef CONFIG_X\n\t\tuse(a);\n#endif\n\tgive(a);\n\treturn 0;\n}\n"
    with_x, without = functions(text)
    assert (with_x.conds, without.conds) == (("defined(CONFIG_X)",), ("!defined(CONFIG_X)",))
    assert with_x.body is not None
    assert without.body is not None
    assert (len(with_x.body.body), len(without.body.body)) == (3, 2)


def test_the_text_keeps_its_length_and_its_lines():
    text = 'int f(void) __must_hold(x)\n{\n\t/* "ö" */ for_each_x(a, b) { g(struct s *); }\r\n#if 0\n\tx\n#endif\n}\n'
    made = normalised(SourceFile("a.c", text)).text
    assert len(made) == len(text)
    assert [i for i, c in enumerate(made) if c == "\n"] == [i for i, c in enumerate(text) if c == "\n"]
