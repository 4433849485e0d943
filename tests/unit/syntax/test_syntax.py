# SPDX-License-Identifier: GPL-2.0-only
"""Texts to trees: what binds to what, which words are free, and back to text."""

import pytest
from command import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from refcheck.base.source import NOWHERE, SourceFile, Span
from refcheck.graph import ops
from refcheck.syntax import ast, code, pretty
from refcheck.syntax.parser import parse
from refcheck.unit.nodes import nodes_by_class


def walk(node: object) -> list:
    """All nodes of a tree."""
    return [n for nodes in nodes_by_class(node).values() for n in nodes]


def parsed(text: str, name: str = "m.rc") -> ast.Module:
    """The tree of a text that has no syntax errors."""
    module, errors = parse(SourceFile(name, text))
    assert errors == [], text
    return module


def body(statements: str) -> tuple[code.Stmt, ...]:
    """The statements of a function body."""
    (item,) = parsed(f"void f()\n{{\n{statements}\n}}\n").items
    assert isinstance(item, ast.FunctionDef)
    return item.body.body


def bare(node: object) -> object:
    """A tree without spans."""
    if isinstance(node, Span):
        return None
    if isinstance(node, tuple):
        return (type(node).__name__, *(bare(n) for n in node))
    return node


def assigned(value: str) -> code.Expr:
    """The tree of an expression."""
    (statement,) = body(f"x = {value};")
    assert isinstance(statement, code.Assign)
    return statement.value


# -- binding
def test_a_dangling_else_belongs_to_the_nearest_if():
    (outer,) = body("if (a)\n\tif (b)\n\t\tx = 1;\nelse\n\tx = 2;")
    assert isinstance(outer, code.If)
    assert outer.orelse is None
    assert isinstance(outer.then, code.If)
    assert isinstance(outer.then.orelse, code.Assign)


def test_braces_keep_the_else_from_the_inner_if():
    (outer,) = body("if (a) {\n\tif (b)\n\t\tx = 1;\n} else\n\tx = 2;")
    assert isinstance(outer, code.If)
    assert isinstance(outer.orelse, code.Assign)


@pytest.mark.parametrize("head", ["while (b)", "for (;;)", "scoped_guard(rcu)", "do"])
def test_a_dangling_else_binds_through_other_statements(head: str):
    tail = " while (b);" if head == "do" else ""
    (outer,) = body(f"if (a) {head} if (c) x = 1; else x = 2;{tail}")
    assert isinstance(outer, code.If)
    assert outer.orelse is None


def test_an_else_if_is_an_if_in_the_else():
    (first,) = body("if (a) x = 1; else if (b) x = 2; else x = 3;")
    assert isinstance(first, code.If)
    assert isinstance(first.orelse, code.If)
    assert isinstance(first.orelse.orelse, code.Assign)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a || b && c", "a || (b && c)"),
        ("a && b == c", "a && (b == c)"),
        ("a == b < c", "a == (b < c)"),
        ("!a == b", "(!a) == b"),
        ("!a && b", "(!a) && b"),
        ("a || b || c", "(a || b) || c"),
        ("a ? b : c ? d : e", "a ? b : (c ? d : e)"),
        ("a || b ? c : d", "(a || b) ? c : d"),
        ("-1 < -EINVAL", "(-1) < (-EINVAL)"),
        ("!*a", "!(*a)"),
        ("a = b || c", "(a = (b || c))"),
        ("a + b * c - d", "(a + (b * c)) - d"),
        ("a << b + c >> d", "(a << (b + c)) >> d"),
        ("a | b ^ c & d == e", "a | (b ^ (c & (d == e)))"),
        ("a & b && c | d", "(a & b) && (c | d)"),
        ("a + b < c - d", "(a + b) < (c - d)"),
        ("~a + -(b) * -f()", "(~a) + ((-(b)) * (-f()))"),
        ("a - -1", "a - (-1)"),
        ("a -1", "a - 1"),
    ],
)
def test_operators_bind_as_in_c(text: str, same: str):
    assert bare(assigned(text)) == bare(assigned(same))


ABSENT = [
    "a / b", "a % b", "- -a", "+a", "(b = )", "b = 1 = c", "010", "a == b == c", "a < b < c", "&5", "f()()", "a->b->c",
    "a[0]", "(int)a",
]  # fmt: skip


