# SPDX-License-Identifier: GPL-2.0-only
"""Bad input: one clear diagnostic for each fault, status 2, and never a traceback."""

from pathlib import Path

import pytest
from command import ROOT, model, run

from refcheck.syntax.parser import MAX_ERRORS
from refcheck.unit import load as loader

FN = "void f()\n{\n}\n"


def rejected(path: Path, *args: object) -> list[dict]:
    """The diagnostics of a run that ends in status 2, which say the same as text and as data."""
    ran = run("verify", path, *args, "--format", "json")
    assert (ran.status, "Traceback" in ran.out + ran.err) == (2, False), ran.err or ran.out
    found = ran.errors()
    heads = [line for line in ran.err.splitlines() if line.startswith("error[")]
    assert [h.split(":")[0] for h in heads] == [f"error[{d['name']}]" for d in found]
    return found


def one(path: Path, code: str, *args: object) -> dict:
    """The only diagnostic of a run; it has this code and says something."""
    found = rejected(path, *args)
    assert [d["code"] for d in found] == [code], found
    assert found[0]["message"]
    return found[0]


# -- syntax
@pytest.mark.parametrize(
    ("text", "line", "column", "found", "expected"),
    [
        ("void f()\n{\n\tint a = ;\n}\n", 3, 10, "found `;`", "`NULL`"),
        ("void f()\n{\n\tint a\n}\n", 4, 1, "found `}`", "`;`"),
        ("void f()\n{\n\treturn\n", 4, 1, "found the end of the file", "`;`"),
        ("void f()\n{\n\ta = 3 + 4;\n}\n", 3, 8, "found the character '+'", "`;`"),
        ("void f()\n{\n\tif a)\n}\n", 3, 5, "found `a`", "`(`"),
        ("void f(dst)\n\t__must_hold rcu\n{\n}\n", 2, 14, "found `rcu`", "`(`"),
        ("void f() contract { ok: return 1 }\n{\n}\n", 1, 34, "found `}`", "`;`"),
        ("resource a { slt x: dst; }\n", 1, 14, "found `slt`", "`slot`"),
        ('use "a.spec"\nvoid f()\n{\n}\n', 2, 1, "found `void`", "`;`"),
        ("void f()\n{\n\tgoto 1;\n}\n", 3, 7, "found `1`", "a name"),
    ],
)
def test_a_syntax_error_says_where_what_and_what_else(
    tmp_path: Path, text: str, line: int, column: int, found: str, expected: str
):
    d = one(model(tmp_path, text), "RC001")
    assert (d["place"]["line"], d["place"]["column"], d["message"]) == (line, column, found)
    assert d["help"].startswith("expected ")
    assert expected in d["help"]


def test_a_syntax_error_is_quoted_with_a_mark_below_it(tmp_path: Path):
    ran = run("verify", model(tmp_path, "void f()\n{\n\tint a = ;\n}\n"))
    quote, mark = ran.err.splitlines()[2:4]
    assert quote == " 3 |     int a = ;"
    assert mark == "   |             ^"


def test_several_syntax_errors_are_reported_in_one_run(tmp_path: Path):
    # Given three broken functions between good ones, then each is reported once, in order
    text = FN + "\nvoid a()\n{\n\tint = 1;\n}\n\n" + FN + "\nvoid b()\n{\n\treturn }\n}\n\nint c()\n{\n\treturn 0\n}\n"
    found = rejected(model(tmp_path, text))
    assert [(d["code"], d["place"]["line"]) for d in found] == [("RC001", 7), ("RC001", 16), ("RC001", 22)]


def test_a_wreck_of_a_file_does_not_flood_the_terminal(tmp_path: Path):
    assert len(rejected(model(tmp_path, "void f()\n{\n\tint = 1;\n}\n\n" * 50))) == MAX_ERRORS


def test_what_is_expected_is_said_in_characters_of_the_language(tmp_path: Path):
    d = one(model(tmp_path, "void f(bool a)\n{\n\tif (a @1\n\t\treturn;\n}\n"), "RC001")
    assert "`)`" in d["help"]


def test_no_name_of_the_parser_is_shown(tmp_path: Path):
    d = one(model(tmp_path, "int f()\n{\n\treturn 0\n}\n"), "RC001")
    assert "anon" not in d["help"]


