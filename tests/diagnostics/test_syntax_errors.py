# SPDX-License-Identifier: GPL-2.0-only
"""Texts that cannot be read: where, what, what else was expected; and how deep and how long a text may be."""

from pathlib import Path

import pytest
from command import model, run
from rejected import FN, one, rejected

from refcheck.syntax.parser import MAX_ERRORS, MAX_READ


# -- syntax
@pytest.mark.parametrize(
    ("text", "line", "column", "found", "expected"),
    [
        ("void f()\n{\n\tint a = ;\n}\n", 3, 10, "found `;`", "`NULL`"),
        ("void f()\n{\n\ta = 3 $ 4;\n}\n", 3, 8, "found the character '$'", "`+`"),
        ("void f(dst)\n\t__must_hold rcu\n{\n}\n", 2, 14, "a `(` is missing behind `__must_hold`", "__must_hold(...)"),
        ("resource b;\nresource a { slt x: b; }\n", 2, 14, "there is no `slt`", "`slot`"),
        ("void f()\n{\n\tbreak 2;\n}\n", 3, 2, "`break` leaves one loop", "`goto`"),
    ],
)
def test_a_syntax_error_says_where_what_and_what_else(
    tmp_path: Path, text: str, line: int, column: int, found: str, expected: str
):
    d = one(model(tmp_path, text), "RC001")
    assert (d["place"]["line"], d["place"]["column"], d["message"]) == (line, column, found)
    assert d["help"].startswith("expected ") == d["message"].startswith("found ")
    assert expected in d["help"]


@pytest.mark.parametrize(
    ("text", "line", "column", "what"),
    [
        ("void f()\n{\n\tint a\n}\n", 3, 7, "a `;` is missing here"),
        ("void f()\n{\n\treturn\n", 2, 1, "this `{` is not closed"),
        ("void f() contract { ok: return 1 }\n{\n}\n", 1, 33, "a `;` is missing here"),
        ('use "dst.spec"\nvoid f()\n{\n}\n', 1, 15, "a `;` is missing here"),
        ("void f()\n{\n\tg(1\n}\n", 3, 5, "a `)` is missing here"),
    ],
)
def test_what_is_missing_is_said_where_it_is_missing(tmp_path: Path, text: str, line: int, column: int, what: str):
    d = next(d for d in rejected(model(tmp_path, text)) if d["code"] == "RC001")
    assert (d["place"]["line"], d["place"]["column"], d["message"]) == (line, column, what)


def test_a_syntax_error_is_quoted_with_a_mark_below_it(tmp_path: Path):
    ran = run("verify", model(tmp_path, "void f()\n{\n\tint a = ;\n}\n"))
    quote, mark = ran.err.splitlines()[2:4]
    assert quote == " 3 |     int a = ;"
    assert mark == "   |             ^"


def test_several_syntax_errors_are_reported_in_one_run(tmp_path: Path):
    # Given three broken functions between good ones, then each is reported once, in order
    text = FN + "\nvoid a()\n{\n\tint = 1;\n}\n\n" + FN + "\nvoid b()\n{\n\treturn }\n}\n\nint c()\n{\n\treturn 0\n}\n"
    found = rejected(model(tmp_path, text))
    lines = [("RC001", 7), ("RC006", 10), ("RC001", 16), ("RC001", 17), ("RC001", 21)]
    assert [(d["code"], d["place"]["line"]) for d in found] == lines


def test_a_wreck_of_a_file_does_not_flood_the_terminal(tmp_path: Path):
    found = rejected(model(tmp_path, "void f()\n{\n\tint = 1;\n}\n\n" * 50))
    last = found.pop()
    assert len(found) == MAX_ERRORS
    assert last["message"] == "30 other syntax errors in this file, from here on, are not shown"
    assert last["place"]["line"] == 5 * MAX_ERRORS + 3


def test_what_is_not_looked_for_is_said(tmp_path: Path):
    last = rejected(model(tmp_path, "void f()\n{\n\tint = 1;\n}\n\n" * (MAX_READ + 50)))[-1]
    assert last["message"].startswith(f"{MAX_READ + 1 - MAX_ERRORS} or more other syntax errors in this file")


def test_a_wreck_in_one_function_does_not_hide_what_is_wrong_with_another(tmp_path: Path):
    wrecks = "".join(f"void f{i}()\n{{\n\tint = 1;\n}}\n\n" for i in range(30))
    found = rejected(model(tmp_path, f"{wrecks}void g()\n{{\n\tnobody_knows();\n}}\n"))
    assert "there is no contract or function `nobody_knows`" in [d["message"] for d in found]