@pytest.mark.parametrize("text", ABSENT)
def test_what_the_language_has_not_is_a_syntax_error(text: str):
    assert parse(SourceFile("m.rc", f"void f()\n{{\n\tx = {text};\n}}\n"))[1] != []


# -- words
OPENERS = ["use", "source", "resource", "context", "fact", "entry"]
EFFECTS = [
    "hold", "try_hold", "release", "consume", "queue", "drop", "enter", "leave", "revoke", "take", "move", "noref", "copy",
]  # fmt: skip
OTHERS = [
    "result", "slot", "holds", "shared", "embeds", "freed", "after", "sleeps", "contract", "expect", "refuted", "vacuous",
    "in", "is", "any", "unless", "except", "sanity", "kind",
]  # fmt: skip
FREE = [*OPENERS, *EFFECTS, *OTHERS]


@pytest.mark.parametrize("word", FREE)
def test_a_word_of_declarations_and_contracts_is_a_free_name_in_bodies(word: str):
    # Given the word as parameter, variable, argument, label, slot and function
    module = parsed(
        f"void {word}()\n{{\n}}\n"
        f"void f(int {word})\n{{\n\tint a = {word};\n\n\t{word} = 1;\n"
        f"\tif (!{word} && {word} == a)\n\t\tg({word}, &{word});\n"
        f"\twhile ({word})\n\t\t{word}();\n\tgoto {word};\n{word}:\n\treturn {word};\n}}\n"
        f"void g({word} x)\n{{\n\t{word} y;\n\n\tx->{word} = y;\n\t*{word} = 2;\n}}\n"
    )
    assert len(module.items) == 3
    names = {n.name for n in walk(module) if isinstance(n, code.Name)}
    assert word in names
    assert {n.label for n in walk(module) if isinstance(n, code.Goto | code.Labelled)} == {word}
    assert {n.name for n in walk(module) if isinstance(n, code.Call)} == {"g", word}


@pytest.mark.parametrize("word", FREE)
def test_a_word_of_the_language_is_a_free_name_in_declarations(word: str):
    module = parsed(
        f"resource {word} {{ slot {word}: {word}; }}\ncontext {word};\nfact {word} = {word} | {word};\n"
        f"enum {word} {{ {word} }};\nentry {word} {{ holds {word}; slot {word}.{word}: {word}; }}\n"
    )
    assert [type(i).__name__ for i in module.items] == ["ResourceDef", "ContextDef", "FactDef", "EnumDef", "EntryDef"]


@pytest.mark.parametrize("word", [w for w in FREE if w not in {"any", "hold", "is"}])
def test_a_word_of_the_language_is_a_free_parameter_in_contracts(word: str):
    # Given the word as outcome, condition, and place of every kind of effect
    module = parsed(
        f"dst f({word} {word}) contract {{\n"
        f"\t{word} if {word}: release {word}, use x->{word} if {word} == NULL, return {word};\n"
        f"\tother if !{word}: ;\n}};\n"
    )
    (contract,) = module.items
    assert isinstance(contract, ast.ContractDef)
    first = contract.outcomes[0]
    assert first.name == word
    assert [e.verb for e in first.effects] == ["release", "use", "return"]
    assert first.effects[0].place is not None
    assert first.effects[0].place.name == word
    assert isinstance(first.effects[2].value, ast.FromPlace)


@pytest.mark.parametrize("word", FREE)
def test_a_word_of_the_language_can_be_what_an_effect_sets(word: str):
    parsed(f"void f(int *{word}) contract {{ ok: *{word} = 1; }};\n")
    parsed(f"void f(r {word}) contract {{ ok: {word}->x = hold; }};\n")


@pytest.mark.parametrize("word", ["if", "while", "return", "goto", "guard", "int", "bool", "void", "enum", "switch"])
def test_a_word_of_statements_cannot_be_assigned_to(word: str):
    assert parse(SourceFile("m.rc", f"void f()\n{{\n\t{word} = 1;\n}}\n"))[1] != []


def test_guard_is_a_name_where_no_statement_starts():
    parsed("void f(int guard)\n{\n\tint a = guard;\n\n\tif (guard == a)\n\t\tg(guard);\n}\n")
    parsed("guard guard = lock, unlock;\n")


