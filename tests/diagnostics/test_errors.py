# SPDX-License-Identifier: GPL-2.0-only
"""Names and meanings: one clear diagnostic for each fault, status 2, and never a traceback."""

import json
from pathlib import Path

import pytest
from command import ROOT, model, run
from rejected import FN, one, rejected

from refcheck.run import tasks
from refcheck.unit.load import load


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
        ("void g() contract { ok: revoke rcuu; };\n" + FN, "rcuu", "rcu"),
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
        "revoked",
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
    pytest.param(
        "RC009", 4, "context c;\nfact f = c;\nresource a { freed after f; }\nvoid g() contract { ok: revoke f; };\n",
        id="revoked-from-a-grace-period",
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
    pytest.param("RC014", 1, "void f() expect kept(g)\n{\n}\n", id="kept-by-nobody"),
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
    assert "f -> g -> f" in found[1]["message"]
    assert found[1]["help"] == "give `f` a contract"


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
    for spec in sorted((ROOT / "specs").rglob("*.spec")):
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
        ("__requires(box->lid is missing)", "use box", "RC002", "`missing` is no state"),
        ("__requires(box->led is owned)", "use box", "RC002", "has no slot `led`"),
        ("__requires(crate->lid is owned)", "use box", "RC002", "`crate` is not a parameter"),
        ("", "return other", "RC002", "`other` is not a parameter"),
        ("", "return take flag->lid", "RC007", "`flag` is `bool`: that has no slots"),
    ],
)
def test_a_contract_with_a_body_names_what_there_is(tmp_path: Path, attribute: str, outcome: str, code: str, message: str):
    # Given a body whose contract no call applies, then its names are looked up all the same
    result, body = ("thing", "return NULL;") if outcome.startswith("return") else ("void", "")
    text = f"thing;\nresource holder {{ slot lid: thing; }}\n{result} f(holder box, bool flag) {attribute} contract {{"
    d = one(model(tmp_path, f"resource {text} ok: {outcome}; }}\n{{\n{body}\n}}\n"), code)
    assert message in d["message"]


# -- all of a file at once
def test_all_that_is_wrong_with_a_function_is_said_and_nothing_that_follows(tmp_path: Path):
    text = (
        'use "skb.spec", "route.spec";\n\nint f(skb)\n{\n\tdst a = nowhere();\n\tdts b = NULL;\n\n\tuse(b);\n\tuse(c);\n'
        "\tif (nope)\n\t\treturn EINVAL;\n\telse\n\t\tskb->len = 3;\n\tgoto out;\n}\n"
    )
    found = [(d["place"]["line"], d["message"]) for d in rejected(model(tmp_path, text))]
    assert found == [
        (5, "there is no contract or function `nowhere`"), (6, "there is no type `dts`"), (9, "`c` is not declared"),
        (10, "`nope` is not declared"), (11, "`EINVAL` is not declared"), (13, "`skb` has no slot `len`"),
        (14, "there is no label `out`"),
    ]  # fmt: skip


def test_a_syntax_error_does_not_hide_what_is_wrong_elsewhere(tmp_path: Path):
    text = (
        "resource a;\na get() contract { ok: return hold; };\n\nvoid f()\n{\n\ta x = ;\n\ta y = get();\n\n\ty += 1;\n}\n\n"
        "void g()\n{\n\tuse(nothing);\n\tf();\n\tbroken(1);\n}\n\nvoid broken(int n)\n{\n\tint m = n[1];\n}\n"
    )
    found = [(d["place"]["line"], d["message"]) for d in rejected(model(tmp_path, text))]
    assert found == [
        (6, "found `;`"), (9, "there is no `+=`"), (14, "`nothing` is not declared"), (21, "there are no arrays"),
    ]  # fmt: skip


def test_who_has_a_name_is_said(tmp_path: Path):
    # Given a contract and a type that specs have which the model does not use, of the project's own and of the shipped ones
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "mine.spec").write_text("resource mine;\nmine mine_get() { ok: return hold; }\n")
    text = "void f()\n{\n\tmine_get();\n\tudp_tunnel_sock_release(1);\n}\n\nvoid g(mine m)\n{\n}\n"
    listed = rejected(model(tmp_path, text.replace("void g(mine m)", "void g()")))
    assert [d["help"] for d in listed][:1] == ['mine.spec has it: add use "mine.spec";']
    (d,) = rejected(model(tmp_path, "void g(mine m)\n{\n}\n"))
    assert d["help"] == 'mine.spec has it: add use "mine.spec";'
    (d,) = rejected(model(tmp_path, "void f()\n{\n\tip_route_output_key();\n}\n"))
    assert d["help"] == 'route.spec has it: add use "route.spec";'


