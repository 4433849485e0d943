# SPDX-License-Identifier: GPL-2.0-only
"""The gate in scratch repositories: harmless edits pass, and nothing talks it round."""

from pathlib import Path
from unittest import mock

import pytest
from gated import MODEL, broken, edit, endless, judged
from repository import commit, git

from refcheck.gate.side import fingerprint
from refcheck.graph.obligations import NAMES
from refcheck.prove import prove

# ------------------------------------------------------------------------------------------------ what passes


@pytest.mark.usefixtures("repo")
def test_nothing_changed_and_nothing_is_verified():
    data = judged()
    assert data["passed"]
    assert (data["verified"], data["untouched"], data["models"]) == (0, 2, [])


def moved() -> None:
    text = Path("models/a.rc").read_text(encoding="utf-8")
    start, end = text.index("void helper"), text.index("int xmit")
    Path("models/a.rc").write_text(text[:start] + text[end:] + "\n" + text[start:end], encoding="utf-8")


def moved_to_another_file() -> None:
    text = Path("models/b.rc").read_text(encoding="utf-8")
    cut = text.index("void borrows")
    Path("models/b.rc").write_text(text[:cut], encoding="utf-8")
    head = 'use "route.spec", "b.spec";\nsource "net/c.c", "v6.19";\n\n'
    Path("models/c.rc").write_text(head + text[cut:], encoding="utf-8")


def renamed_contract_file() -> None:
    Path("specs/b.spec").rename("specs/b2.spec")
    edit("models/b.rc", ('"b.spec"', '"b2.spec"'))


HARMLESS = {
    "comment": lambda: edit("models/a.rc", ("int xmit", "// a comment\nint xmit")),
    "comment in a contract": lambda: edit("specs/b.spec", ("bool may_send", "// read again\nbool may_send")),
    "renamed file": lambda: Path("models/a.rc").rename("models/z.rc"),
    "moved to a folder": lambda: (Path("models/x").mkdir(), Path("models/a.rc").rename("models/x/a.rc")),
    "moved function": moved,
    "moved to another file": moved_to_another_file,
    "renamed spec": renamed_contract_file,
    "renamed variable": lambda: edit("models/a.rc", ("dst rt;", "dst way;"), ("(rt)", "(way)"), ("rt = ip", "way = ip")),
    "kernel line": lambda: edit("models/a.rc", ("use(rt);", "use(rt);\t@17")),
    "repaired": lambda: edit("models/b.rc", (" expect refuted(leaked-ref)", ""),
                             ("return -EACCES;", "{\n\t\tdst_release(rt);\n\t\treturn -EACCES;\n\t}")),
    "a stricter contract": lambda: edit("specs/b.spec", ('__from("net/b.c:may_send")',
                                                         '__must_hold(rcu) __from("net/b.c:may_send")')),
    "another model": lambda: Path("models/n.rc").write_text(
        MODEL.replace("int xmit", "int another").replace("helper", "aid"), encoding="utf-8"),
    "an entry context more": lambda: edit("models/a.rc", ("__entry(softirq)", "__entry(softirq) __entry(process)")),
    "a contract with a citation": lambda: edit("specs/b.spec", ("no:  use d, return false;", "no: return false;"),
                                               ('"net/b.c:may_send"', '"net/b.c:may_send (v6.20)"')),
    "a new version of the source": lambda: edit("models/a.rc", ('"v6.19"', '"v6.20"'), ("\tuse(rt);\n", "")),
    "a proved contract": lambda: edit("models/a.rc", ("ok: release d;", "ok: release d, return 0;"),
                                      ("void helper", "int helper"),
                                      ("\tdst_release(d);\n}", "\tdst_release(d);\n\treturn 0;\n}")),
    "no model": lambda: Path("README").write_text("text", encoding="utf-8"),
}  # fmt: skip


@pytest.mark.usefixtures("repo")
@pytest.mark.parametrize("name", HARMLESS)
def test_a_harmless_edit_passes(name: str):
    HARMLESS[name]()
    assert broken() == {}


# ------------------------------------------------------------------------------------------------ what does not


@pytest.mark.usefixtures("repo")
def test_only_what_more_time_could_heal_is_status_3():
    edit("models/a.rc", ("\tuse(rt);\n", '\tuse(rt);\n\tif (nondet("again"))\n\t\tuse(rt);\n'))
    assert broken() == {}
    edit("models/a.rc", ('\tif (nondet("again"))\n', '\tif (nondet("again") && nondet("and again"))\n'))
    gave_up = prove.Proof(dict.fromkeys(NAMES, "time-out"), 0)
    with mock.patch.object(prove, "_prove", return_value=gave_up):
        data = judged("--no-store")
    assert {b["rule"] for b in data["breaches"]} == {"unexpected-verdict"}
    assert {b["only_unknown"] for b in data["breaches"]} == {True}