# -- names
@pytest.mark.parametrize(
    ("text", "wrong", "near"),
    [
        ("void f(bool noref)\n{\n\tif (nofer)\n\t\treturn;\n}\n", "nofer", "noref"),
        ("void f()\n{\n\tdst d = ip_route_output_kye();\n}\n", "ip_route_output_kye", "ip_route_output_key"),
        ("void f()\n{\n\tdts d;\n}\n", "dts", "dst"),
        ("void f(dts d)\n{\n}\n", "dts", "dst"),
        ("void f() __must_hold(rcuu)\n{\n}\n", "rcuu", "rcu"),
        ("void f(skb)\n{\n\tskb->dts = NULL;\n}\n", "dts", "dst"),
        ("void f(skb) __entry(ndo_start_xmitt)\n{\n}\n", "ndo_start_xmitt", "ndo_start_xmit"),
        ("int f()\n{\n\treturn -EINVLA;\n}\n", "EINVLA", "EINVAL"),
        ("void f()\n{\n\tguard(rcuu)();\n}\n", "rcuu", "rcu"),
        ("resource a { slot x: dts; }\n" + FN, "dts", "dst"),
        ("fact a = rcuu;\n" + FN, "rcuu", "rcu"),
        ("resource a { freed after gpp; }\n" + FN, "gpp", "gp"),
    ],
    ids=[
        "variable",
        "function",
        "type",
        "parameter",
        "fact",
        "slot",
        "entry",
        "errno",
        "guard",
        "resource",
        "context",
        "after",
    ],
)
def test_an_unknown_name_suggests_the_near_one(tmp_path: Path, text: str, wrong: str, near: str):
    d = one(model(tmp_path, 'use "udp_tunnel.spec", "route.spec";\n' + text), "RC002")
    assert f"`{wrong}`" in d["message"]
    assert d["help"] == f"did you mean `{near}`?"


def test_a_name_that_is_like_no_other_gets_no_guess(tmp_path: Path):
    d = one(model(tmp_path, "void f(bool noref)\n{\n\tzzzzzz();\n}\n"), "RC002")
    assert "did you mean" not in d["help"]
    assert d["help"]


def test_each_function_is_looked_at(tmp_path: Path):
    found = rejected(model(tmp_path, "void f()\n{\n\ta = 1;\n}\n\nvoid g()\n{\n\tb = 1;\n}\n"))
    assert [(d["code"], d["place"]["line"]) for d in found] == [("RC002", 3), ("RC002", 8)]


# -- specs
def test_a_missing_spec_says_where_it_looked_and_what_is_there(tmp_path: Path):
    own = tmp_path / "own"
    own.mkdir()
    d = one(model(tmp_path, f'use "dts.spec";\n{FN}'), "RC003", "--specs", own)
    assert d["message"] == "there is no `dts.spec`"
    assert d["help"] == "did you mean `dst.spec`?"
    (note,) = d["notes"]
    assert note.startswith(f"looked in {own}, {tmp_path}, ")
    assert note.endswith(str(loader.SHIPPED))
    assert d["place"]["line"] == 1


@pytest.mark.parametrize(
    "name", ["../x.spec", "/etc/passwd", "/etc/x.spec", "a/../../x.spec", "..", "", "x.rc", "x", "a\0.spec"]
)
def test_a_use_cannot_leave_its_folder_or_name_something_else(tmp_path: Path, name: str):
    # Given files that would be read if the name were followed
    below = tmp_path / "below"
    below.mkdir()
    for there in (tmp_path / "x.spec", below / "x.rc", below / "x"):
        there.write_text("resource node;\n")
    d = one(model(below, f'use "{name}";\n{FN}'), "RC003")
    assert "leaves the specs folder" in d["message"] or "takes spec files" in d["message"]
    assert "root:" not in str(d)


def test_a_use_of_a_name_that_no_file_can_have_is_a_missing_spec(tmp_path: Path):
    one(model(tmp_path, f'use "{"d" * 5000}.spec";\n{FN}'), "RC003")