def test_a_name_that_starts_like_a_word_is_one_name():
    names = ["integer", "boolean", "iffy", "returned", "NULLify", "truely", "uses", "release_sock", "configure", "doing"]
    for name in names:
        statement = assigned(name)
        assert bare(statement) == ("Name", name, None)
        assert isinstance(body(f"{name}();")[0], code.Evaluate)
        assert isinstance(body(f"{name} x;")[0], code.Declare)


# -- back to text
CORPUS = sorted([*ROOT.glob("models/*.rc"), *ROOT.glob("specs/**/*.spec"), *ROOT.glob("corpus/*/after.rc")])
EXPRESSIONS = (
    code.Name, code.Int, code.Errno, code.Null, code.Bool, code.Config, code.Call, code.Field, code.AddressOf, code.Deref,
    code.LogicalNot, code.Logic, code.Compare, code.Arithmetic, code.Prefix, code.Ternary, code.Assigned,
)  # fmt: skip


def has_unknown(node: object) -> bool:
    """A trace quotes an unknown by its text, so that it is no expression any more."""
    return any(isinstance(n, code.Nondet) for n in walk(node))


def test_an_unknown_is_quoted_by_its_text():
    assert pretty.expr(assigned('nondet("skb->len > mtu", skb) && !nondet("x")')) == "skb->len > mtu && !x"


def test_the_expressions_of_all_models_parse_again_to_the_same_tree():
    seen = 0
    for path in CORPUS:
        for function in parsed(path.read_text(encoding="utf-8"), path.name).items:
            if not isinstance(function, ast.FunctionDef):
                continue
            for node in walk(function.body):
                if isinstance(node, EXPRESSIONS) and not has_unknown(node):
                    assert bare(assigned(pretty.expr(node))) == bare(node), pretty.expr(node)
                    seen += 1
    assert seen > 500


def condition(text: str) -> object:
    """The tree of a contract's condition."""
    (contract,) = parsed(f"void f() {{ ok if {text}: ; }}\n", "m.spec").items
    assert isinstance(contract, ast.ContractDef)
    return contract.outcomes[0].when


def outcomes(item: ast.ModuleItem) -> tuple[ast.Outcome, ...]:
    """The outcomes of a contract, wherever it stands."""
    match item:
        case ast.ContractDef() as contract:
            return contract.outcomes
        case ast.RoleDef(contract=contract):
            return contract.outcomes
        case ast.FunctionDef(contract=outcomes):
            return outcomes or ()
        case _:
            return ()


def test_the_conditions_of_all_specs_parse_again_to_the_same_tree():
    seen = 0
    for path in CORPUS:
        for item in parsed(path.read_text(encoding="utf-8"), path.name).items:
            for outcome in outcomes(item):
                for when in [outcome.when, *(e.when for e in outcome.effects)]:
                    if when is not None:
                        assert bare(condition(pretty.expr(when))) == bare(when), pretty.expr(when)
                        seen += 1
    assert seen >= 50


