# SPDX-License-Identifier: GPL-2.0-only
"""Help for findings from C: made in the text and verified, a condition in front where the finding is only possible."""

from pathlib import Path

import helps
import pytest
from c_verdicts import HEADERS
from command import ROOT, run

from refcheck.result.edits import edited
from refcheck.result.record import Finding, Record
from refcheck.run import from_c
from refcheck.run.from_c import proved_c
from refcheck.run.one_file import Options
from refcheck.run.shared import Shared

ROUTE = "struct rtable *rt = ip_route_output_key(net, fl);"
HEAD = "int f(struct net *net, struct flowi4 *fl, int n)"


def judged(folder: Path, text: str, possible: bool = False) -> tuple[Path, tuple[Record, ...]]:
    path = folder / "small.c"
    path.write_text(HEADERS + text, encoding="utf-8")
    if not (folder / "include").exists():
        (folder / "include").symlink_to(ROOT / "corpus" / "c" / "include")
    done = proved_c(path, Options(tree=folder, help_possible=possible), None, Shared())
    assert not done.errors, done.errors
    return path, done.records


def mended(folder: Path, text: str, possible: bool = False) -> tuple[Finding, str]:
    """The only finding of a text, and what its repair makes of the text."""
    path, records = judged(folder, text, possible)
    (f,) = (f for r in records for f in r.findings)
    new = edited(path.read_text(encoding="utf-8"), f.repair) if f.repair else ""
    assert new is not None
    return f, new.removeprefix(HEADERS)


BODY = """%s
{
\t%s

\tif (IS_ERR(rt))
\t\treturn PTR_ERR(rt);
%s\tip_rt_put(rt);
\treturn 0;
}
"""
CASES = {
    "in front of a return in braces": (
        "\tif (n) {\n\t\treturn -EINVAL;\n\t}\n",
        "\tif (n) {\n\t\tip_rt_put(rt);\n\t\treturn -EINVAL;\n\t}\n",
        "release it first: ip_rt_put(rt);",
    ),
    "braces for a branch that has none": (
        "\tif (n)\n\t\treturn -EINVAL;\n",
        "\tif (n) {\n\t\tip_rt_put(rt);\n\t\treturn -EINVAL;\n\t}\n",
        "release it first: ip_rt_put(rt);",
    ),
    "and an else behind it": (
        "\tif (n)\n\t\treturn -EINVAL;\n\telse\n\t\tn = 1;\n",
        "\tif (n) {\n\t\tip_rt_put(rt);\n\t\treturn -EINVAL;\n\t} else\n\t\tn = 1;\n",
        "release it first: ip_rt_put(rt);",
    ),
    "a second release goes away": (
        "\tif (n) {\n\t\tip_rt_put(rt);\n\t\tip_rt_put(rt);\n\t\treturn -EINVAL;\n\t}\n",
        "\tif (n) {\n\t\tip_rt_put(rt);\n\t\treturn -EINVAL;\n\t}\n",
        "it is not this path's to release: drop `ip_rt_put(rt);`",
    ),
    "with the test that it alone stands behind": (
        "\tip_rt_put(rt);\n\tif (n)\n\t\tip_rt_put(rt);\n\treturn 0;\n",
        "\tip_rt_put(rt);\n\treturn 0;\n",
        "it is not this path's to release: drop `ip_rt_put(rt);`",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_a_line_can_do_is_proposed(tmp_path: Path, name: str):
    broken, right, words = CASES[name]
    f, new = mended(tmp_path, BODY % (HEAD, ROUTE, broken))
    assert (f.help, new) == (words, BODY % (HEAD, ROUTE, right))
    # And the text that it makes is proved
    _, records = judged(tmp_path, new)
    assert [str(r.verdict) for r in records] == ["PROVED"]


def test_a_pointer_that_may_be_an_error_is_tested_first(tmp_path: Path):
    text = f"{HEAD}\n{{\n\t{ROUTE}\n\n\tip_rt_put(rt);\n\treturn 0;\n}}\n"
    f, new = mended(tmp_path, text)
    assert (f.property, f.help) == ("bad-pointer", "test it first: if (!IS_ERR(rt)) ip_rt_put(rt);")
    assert new == text.replace("\tip_rt_put", "\tif (!IS_ERR(rt))\n\t\tip_rt_put")


def test_a_section_is_left_where_the_path_does_not(tmp_path: Path):
    head = "static int g(struct net *net, int n)"
    body = "{\n\trcu_read_lock();\n\tif (n)\n\t\treturn -EINVAL;\n\trcu_read_unlock();\n\treturn 0;\n}\n"
    caller = "\nint h(struct net *net)\n{\n\treturn g(net, 1);\n}\n"
    _, records = judged(tmp_path, f"{head}\n{body}{caller}", possible=True)
    (f,) = (f for r in records for f in r.findings)
    assert f.help == "leave it first: rcu_read_unlock();"


def test_a_release_that_only_others_of_the_file_have_is_theirs(tmp_path: Path):
    other = "void g(struct rtable *other)\n{\n\tip_rt_put(other);\n}\n\n"
    text = f"{HEAD}\n{{\n\t{ROUTE}\n\n\tif (IS_ERR(rt))\n\t\treturn PTR_ERR(rt);\n\treturn 0;\n}}\n"
    f, new = mended(tmp_path, other + text)
    assert f.help == "release it first: ip_rt_put(rt);"
    assert new == other + text.replace("\treturn 0;", "\tip_rt_put(rt);\n\treturn 0;")
    # And where nobody releases one, there is no help, and no guess
    f, new = mended(tmp_path, text)
    assert (f.help, new) == ("", "")


def test_a_possible_finding_gets_a_condition_and_only_where_that_is_asked_for(tmp_path: Path):
    text = (ROOT / "corpus" / "c" / "05-success-only" / "before.c").read_text(encoding="utf-8")
    path, records = judged(tmp_path, text)
    (f,) = (f for r in records for f in r.findings)
    assert f.help == ""
    path, records = judged(tmp_path, text, possible=True)
    (f,) = (f for r in records for f in r.findings)
    assert f.help.startswith("if this can happen, ")
    assert helps.judged(path).wrong == ()


def test_nothing_is_tried_where_all_is_proved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def never(*_args: object) -> None:
        raise AssertionError

    monkeypatch.setattr(from_c, "_verifier", lambda *_args: never)
    _, records = judged(tmp_path, BODY % (HEAD, ROUTE, ""), possible=True)
    assert [str(r.verdict) for r in records] == ["PROVED"]
    with pytest.raises(AssertionError):
        judged(tmp_path, BODY % (HEAD, ROUTE, CASES["and an else behind it"][0]))


def test_every_help_of_the_corpus_mends():
    total = helps.Tally(0, 0, ())
    for path in sorted((ROOT / "corpus" / "c").glob("*/before.c")):
        if not path.parent.name.startswith("24"):  # one of its functions takes seconds
            total = total.plus(helps.judged(path))
    assert total.wrong == ()
    assert total.helps >= 12


def test_fix_leaves_c_as_it_is_and_says_so(tmp_path: Path):
    path, _ = judged(tmp_path, BODY % (HEAD, ROUTE, CASES["and an else behind it"][0]))
    old = path.read_text(encoding="utf-8")
    ran = run("verify", "--fix", path, "--tree", tmp_path, "--no-store")
    assert "f: --fix writes models only; its help says what was verified to mend it" in " ".join(ran.err.split())
    assert "help: release it first: ip_rt_put(rt);" in ran.out
    assert path.read_text(encoding="utf-8") == old
