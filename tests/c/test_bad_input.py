# SPDX-License-Identifier: GPL-2.0-only
"""C that is not read, or is none: each says so with the line, and nothing is passed over in silence."""

import pytest
from command import ROOT, run

HEAD = "#include <net/route.h>\n"
GETS = "	struct rtable *rt = ip_route_output_key(net, fl);\n	if (IS_ERR(rt))\n		return -1;\n"
F = "int f(struct net *net, struct flowi4 *fl, int a)\n{\n"
KNR = "int f(net, fl, a)\n	struct net *net;\n	struct flowi4 *fl;\n	int a;\n{\n"
INNER = "	int g(int b)\n	{\n		ip_rt_put(rt);\n		return b;\n	}\n"
NOT_READ = {
    "inline assembly": (F + GETS + '	asm volatile("" : "+r"(rt));\n	return 0;\n}\n', 7),
    "a computed goto": (F + "	static void *t[] = { &&one };\n" + GETS + "	goto *t[a];\none:\n	return 0;\n}\n", 5),
    "parameters as K&R had them": (KNR + GETS + "}\n", 6),
    "a nested function": (F + GETS + INNER + "	return g(a);\n}\n", 9),
    "deep nesting": (F + GETS + "	" + "if (a) " * 400 + "ip_rt_put(rt);\n	return 0;\n}\n", 7),
    "a deep expression": (F + GETS + f"	a = {'(' * 4000}a{')' * 4000};\n	ip_rt_put(rt);\n	return 0;\n}}\n", 7),
    "a macro that opens a block": (F + GETS + "	OPENS(rt) { ip_rt_put(rt); }\n	return 0;\n}\n", 7),
    "a macro without a semicolon": (F + GETS + "	PUT_IT(rt)\n	return 0;\n}\n", 7),
    "a file that ends too soon": (F + GETS + "	ip_rt_put(rt", 4),
}


@pytest.mark.parametrize("what", NOT_READ)
def test_it_is_not_read_and_says_where(tmp_path, what):
    text, line = NOT_READ[what]
    path = tmp_path / "m.c"
    path.write_text(f"{HEAD}{text}\nint other(void)\n{{\n	return 0;\n}}\n", encoding="utf-8")
    ran = run("verify", path, "--tree", ROOT / "corpus" / "c", "--no-store", "-j", 1)
    assert ran.status == 3, ran.out
    assert f"at line {line}" in " ".join(ran.out.split())
    assert "Traceback" not in ran.err


def test_a_statement_expression_is_read(tmp_path):
    for body, status in (("int b = a; ip_rt_put(rt); b;", 0), ("int b = a; b;", 1)):
        path = tmp_path / "m.c"
        path.write_text(f"{HEAD}{F}{GETS}	a = ({{ {body} }});\n	return a;\n}}\n", encoding="utf-8")
        assert run("verify", path, "--tree", ROOT / "corpus" / "c", "--no-store", "-j", 1).status == status


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"/* caf\xe9 */\nint f(void) { return 0; }\n", "m.c:1:7"),
        (b"int f(void)\n{ return 0; }\0\n", "m.c:2:14"),
        (b"/* x */\n" * (1 << 21), "8 MiB"),
        (b"", "no function to verify was found"),
        (b'Dear list,\n\nthis is no C: "quoted\n{ and so on\n', "no function to verify was found"),
    ],
    ids=["not UTF-8", "a NUL", "16 MB", "empty", "a letter"],
)
def test_what_is_no_c_is_one_diagnostic(tmp_path, raw, said):
    path = tmp_path / "m.c"
    path.write_bytes(raw)
    ran = run("verify", path, "--no-store", "-j", 1)
    assert ran.status == 2
    assert said in ran.err
    assert ran.err.count("error[") == 1


def test_a_tree_without_headers_says_what_is_assumed(tmp_path):
    path = tmp_path / "m.c"
    path.write_text(HEAD + F + GETS + "	ip_rt_put(rt);\n	return 0;\n}\n", encoding="utf-8")
    ran = run("verify", path, "--tree", tmp_path, "--no-store", "-j", 1)
    assert ran.status in (0, 3), ran.out
    assert "Traceback" not in ran.err
