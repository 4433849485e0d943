# SPDX-License-Identifier: GPL-2.0-only
"""C in kernel style to its tree: one small input for each rule."""

import pytest

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


def only(code: str) -> tree.CStmt:
    (found,) = body(code)
    return found


def test_a_guard_holds_to_the_end_of_its_block_and_a_scope_for_a_statement():
    guard, scope = body("\tguard(rcu)();\n\tscoped_guard(mutex, &a->lock) {\n\t\tuse(a);\n\t}")
    assert isinstance(guard, tree.MacroGuard)
    assert (guard.lock, guard.body) == ("rcu", None)
    assert isinstance(scope, tree.MacroGuard)
    assert (scope.lock, len(scope.args)) == ("mutex", 1)
    assert scope.body is not None


def test_what_frees_a_variable_is_kept():
    first, second = body("\tstruct foo *p __free(kfree) = NULL;\n\tCLASS(fd, f)(3);")
    assert isinstance(first, tree.Variable)
    assert (first.name, first.cleanup, first.type.base, first.type.stars) == ("p", "kfree", "struct foo", 1)
    assert isinstance(second, tree.Variable)
    assert (second.name, second.cleanup, second.type.base) == ("f", "class_fd_destructor", "class_fd_t")


def test_a_type_among_arguments_is_a_type():
    found = only("\tx = container_of(p, struct foo, list);")
    match found:
        case tree.ExprStmt(
            tree.AssignExpr("=", _, tree.CallExpr(tree.Id("container_of"), (tree.Id("p"), tree.CType() as of, _)))
        ):
            assert (of.base, of.stars) == ("struct foo", 0)
        case _:
            raise AssertionError(found)


def test_casts_are_told_from_calls_and_differences():
    kinds = [only(f"\tx = {e};") for e in ("(u8)(a)", "(u32)-1", "(f)(a)", "(a)-1")]
    values = [
        type(k.expr.value).__name__ for k in kinds if isinstance(k, tree.ExprStmt) and isinstance(k.expr, tree.AssignExpr)
    ]
    assert values == ["Cast", "Cast", "CallExpr", "Binary"]


def test_cases_are_labels_wherever_they_stand():
    code = "\tswitch (a) {\n\tcase 1 ... 3:\n\t\tf();\n#ifdef X\n\tcase 4:\n\t\tg();\n#endif\n\tdefault:\n\t\tbreak;\n\t}"
    switch = only(code)
    assert isinstance(switch, tree.CSwitch)
    assert isinstance(switch.body, tree.CBlock)
    shapes = [type(s).__name__ for s in switch.body.body]
    assert shapes == ["CCase", "ExprStmt", "Conditioned", "CCase", "CJump"]
    first, _, under, *_ = switch.body.body
    assert isinstance(first, tree.CCase)
    assert isinstance(first.high, tree.Number)
    assert isinstance(under, tree.Conditioned)
    assert [type(s).__name__ for s in under.then] == ["CCase", "ExprStmt"]


def test_a_chain_of_elif_nests():
    found = only("#if A\n\tf();\n#elif B\n\tg();\n#else\n\th();\n#endif")
    match found:
        case tree.Conditioned("A", (_,), (tree.Conditioned("B", (_,), (tree.ExprStmt(tree.CallExpr(tree.Id("h"))),)),)):
            pass
        case _:
            raise AssertionError(found)


def test_an_else_under_an_if_gives_variants():
    text = "int f(int a)\n{\n\tif (a)\n\t\tg();\n#ifdef X\n\telse\n\t\th();\n#endif\n\treturn 0;\n}\n"
    found = functions(text)
    assert [f.conds for f in found] == [("defined(X)",), ("!defined(X)",)]
    orelse = [f.body.body[0].orelse for f in found if f.body and isinstance(f.body.body[0], tree.CIf)]
    assert [o is not None for o in orelse] == [True, False]


def test_the_same_condition_is_answered_the_same():
    half = "#ifdef X\n\tif (a) {\n#endif\n\tg();\n#ifdef X\n\t}\n#endif\n"
    assert [f.conds for f in functions(f"int f(int a)\n{{\n{half}}}\n")] == [("defined(X)",), ("!defined(X)",)]
    other = half.replace("#ifdef X\n\t}", "#ifdef Y\n\t}")
    made = parse(SourceFile("a.c", f"int f(int a)\n{{\n{other}}}\n"))
    # What does not fit together is Broken, with the calls that are in it
    assert any(isinstance(i, tree.Broken) and "g" in i.calls for i in made.items)


def test_two_headers_of_one_function():
    text = "#ifdef X\nint f(int a)\n#else\nint f(void)\n#endif\n{\n\treturn 0;\n}\n"
    assert [(len(f.params), f.conds) for f in functions(text)] == [(1, ("defined(X)",)), (0, ("!defined(X)",))]