def test_what_is_expected_is_said_in_characters_of_the_language(tmp_path: Path):
    d = one(model(tmp_path, "void f(bool a)\n{\n\tif (a @1\n\t\treturn;\n}\n"), "RC001")
    assert "`)`" in d["help"]


def test_no_name_of_the_parser_is_shown(tmp_path: Path):
    d = one(model(tmp_path, "int f()\n{\n\treturn 0\n}\n"), "RC001")
    assert "anon" not in d["help"]


# -- depth
N = 1000
RCU = "context r;\nguard rcu = lock, lock;\nvoid lock() contract { ok: enter r; };\n"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("{" * N + "}" * N, id="braces"),
        pytest.param("{\n" * N + "}\n" * N, id="braces-on-lines"),
        pytest.param("x = " + "(" * N + "a" + ")" * N + ";", id="parentheses"),
        pytest.param("x = " + "(\n" * N + "a" + ")\n" * N + ";", id="parentheses-on-lines"),
        pytest.param("g(" * N + ")" * N + ";", id="calls"),
        pytest.param("x = " + "!" * N + "a;", id="not"),
        pytest.param("x = " + "!\n" * N + "a;", id="not-on-lines"),
        pytest.param("if (a) ; " + "else if (a) ; " * N, id="else-if"),
        pytest.param("if (a)\n\t;\n" + "else if (a)\n\t;\n" * N, id="else-if-on-lines"),
        pytest.param("if (a) {\n" + "} else if (a) {\n" * N + "}", id="else-if-with-braces"),
        pytest.param("if (a)\n" * N + ";", id="if"),
        pytest.param("while (a)\n" * N + ";", id="while"),
        pytest.param("for (;;)\n" * N + ";", id="for"),
        pytest.param("do\n" * N + ";" + "while (a);\n" * N, id="do"),
        pytest.param("scoped_guard(rcu)\n" * N + ";", id="scoped_guard"),
        pytest.param("x = " + "a ? a :\n" * N + "a;", id="conditional"),
    ],
)
def test_deep_nesting_is_refused_in_words(tmp_path: Path, body: str):
    d = one(model(tmp_path, f"{RCU}void f(bool a)\n{{\n\tbool x;\n{body}\n}}\n"), "RC005")
    assert "nests deeper than" in d["message"]
    assert d["place"]["line"] >= 7


@pytest.mark.parametrize("op", ["&&", "||"])
def test_a_long_chain_of_conditions_is_no_fault(tmp_path: Path, op: str):
    ran = run("verify", model(tmp_path, f"void f(bool a)\n{{\n\tbool x = {f'a {op} ' * N}a;\n}}\n"))
    assert ran.status != 70


@pytest.mark.parametrize("cond", ["a && " * N + "a", "!\n" * N + "a"], ids=["and", "not"])
def test_a_long_condition_of_a_contract_is_no_fault(tmp_path: Path, cond: str):
    ran = run("verify", model(tmp_path, f"void f(bool a) contract {{ ok if {cond}: ; no: ; }};\n\nvoid g()\n{{\n}}\n"))
    assert ran.status != 70


def test_a_long_chain_of_inlined_calls_is_no_fault(tmp_path: Path):
    text = "".join(f"void f{i}()\n{{\n\tf{i + 1}();\n}}\n\n" for i in range(600)) + "void f600()\n{\n}\n"
    assert run("verify", "-f", "f0", model(tmp_path, text)).status != 70


@pytest.mark.parametrize(
    "body",
    ["{" * 90 + "}" * 90, "x = " + "(" * 90 + "a" + ")" * 90 + ";", "x = a;\n" * N, "if (a)\n\t;\nelse\n\t;\n" * N],
    ids=["braces", "parentheses", "statements", "else"],
)
def test_what_is_long_but_not_deep_is_read(tmp_path: Path, body: str):
    assert run("verify", model(tmp_path, f"void f(bool a)\n{{\n\tbool x;\n{body}\n}}\n")).status == 0


def test_marks_in_texts_and_comments_do_not_nest(tmp_path: Path):
    text = "(" * N + "{" * N + "!" * N
    path = model(tmp_path, f'// {text}\n/* {text} */\nvoid f()\n{{\n\tif (nondet("{text}"))\n\t\treturn;\n}}\n')
    assert run("verify", path).status == 0


@pytest.mark.parametrize("where", ["return {};", "return 0; @{}"], ids=["number", "line-mark"])
def test_a_number_of_6000_digits_is_refused(tmp_path: Path, where: str):
    assert run("verify", model(tmp_path, f"int f()\n{{\n\t{where.format('9' * 6000)}\n}}\n")).status == 2