def test_a_projects_own_spec_stands_before_the_shipped_one_of_its_name(tmp_path: Path):
    # Given a project whose skb.spec adds to the shipped one, a model that uses it through a shipped spec only
    own = 'use "skb.spec";\nresource bell;\nbell bell_get() { ok: return hold; }\nextend resource skb { slot bell: bell; }\n'
    (tmp_path / ".git").mkdir()
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "skb.spec").write_text(own)
    (tmp_path / "sub").mkdir()
    text = 'use "ip_tunnel.spec";\n\nvoid f(skb) __requires(skb->bell is empty)\n'
    text += "{\n\tskb->bell = bell_get();\n\tdrop(skb);\n}\n"
    text += "void drop(skb) contract { ok: drop skb->bell; };\n"
    path = model(tmp_path / "sub", text)
    ran = run("verify", "--no-store", "--format", "json", path)
    assert json.loads(ran.out)["errors"] == []
    # And a copy stands in its place wherever it is used, so that there is one description
    copy = "resource skb;\nvoid kfree_skb(skb) { ok: release skb; }\n"
    (tmp_path / "specs" / "skb.spec").write_text(copy)
    unit = load(model(tmp_path / "sub", 'use "skb.spec", "ip_tunnel.spec";\n\nvoid f(skb)\n{\n\tuse(skb);\n}\n'))
    assert [m.path for m in unit.modules if m.path.endswith("skb.spec")] == [str(tmp_path / "specs" / "skb.spec")]
    # And two descriptions of one function are not mixed
    (tmp_path / "specs" / "skb.spec").unlink()
    (tmp_path / "specs" / "mine.spec").write_text(copy)
    found = rejected(model(tmp_path / "sub", 'use "mine.spec", "skb.spec";\n\nvoid f(skb)\n{\n}\n'))
    assert "duplicate-name" in {d["name"] for d in found}


def test_each_error_says_where_more_stands(tmp_path: Path):
    assert "  more: refcheck explain RC002\n" in run("verify", model(tmp_path, "void f()\n{\n\tg();\n}\n")).err + "\n"


def test_what_is_wrong_with_a_declaration_hides_nothing_of_the_rest(tmp_path: Path):
    # Given a parameter and a contract of unknown types, and errors in functions that have nothing to do with them
    text = """use "dst.spec";
int f(skb)
{
	return 0;
}
nosuch get() contract { ok: return hold; };

int g()
{
	dst rt = dst_cache_get_ip4_rcu();
	neigh_release(0);
	return 0;
}

int h()
{
	f(0);
	get();
	return EINVAL;
}
"""
    found = rejected(model(tmp_path, text))
    assert [(d["place"]["line"], d["message"]) for d in found] == [
        (2, "there is no type of a parameter `skb`"),
        (6, "there is no type `nosuch`"),
        (10, "there is no contract or function `dst_cache_get_ip4_rcu`"),
        (11, "there is no contract or function `neigh_release`"),
        (19, "`EINVAL` is not declared"),
    ]
    # And a spec in a folder of its own is named as it is used
    helps = [d["help"] for d in found]
    assert helps[0] == 'skb.spec has it: add use "skb.spec";'
    assert helps[2] == 'noref/dst_cache.spec has it: add use "noref/dst_cache.spec";'
    assert helps[3] == 'neigh.spec has it: add use "neigh.spec";'


def test_where_all_is_declared_well_no_function_is_lowered_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    # Given a model with an error in a body, and one that is not asked for
    path = model(tmp_path, "resource dst;\nvoid f(dst d)\n{\n\tgone(d);\n}\nvoid g(dst d)\n{\n\tgone(d);\n}\n")
    lowered = list[str]()
    real = tasks.lower
    monkeypatch.setattr(tasks, "lower", lambda decl, name, entry: lowered.append(name) or real(decl, name, entry))

    # Then what is asked for is lowered once
    ran = run("verify", path, "-f", "f", "--no-store")
    assert (ran.status, lowered) == (2, ["f"])