def test_two_bodies_of_one_function():
    text = "int f(int a)\n#ifdef X\n{\n\treturn 1;\n}\n#else\n{\n\treturn 0;\n}\n#endif\nint g(void)\n{\n\treturn 0;\n}\n"
    assert [(f.name, f.conds) for f in functions(text)] == [("f", ("defined(X)",)), ("f", ("!defined(X)",)), ("g", ())]


@pytest.mark.parametrize(
    "code",
    [
        "\tifdebug(X)\n\t\tdst_release(d);",  # looks like a prototype
        "\twith_lock(d) {\n\t\tdst_release(d);\n\t}",
        "\tx = y dst_release(d);",
        "\tif (a b)\n\t\tdst_release(d);",
        "\tauto int inner(void) { dst_release(d); }",
        "\tSTART(a)\n\tdst_release(d);\n\tEND(a)",
        "\tswitch (a) {\n\tCASES(b)\n\tcase 1:\n\t\tdst_release(d);\n\t}",
    ],
)
def test_what_is_not_understood_is_broken_with_its_calls(code: str):
    made = parse(SourceFile("a.c", f"int f(int a)\n{{\n{code}\n\treturn 0;\n}}\n"))
    found = list(broken(made.items))
    assert found
    assert any("dst_release" in b.calls for b in found) or "CallExpr(callee=Id(name='dst_release'" in str(made)


def broken(node: object) -> list[tree.Broken]:
    if isinstance(node, tree.Broken):
        return [node]
    return [b for part in node for b in broken(part)] if isinstance(node, tuple) else []


def test_a_computed_goto_has_no_label_and_assembly_is_named():
    jump, plain, asm = body('\tgoto *p;\n\tgoto out;\n\tasm volatile("nop" : : "r" (a));')
    assert (jump, type(plain), type(asm)) == (jump, tree.CGoto, tree.Asm)
    assert isinstance(jump, tree.CGoto)
    assert jump.label is None


def test_functions_of_macros_have_their_parameters():
    text = "BPF_CALL_2(bpf_x, struct sk_buff *, skb, u64, flags)\n{\n\treturn 0;\n}\n"
    (found,) = functions(text)
    assert (found.name, [p.name for p in found.params], found.params[0].type.base) == (
        "bpf_x",
        ["skb", "flags"],
        "struct sk_buff",
    )


def test_what_stands_at_file_scope():
    text = (
        "struct a {\n\tint x;\n\tunion {\n\t\tu8 y;\n\t\tstruct b *z[3];\n\t};\n\tint (*cb)(int);\n};\n"
        "enum { A, B = 1 << 3, C };\ntypedef int (*fn_t)(void);\n"
        "static const struct ops o = { .open = f, .sub = { .close = g } };\n"
        "module_init(f);\nEXPORT_SYMBOL(g)\nint h(int, const char *p, ...);\n"
    )
    items = parse(SourceFile("a.c", text)).items
    assert [type(i).__name__ for i in items] == [
        "CStruct", "CEnum", "CTypedef", "CGlobal", "CMacroCall", "CMacroCall", "CFunction"
    ]  # fmt: skip
    struct, enum, _, _, init, _, function = items
    assert isinstance(struct, tree.CStruct)
    assert [(f.name, f.type.stars, f.type.dims, f.type.function) for f in struct.fields] == [
        ("x", 0, 0, False), ("y", 0, 0, False), ("z", 1, 1, False), ("cb", 0, 0, True)
    ]  # fmt: skip
    assert isinstance(enum, tree.CEnum)
    assert [n for n, _ in enum.members] == ["A", "B", "C"]
    assert isinstance(init, tree.CMacroCall)
    assert init.macro == "module_init"
    assert isinstance(function, tree.CFunction)
    assert (function.variadic, function.body, [p.name for p in function.params]) == (True, None, ["", "p"])


@pytest.mark.parametrize("n", [100, 5_000, 10_000])
@pytest.mark.parametrize(
    "shape",
    [
        lambda n: f"x = {'(' * n}a{')' * n};", lambda n: f"x = a{' + a' * n};", lambda n: "{" * n + "f();" + "}" * n,
        lambda n: "if (a) f(); " + "else if (a) f(); " * n, lambda n: "if (a) " * n + "f();", lambda n: f"x = {'!' * n}a;",
        lambda n: "for_each_x(a) " * n + "f();", lambda n: f"x = {'f(' * n}a{')' * n};", lambda n: "f();" * n,
        lambda n: f"x = {'a ? a : ' * n}a;", lambda n: f"x = {'a = ' * n}a;", lambda n: f"x{'[0]' * n} = {'->y' * n};",
        lambda n: "#if A\n" * n + "f();\n" + "#endif\n" * n, lambda n: "case 1 ... 2: " * n + "f();",
        lambda n: "for_each_x(" * n,
    ],
)  # fmt: skip
def test_nothing_nests_too_deep(n, shape):
    made = parse(SourceFile("a.c", f"int f(int a)\n{{\n\t{shape(n)}\n}}\n"))
    assert made.items


def test_columns_are_characters():
    loop = only('\tg("öö", for_each); h();'.replace("; h();", ";"))
    assert (loop.span.col, loop.span.end_col) == (2, 20)