def test_specs_may_use_each_other(tmp_path: Path):
    # Given two specs in a circle, and one that uses itself, then each is read once
    model(tmp_path, 'use "b.spec";\nresource a;\n', "a.spec")
    model(tmp_path, 'use "a.spec", "b.spec";\nresource b;\n', "b.spec")
    assert run("verify", model(tmp_path, f'use "a.spec";\n{FN}\nvoid g(a x, b y)\n{{\n}}\n')).status == 0


@pytest.mark.parametrize(("content", "why"), [(b"resource a;\n\xff", "not UTF-8"), (b" \n", "is empty")])
def test_an_unreadable_spec_is_reported_at_its_use(tmp_path: Path, content: bytes, why: str):
    model(tmp_path, content, "a.spec")
    path = model(tmp_path, f'// x\nuse "a.spec";\n{FN}')
    d = one(path, "RC004")
    assert why in d["message"]
    assert (d["place"]["file"], d["place"]["line"]) == (str(path), 2)


def test_a_syntax_error_in_a_spec_is_reported_there(tmp_path: Path):
    spec = model(tmp_path, "resource a;\n\nvoid put(a x) { ok: relase x; }\n", "a.spec")
    d = one(model(tmp_path, f'use "a.spec";\n{FN}'), "RC001")
    assert d["place"]["file"].endswith(spec.name)
    assert d["place"]["line"] == 3


# -- files
@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"void f()\n{\n}\n// \xff\xfe\n", "is not UTF-8 (byte 16, line 4)"),
        (b"\xff\xfev\0o\0i\0d\0", "is not UTF-8 (byte 0, line 1)"),
        (b"", "is empty"),
        (b" \n\t\r\n", "is empty"),
    ],
    ids=["latin", "utf-16", "empty", "blank"],
)
def test_a_file_that_is_no_text_is_unreadable(tmp_path: Path, content: bytes, why: str):
    path = model(tmp_path, content)
    d = one(path, "RC004")
    assert d["message"] == f"`{path}` {why}"
    assert d["help"]


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    # Given a file of one byte more than the limit
    path = model(tmp_path, FN.ljust(4097))
    monkeypatch.setattr(loader, "MAX_BYTES", 4096)
    monkeypatch.setattr(Path, "read_bytes", lambda p: pytest.fail(f"{p} was read"))
    d = one(path, "RC004")
    assert "limit" in d["message"]


def test_a_file_at_the_limit_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(loader, "MAX_BYTES", 4096)
    assert run("verify", model(tmp_path, FN.ljust(4096))).status == 0


def test_fifty_megabytes_are_refused(tmp_path: Path):
    path = tmp_path / "m.rc"
    with path.open("wb") as f:
        f.truncate(50 << 20)
    assert one(path, "RC004")["message"] == f"`{path}` has 50 MiB, more than the 8 MiB limit"


def test_a_missing_file(tmp_path: Path):
    assert one(tmp_path / "nowhere.rc", "RC004")["message"].endswith("does not exist")


@pytest.mark.parametrize("name", ["a\0b.rc", "x" * 400 + ".rc"], ids=["nul", "long"])
def test_a_path_that_no_file_can_have(tmp_path: Path, name: str):
    assert run("verify", tmp_path / name).status == 2


def test_a_folder_without_models(tmp_path: Path):
    ran = run("verify", tmp_path)
    assert (ran.status, ran.out) == (2, "")
    assert f"error[usage]: there is no .rc file below `{tmp_path}` help: " in " ".join(ran.err.split())
    assert ran.err.count("error[") == 1


def test_a_folder_where_a_file_is_wanted(tmp_path: Path):
    ran = run("show", "ast", tmp_path)
    assert ran.status == 2
    assert f"error[unreadable-file]: `{tmp_path}` is a directory" in " ".join(ran.err.split())


@pytest.mark.parametrize("text", ["// nothing\n", "void f() contract { ok: ; };\n", "resource a;\n"])
def test_a_model_without_functions_proves_nothing(tmp_path: Path, text: str):
    assert one(model(tmp_path, text), "RC013")["message"] == "no function to verify was found"


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


