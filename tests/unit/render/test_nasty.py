# SPDX-License-Identifier: GPL-2.0-only
"""One model whose texts try to get out of every rendering: markup, escapes, pipes, commands, bidi controls."""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from command import model, run

from refcheck.render.formats import FORMATS

BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f"
PARTS = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(2)>", "]]> --> | `code` *b* [l](javascript:x)",
    "\x1b[31m\x1b]0;t\x07", "\x9b2J", BIDI, "::error::boom ##[error]x %0A %25", '\\\\ \\"',
    "&amp; ${{ x }} {{ 7*7 }} </details> ~~~ \x7f \u2028",
]  # fmt: skip
EVIL = " ".join(PARTS)
TEXT = f"""// {EVIL}
use "dst.spec", "route.spec";
source "{EVIL}", "{EVIL}";

void f(bool a)
{{
	dst d = ip_route_output_key();

	if (nondet("{EVIL}"))
		return;
	if (!IS_ERR(d))
		dst_release(d);
}}

void g()
{{
	if (nondet("{EVIL}"))
		return;
	else
		return;
	unreachable("{EVIL}");
}}
"""
CONTROL = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029{BIDI}]")
# JSON carries texts as they are; its own escapes keep them from being seen as anything else.
DATA = ("json", "sarif")


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return model(tmp_path_factory.mktemp("nasty"), TEXT, "m.rc")


def strings(data: object) -> list[str]:
    if isinstance(data, dict):
        return [s for k, v in data.items() for s in (k, *strings(v))]
    if isinstance(data, list):
        return [s for v in data for s in strings(v)]
    return [data] if isinstance(data, str) else []


def check(form: str, out: str) -> None:
    """No rendering hands on what steers a terminal, and none can be left."""
    assert not CONTROL.search(out), (form, CONTROL.search(out))
    if form in DATA:
        assert any("<script>alert(1)" in s for s in strings(json.loads(out)))
    if form == "markdown":  # a diff has the text as it is, and nothing in its block ends that
        out = re.sub(r"^(```+)diff\n.*?^\1$", "", out, flags=re.MULTILINE | re.DOTALL)
    if form in ("html", "markdown", "svg"):
        assert "<script>alert" not in out
        assert "<img" not in out
    if form in ("junit", "svg"):
        tree = ET.fromstring(out)
        assert not [e for e in tree.iter() if str(e.tag).lower().endswith(("script", "img"))]
    if form == "github":
        commands = [x for x in out.split("\n") if x.startswith("::")]
        assert all(re.match(r"::(error|warning|notice|group|endgroup)( \w+=[^:]*)?::", x) for x in commands)
        assert not re.search(r"^(::error::boom|##\[error\])", out, re.MULTILINE)


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_of_verify(form: str, evil: Path):
    ran = run("verify", evil, "--format", form)
    assert ran.status == 1, ran.err
    check(form, ran.out)


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_says_what_is_wrong_with_a_nasty_input(form: str, tmp_path: Path):
    bad = model(tmp_path, TEXT + f'\nvoid h() {{ x("{EVIL}"); }}\n', "b.rc")
    ran = run("verify", bad, "--format", form)
    assert ran.status == 2
    assert not CONTROL.search(ran.out + ran.err)


@pytest.mark.parametrize(
    ("form", "args"),
    [("text", ["show", "cfg"]), ("dot", ["show", "cfg", "--format", "dot"]),
     ("svg", ["show", "cfg", "--format", "svg", "-f", "f"]),
     ("text", ["show", "ast"]), ("smt2", ["show", "smt2"]), ("text", ["deps"]), ("dot", ["deps", "--format", "dot"]),
     ("svg", ["deps", "--format", "svg"]), ("text", ["mutate"]), ("markdown", ["mutate", "--format", "markdown"]),
     ("data", ["mutate", "--format", "json"])],
)  # fmt: skip
def test_every_other_command(form: str, args: list[str], evil: Path):
    ran = run(*args, evil)
    assert ran.status in (0, 1), ran.err
    check(form, ran.out)


def test_a_diff(evil: Path, tmp_path: Path):
    other = model(tmp_path, TEXT.replace("dst_release(d)", "ip_rt_put(d)").replace("return;\n	if", "{ }\n	if"), "m.rc")
    for form in ("text", "json"):
        ran = run("diff", evil, other, "--format", form)
        assert ran.status in (0, 1), ran.err
        check("data", ran.out)


def test_a_nasty_path_is_shown_and_nothing_more(tmp_path: Path):
    folder = tmp_path / "<script>alert(1)<%2fscript> \x1b[31m\u202e|`"
    folder.mkdir()
    path = model(folder, TEXT, "m.rc")
    for form in FORMATS:
        ran = run("verify", path, "--format", form)
        assert ran.status == 1, ran.err
        assert not CONTROL.search(ran.out), form
        if form in ("html", "junit"):
            assert "<script>alert" not in ran.out