@pytest.mark.usefixtures("repo")
def test_no_file_changes_a_limit_or_switches_the_gate_off():
    endless()
    for name in ("refcheck.toml", ".refcheck", "setup.cfg", "models/refcheck.toml", ".refcheckrc"):
        Path(name).write_text("[refcheck]\nmax_states = 10\ntimeout = 1e9\naccept = ['RC402']\n", encoding="utf-8")
    Path("pyproject.toml").write_text("[tool.refcheck]\naccept = ['worse-verdict']\n", encoding="utf-8")
    assert "worse-verdict" in broken()


@pytest.mark.usefixtures("repo")
def test_who_is_affected_is_named():
    edit("specs/b.spec", ("no:  use d, return false;", "no: return false;"))
    [b] = judged()["breaches"]
    assert b["affected"] == ["leaks (models/b.rc)"]
    edit("models/a.rc", ("\tdst_release(d);\n}", "}"))
    found = {b["subject"]: b["affected"] for b in judged()["breaches"] if b["rule"] == "worse-verdict"}
    assert found == {"helper": ["xmit (models/a.rc)"]}


@pytest.mark.usefixtures("repo")
def test_what_a_citation_backs_is_mentioned():
    edit("specs/b.spec", ("no:  use d, return false;", "no: return false;"), ("b.c:may_send", "b.c:may_send at v7"))
    data = judged()
    assert data["passed"]
    assert data["accepted"] == ["the contract of `may_send` changed: it cites net/b.c:may_send at v7"]


@pytest.mark.usefixtures("repo")
def test_what_another_version_of_the_source_backs_is_mentioned():
    edit("models/a.rc", ('"v6.19"', '"v6.20"'), ("\tuse(rt);\n", ""))
    edit("models/b.rc", ("__must_hold(rcu)\n", '__must_hold(rcu) __must_hold(bh) __from("net/b.c:17")\n'))
    assert judged()["accepted"] == [
        "the model of `xmit` lost use(): its source is net/a.c, v6.20 now",
        "`borrows` assumes more of its callers: it cites net/b.c:17",
    ]


@pytest.mark.usefixtures("repo")
def test_only_what_is_touched_is_verified_and_what_depends_on_it():
    edit("specs/b.spec", ("void strict", "// words\nvoid strict"))
    data = judged()
    assert data["models"] == ["models/b.rc"]
    assert (data["verified"], data["untouched"]) == (2, 1)


def test_a_change_of_the_checker_touches_everything(repo: Path, monkeypatch: pytest.MonkeyPatch):
    import refcheck

    (repo / "refcheck").mkdir()
    (repo / "refcheck" / "__init__.py").write_text("", encoding="utf-8")
    commit(repo, "checker")
    monkeypatch.setattr(refcheck, "__file__", str(repo / "refcheck" / "__init__.py"))
    assert judged()["models"] == []
    (repo / "refcheck" / "prover.py").write_text("", encoding="utf-8")
    assert judged()["models"] == ["models/a.rc", "models/b.rc"]


def test_a_base_that_cannot_be_read_is_a_breach(repo: Path):
    text = Path("models/b.rc").read_text(encoding="utf-8")
    Path("models/b.rc").write_text("int f(\n", encoding="utf-8")
    git(repo, "commit", "-q", "-a", "-m", "broken")
    Path("models/b.rc").write_text(text, encoding="utf-8")
    assert broken() == {"incomparable-base": {"models/b.rc"}}


def test_a_name_in_quotes_hides_no_spec(tmp_path: Path):
    (tmp_path / "x.spec").write_text("resource x;\n", encoding="utf-8")
    model = tmp_path / "m.rc"
    for text in ('/* " */ use "x.spec";', 'use /* " */ "x.spec";', '// "\nuse\n"x.spec"\n;', 'use "y.spec", "x.spec";'):
        model.write_text(text, encoding="utf-8")
        before = fingerprint(model, None)
        (tmp_path / "x.spec").write_text("resource y;\n", encoding="utf-8")
        assert fingerprint(model, None) != before, text
        (tmp_path / "x.spec").write_text("resource x;\n", encoding="utf-8")
        assert fingerprint(model, None) == before