# -- what the text means
ENUM = "enum k { A, B };\n"
ORDER = "int set(int *a) contract { ok: *a = 2, return 0; };\nvoid two(int a, int b) contract { ok: ; };\n"
OPEN_ORDER = [
    "two(a, set(&a));", "two(set(&a), a);", "two(set(&a), set(&a));", "two(a = 2, a);", "two(1, set(&a) == a);",
    "if (a == set(&a)) return;", "if (set(&a) < (a = 3)) return;", "a = (a = 2);", "int b = (b = a);",
]  # fmt: skip
CASES = [
    pytest.param("RC006", 4, FN + "void f()\n{\n}\n", id="function-twice"),
    pytest.param("RC006", 2, "resource a;\nresource a;\n" + FN, id="resource-twice"),
    pytest.param("RC006", 2, "context a;\nfact a = a;\n" + FN, id="fact-and-context"),
    pytest.param("RC006", 2, "enum a { A };\nenum b { A };\n" + FN, id="member-of-two-enums"),
    pytest.param("RC006", 1, "enum a { A, A };\n" + FN, id="member-twice"),
    pytest.param("RC006", 1, "context a, a;\n" + FN, id="context-twice"),
    pytest.param("RC006", 1, "void f(int a, int a)\n{\n}\n", id="parameter-twice"),
    pytest.param("RC006",
        1,
        "int f() contract { ok: return 0; ok: return 1; };\n" + "void g()\n{\n\tf();\n}\n",
        id="outcome-twice",
    ),
    pytest.param("RC006", 1, "bool IS_ERR(int a)\n{\n\treturn true;\n}\n", id="builtin"),
    pytest.param("RC006",
        6,
        "void f(int a)\n{\n\tswitch (a) {\n\tcase 1:\n\t\tbreak;\n\tcase 1:\n\t\tbreak;\n\t}\n}\n",
        id="case-twice",
    ),
    pytest.param("RC006",
        6,
        "void f(int a)\n{\n\tswitch (a) {\n\tdefault:\n\t\tbreak;\n\tdefault:\n\t\tbreak;\n\t}\n}\n",
        id="default-twice",
    ),
    pytest.param("RC006", 4, "void f()\n{\n\tint a;\n\tint a;\n}\n", id="variable-twice"),
    pytest.param("RC006", 4, "void f()\n{\nx:\nx:\n\treturn;\n}\n", id="label-twice"),
    pytest.param(
        "RC006", 2, "void f() contract { ok: ; };\nvoid f() contract { ok: ; };\n" + "void g()\n{\n}\n", id="contract-twice"
    ),
    pytest.param("RC010", 3, "void f()\n{\n\tgoto nowhere;\n}\n", id="goto-nowhere"),
    pytest.param("RC010", 3, "void f()\n{\n\tbreak;\n}\n", id="break"),
    pytest.param("RC010", 3, "void f()\n{\n\tcontinue;\n}\n", id="continue"),
    pytest.param(
        "RC010", 5, "void f(int a)\n{\n\tswitch (a) {\n\tcase 1:\n\t\tcontinue;\n\t}\n}\n", id="continue-in-switch"
    ),
    pytest.param(
        "RC010",
        3,
        "void f()\n{\n\tgoto inside;\n\t{\n\t\tguard(rcu)();\ninside:\n\t\treturn;\n\t}\n}\n",
        id="goto-into-guard",
    ),
    pytest.param(
        "RC010", 4, "void f(int a, int b)\n{\n\tswitch (a) {\n\tcase b:\n\t\tbreak;\n\t}\n}\n", id="case-of-a-variable"
    ),
    pytest.param("RC010", 3, "int f()\n{\n}\n", id="no-return"),
    pytest.param("RC011", 3, "void f(dst d)\n{\n\tf(d);\n}\n", id="recursion"),
    pytest.param("RC008", 3, "void f(dst d)\n{\n\tdst_release(d, d);\n}\n", id="too-many-arguments"),
    pytest.param("RC008", 3, "void f(dst d)\n{\n\tdst_release();\n}\n", id="too-few-arguments"),
    pytest.param("RC008", 3, "void f(bool d)\n{\n\tdst_release(d);\n}\n", id="argument-of-another-kind"),
    pytest.param(
        "RC008", 4, "void f(skb)\n{\n\tbool n;\n\tudp_tunnel_dst_lookup(skb, true, n);\n}\n", id="value-for-an-out-parameter"
    ),
    pytest.param("RC008", 3, "void f(int a)\n{\n\tif (IS_ERR())\n\t\treturn;\n}\n", id="builtin-without-argument"),
    pytest.param(
        "RC008", 2, "void f(int a) contract { ok: ; };\nvoid f(int b)\n{\n}\n", id="other-parameters-than-the-contract"
    ),
    pytest.param("RC007", 3, "void f()\n{\n\treturn 1;\n}\n", id="value-of-void"),
    pytest.param("RC007", 3, "int f()\n{\n\treturn;\n}\n", id="no-value"),
    pytest.param("RC007", 3, "void f(dst d, int a)\n{\n\tif (d == a)\n\t\treturn;\n}\n", id="pointer-with-integer"),
    pytest.param("RC010", 3, "void f()\n{\ncase 1:\n\treturn;\n}\n", id="case-without-switch"),
    pytest.param(
        "RC010", 6, "void f(int a)\n{\n\tswitch (a) {\n\tcase 0:\n\t\tguard(rcu)();\n\tcase 1:\n\t\treturn;\n\t}\n}\n",
        id="case-into-guard",
    ),
    pytest.param("RC012", 4, "void f(int a)\n{\n\tif (a)\n\t\tint b = a;\n}\n", id="declaration-as-a-branch"),
    pytest.param("RC012", 4, "void f(int a)\n{\n\twhile (a)\n\t\tguard(rcu)();\n}\n", id="guard-as-a-loop"),
    pytest.param("RC006", 3, "void f(int a)\n{\n\tint a;\n}\n", id="variable-named-as-a-parameter"),
    pytest.param("RC007", 3, "void f(dst d, skb)\n{\n\tif (d == skb)\n\t\treturn;\n}\n", id="pointers-to-two-resources"),
    pytest.param("RC007", 3, "void f(dst d)\n{\n\tif (use(d))\n\t\treturn;\n}\n", id="nothing-as-a-condition"),
    pytest.param("RC007", 3, "void f(dst d)\n{\n\tif (d < NULL)\n\t\treturn;\n}\n", id="order-of-pointers"),
    pytest.param("RC007", 4, ENUM + "void f(enum k k)\n{\n\tk = 2;\n}\n", id="number-that-is-no-member"),
    pytest.param("RC007", 4, ENUM + "void f(enum k k, int a)\n{\n\tk = a;\n}\n", id="number-for-an-enum"),
    pytest.param("RC007", 4, ENUM + "enum k f(int a)\n{\n\treturn a;\n}\n", id="number-returned-for-an-enum"),
    pytest.param("RC007", 4, ENUM + "void f(enum k k)\n{\n\tif (k > -1)\n\t\treturn;\n}\n", id="enum-and-a-negative-number"),
    pytest.param("RC007", 4, ENUM + "void f(enum k k, int a)\n{\n\tif (a > k)\n\t\treturn;\n}\n", id="enum-and-any-number"),
    pytest.param(
        "RC008", 5, ENUM + "void g(enum k k) contract { ok: ; };\nvoid f(int a)\n{\n\tg(a);\n}\n",
        id="number-for-an-enum-argument",
    ),
    pytest.param("RC008", 3, "void f(int a)\n{\n\tif (likely(a, a))\n\t\treturn;\n}\n", id="likely-with-two-arguments"),
    pytest.param("RC007", 1, "bool g() contract { ok: return 2; };\n" + FN, id="bool-that-is-2"),
    pytest.param("RC007", 1, "int g() contract { ok: return true; };\n" + FN, id="truth-for-a-number"),
    pytest.param("RC007", 1, "bool g(int a) contract { ok: return a; };\n" + FN, id="number-for-a-truth"),
    pytest.param("RC007", 2, ENUM + "void g(enum k *k) contract { ok: *k = 2; };\n" + FN, id="out-that-is-no-member"),
    *(pytest.param("RC017", 6, f"{ORDER}void f()\n{{\n\tint a = 1;\n\t{text}\n}}\n", id=text) for text in OPEN_ORDER),
    pytest.param("RC007",
        3,
        "void f(dst d)\n{\n\tswitch (d) {\n\tcase 1:\n\t\tbreak;\n\t}\n}\n",
        id="switch-of-a-pointer",
    ),
    pytest.param("RC002", 1, "void f(void a)\n{\n}\n", id="parameter-of-type-void"),
    pytest.param("RC009", 1, "void f() contract { };\nvoid g()\n{\n}\n", id="no-outcome"),
    pytest.param("RC009", 1, "void f(bool a) contract { ok if a: ; };\nvoid g()\n{\n}\n", id="open-case"),
    pytest.param("RC009", 1, "int f() contract { ok: ; };\nvoid g()\n{\n}\n", id="outcome-without-result"),
    pytest.param("RC012", 3, "int f()\n{\n\treturn 99999999;\n}\n", id="large-number"),
    pytest.param("RC012", 1, "resource a { slot x: a; }\n" + FN, id="slots-in-a-circle"),
    pytest.param("RC014", 1, "void f() expect refuted(leaked-reff)\n{\n}\n", id="expected-property"),
    pytest.param("RC014", 1, "void f() expect refuted(leaked-ref) in softirq\n{\n}\n", id="expected-entry"),
]