NAMES = st.sampled_from(["a", "rt", "noref", "hold", "config_x"])
LEAVES = st.one_of(
    NAMES.map(lambda n: code.Name(n, NOWHERE)),
    st.integers(-70000, 70000).map(lambda n: code.Int(n, NOWHERE)),
    st.sampled_from(["EINVAL", "ENOMEM"]).map(lambda n: code.Errno(n, NOWHERE)),
    st.just(code.Null(NOWHERE)),
    st.booleans().map(lambda b: code.Bool(b, NOWHERE)),
    NAMES.map(lambda n: code.Config(n.upper(), NOWHERE)),
    NAMES.map(lambda n: code.Deref(n, NOWHERE)),
    st.builds(code.Field, NAMES, NAMES, st.just(NOWHERE)),
    st.builds(code.AddressOf, NAMES, st.sampled_from([None, "dst", "u.dst"]), st.just(NOWHERE)),
)
TARGETS = st.one_of(
    NAMES.map(lambda n: code.Name(n, NOWHERE)), NAMES.map(lambda n: code.Deref(n, NOWHERE)),
    st.builds(code.Field, NAMES, NAMES, st.just(NOWHERE)),
)  # fmt: skip
TREES = st.recursive(
    LEAVES,
    lambda e: st.one_of(
        st.builds(code.LogicalNot, e, st.just(NOWHERE)),
        st.builds(code.Logic, st.sampled_from(["&&", "||"]), e, e, st.just(NOWHERE)),
        st.builds(code.Compare, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), e, e, st.just(NOWHERE)),
        st.builds(code.Arithmetic, st.sampled_from(ops.CALCULATE), e, e, st.just(NOWHERE)),
        st.builds(code.Prefix, st.sampled_from(["-", "~"]), e, st.just(NOWHERE)),
        st.builds(code.Ternary, e, e, e, st.just(NOWHERE)),
        st.builds(code.Assigned, TARGETS, e, st.just(NOWHERE)),
        st.builds(code.Call, NAMES, st.lists(e, max_size=3).map(tuple), st.just(NOWHERE)),
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(TREES)
def test_every_expression_parses_again_to_the_same_tree(tree: code.Expr):
    assert bare(assigned(pretty.expr(tree))) == bare(tree)


# -- line marks
def lines(statements: str) -> list[tuple[str, int]]:
    """(kind, kernel line) of all statements that have one, in the order of the text."""
    nodes = [n for s in body(statements) for n in walk(s) if getattr(n, "line", 0) and not isinstance(n, Span)]
    return [(type(n).__name__, n.line) for n in sorted(nodes, key=lambda n: (n.span, type(n).__name__ == "Block"))]


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("x = 1; @7", [("Assign", 7)]),
        ("g(x); @7", [("Evaluate", 7)]),
        ("int a, b = 1; @7", [("Declare", 7), ("Declare", 7)]),
        ("return; @7", [("Return", 7)]),
        ("return x; @7", [("Return", 7)]),
        ("goto out; @7", [("Goto", 7)]),
        ("out: @7 ;", [("Labelled", 7)]),
        ("break; @7", [("Jump", 7)]),
        ("continue; @7", [("Jump", 7)]),
        ("guard(rcu)(); @7", [("Guard", 7)]),
        ("scoped_guard(rcu) @7 x = 1; @8", [("Guard", 7), ("Assign", 8)]),
        ("if (a) @7\n x = 1; @8\n else\n x = 2; @9", [("If", 7), ("Assign", 8), ("Assign", 9)]),
        ("if (a) { @7\n x = 1; @8\n}", [("If", 7), ("Block", 7), ("Assign", 8)]),
        ("while (a) @7\n x = 1;", [("While", 7)]),
        ("while (a) { @7\n }", [("While", 7), ("Block", 7)]),
        ("do { @7\n x = 1; @8\n } while (a); @9", [("DoWhile", 9), ("Block", 7), ("Assign", 8)]),
        ("for (x = 1; x; x = 2) @7\n g();", [("For", 7)]),
        ("switch (a) @7 {\n case 1:\n break; @8\n }", [("Switch", 7), ("Jump", 8)]),
        ("switch (a) { @7\n }", [("Switch", 7)]),
        ("x = 1; // @7\n", []),
    ],
)
def test_a_line_mark_belongs_to_the_statement_in_front_of_it(text: str, marks: list[tuple[str, int]]):
    assert lines(text) == marks


@pytest.mark.parametrize("head", ["for (;;)", "scoped_guard(rcu)"])
def test_a_line_mark_behind_a_brace_belongs_to_the_head(head: str):
    (statement,) = body(f"{head} {{ @7\n}}")
    assert getattr(statement, "line", 0) == 7


def test_a_line_mark_behind_the_brace_of_a_function():
    (item,) = parsed("void f()\n{ @7\n}\n").items
    assert isinstance(item, ast.FunctionDef)
    assert item.body.line == 7


@pytest.mark.parametrize("text", ["@7", "x = 1 @7;", "@7 x = 1;", "x = 1; @7 @8", "if (a @7) ;", "x = 1; @", "x = 1; @-1"])
def test_a_line_mark_in_another_place_is_a_syntax_error(text: str):
    assert parse(SourceFile("m.rc", f"void f()\n{{\n\t;\n\t{{ ; }}\n\t{text}\n}}\n"))[1] != []


def test_spans_say_where_a_node_stands():
    (first, second) = body("\tx = 1;\n\tg(a,\n\t  b);")
    assert (first.span.path, first.span.line, first.span.col, first.span.end_line) == ("m.rc", 3, 2, 3)
    assert (second.span.line, second.span.end_line) == (4, 5)