@pytest.mark.parametrize(("code", "line", "text"), CASES)
def test_a_text_without_meaning_gets_one_diagnostic(tmp_path: Path, code: str, line: int, text: str):
    # Given a model (the specs stand on a line of their own in front of it)
    path = model(tmp_path, 'use "udp_tunnel.spec";\n' + text)
    d = one(path, code)
    assert (d["place"]["file"], d["place"]["line"]) == (str(path), line + 1)


@pytest.mark.parametrize("value", ["skb->dst", *(f"{how} skb->dst" for how in ("take", "copy", "noref", "move"))])
def test_a_value_of_an_unknown_parameter(tmp_path: Path, value: str):
    text = f"dst f(dst d) contract {{ ok: return {value}; }}\n{{\n\treturn d;\n}}\n"
    one(model(tmp_path, 'use "skb.spec";\n' + text), "RC002")


def test_recursion_over_two_functions_shows_the_circle(tmp_path: Path):
    found = rejected(model(tmp_path, "void f()\n{\n\tg();\n}\n\nvoid g()\n{\n\tf();\n}\n"))
    assert {d["code"] for d in found} == {"RC011"}
    assert "f -> g -> f" in found[0]["message"]
    assert found[0]["help"] == "give `f` a contract"


def test_a_duplicate_says_where_the_first_one_is(tmp_path: Path):
    path = model(tmp_path, FN + FN)
    assert one(path, "RC006")["message"] == f"`f` is declared twice, first at {path}:1:1"


@pytest.mark.parametrize("command", ["ast", "cfg", "smt2"])
def test_show_reports_errors_like_verify(tmp_path: Path, command: str):
    ran = run("show", command, model(tmp_path, "void f( {\n}\n"))
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("error[syntax-error]: found `{`")


def test_no_shipped_spec_is_left_unread():
    # Given every spec alone, then it is complete: it uses what it needs
    broken = {}
    for spec in sorted((ROOT / "specs").glob("*.spec")):
        try:
            from refcheck.unit.declare import declare
            from refcheck.unit.load import Unit, load

            unit = load(spec)
            declare(Unit(unit.model, unit.modules, unit.sources))
        except Exception as e:  # noqa: BLE001
            broken[spec.name] = str(e)
    assert broken == {}


@pytest.mark.parametrize(
    ("attribute", "outcome", "code", "message"),
    [
        ("__requires(box->lid is missing)", "use box", "RC009", "`is` asks a slot"),
        ("__requires(box->led is owned)", "use box", "RC002", "has no slot `led`"),
        ("__requires(crate->lid is owned)", "use box", "RC002", "`crate` is not a parameter"),
        ("", "return other", "RC002", "`other` is not a parameter"),
        ("", "return take flag->lid", "RC002", "there is no slot `lid`"),
    ],
)
def test_a_contract_with_a_body_names_what_there_is(tmp_path: Path, attribute: str, outcome: str, code: str, message: str):
    # Given a body whose contract no call applies, then its names are looked up all the same
    result = "thing" if outcome.startswith("return") else "void"
    text = f"thing;\nresource holder {{ slot lid: thing; }}\n{result} f(holder box, bool flag) {attribute} contract {{"
    d = one(model(tmp_path, f"resource {text} ok: {outcome}; }}\n{{\n}}\n"), code)
    assert message in d["message"]
