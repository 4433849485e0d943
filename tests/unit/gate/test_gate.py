# SPDX-License-Identifier: GPL-2.0-only
"""The gate in scratch repositories: harmless edits pass, each worsening fails by its rule, and none can be talked round."""

import json
import shutil
from pathlib import Path
from unittest import mock
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from command import ROOT, Ran, run
from repository import LEAKS, git

from refcheck.base.diagnostics import BY_NAME
from refcheck.gate.breach import RULES
from refcheck.gate.side import fingerprint
from refcheck.meaning.obligations import NAMES
from refcheck.prove import prove

MODEL = """use "route.spec", "skb.spec";
source "net/a.c", "v6.19";

void helper(dst d)
contract {
	ok: release d;
}
{
	dst_release(d);
}

int xmit(skb s) __entry(ndo_start_xmit) __entry(softirq)
{
	dst rt;

	rt = ip_route_output_key();
	if (IS_ERR(rt))
		return PTR_ERR(rt);
	if (nondet("too long")) {
		dst_release(rt);
		return -EMSGSIZE;
	}
	use(rt);
	helper(rt);
	return 0;
}
"""
SPEC = """use "dst.spec";

void strict(dst d) __must_hold(rcu) __from("net/b.c:strict") { ok: use d; }

bool may_send(dst d) __from("net/b.c:may_send") {
	yes: use d, return true;
	no:  use d, return false;
}
"""


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store for all tests: the base is verified once."""
    return tmp_path_factory.mktemp("gate")


@pytest.fixture
def repo(tmp_path: Path, shared: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with two models and their contracts, all of it committed; the working folder."""
    place = tmp_path / "repo"
    (place / "specs").mkdir(parents=True)
    for name in ("contexts", "dst", "netdev", "route", "skb", "sock"):
        shutil.copy(ROOT / "specs" / f"{name}.spec", place / "specs")
    (place / "models").mkdir()
    (place / "models" / "a.rc").write_text(MODEL, encoding="utf-8")
    (place / "models" / "b.rc").write_text(LEAKS, encoding="utf-8")
    (place / "specs" / "b.spec").write_text(SPEC, encoding="utf-8")
    git(place, "init", "-q")
    git(place, "add", "-A")
    git(place, "commit", "-q", "-m", "base")
    monkeypatch.chdir(place)
    monkeypatch.delenv("REFCHECK_NO_STORE")
    monkeypatch.setenv("REFCHECK_STORE", str(shared / "store"))
    monkeypatch.setenv("XDG_DATA_HOME", str(shared / "data"))
    return place


def edit(path: str, *changes: tuple[str, str]) -> None:
    text = Path(path).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    Path(path).write_text(text, encoding="utf-8")


def gate(*args: object) -> Ran:
    return run("gate", "models", "--base", "HEAD", "--jobs", 1, *args)


def judged(*args: object) -> dict:
    ran = gate("--format", "json", *args)
    assert ran.status in (0, 1, 3), ran.err
    data = json.loads(ran.out)
    assert ran.status == (0 if data["passed"] else 3 if all(b["only_unknown"] for b in data["breaches"]) else 1)
    said = [json.dumps({**b, "affected": []}, sort_keys=True) for b in data["breaches"]]
    assert len(said) == len(set(said)), "what is said of one place is said once"
    return data


def broken(*args: object) -> dict[str, set[str]]:
    """The subjects of the breaches, by rule."""
    found: dict[str, set[str]] = {}
    for b in judged(*args)["breaches"]:
        found.setdefault(b["rule"], set()).add(b["subject"])
    return found


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


def shadowed() -> None:
    Path("models/b.spec").write_text(SPEC.replace("no:  use d,", "no:"), encoding="utf-8")


def copied() -> None:
    shadowed()
    Path("models/b.spec").rename("specs/other.spec")
    edit("models/b.rc", ('"b.spec"', '"other.spec"'))


def endless() -> None:
    edit("models/a.rc", ("\tuse(rt);\n", '\tuse(rt);\n\twhile (nondet("more"))\n\t\tdst_hold(rt);\n'))


WORSENINGS: dict[str, tuple[object, dict[str, set[str]]]] = {
    "a release is dropped": (
        lambda: edit("models/a.rc", ("\t\tdst_release(rt);\n", "")),
        {"worse-verdict": {"xmit [ndo_start_xmit]", "xmit [softirq]"}}),
    "an expected refutation is gone, the expectation not": (
        lambda: edit("models/b.rc", ("return -EACCES;", "{\n\t\tdst_release(rt);\n\t\treturn -EACCES;\n\t}")),
        {"unexpected-verdict": {"leaks"}}),
    "an expectation is dropped": (
        lambda: edit("models/b.rc", (" expect refuted(leaked-ref)", "")),
        {"unexpected-verdict": {"leaks"}}),
    "a new model is refuted": (
        lambda: Path("models/n.rc").write_text(
            LEAKS.replace(" expect refuted(leaked-ref)", "").replace("leaks", "more").replace("borrows", "other"), "utf-8"),
        {"unexpected-verdict": {"more"}}),
    "a model is deleted": (
        lambda: Path("models/a.rc").unlink(),
        {"lost-model": {"xmit", "helper"}}),
    "a model is ignored": (
        lambda: (Path(".gitignore").write_text("models/*a.rc\n", encoding="utf-8"),
                 git(Path(), "rm", "-q", "--cached", "models/a.rc")),
        {"lost-model": {"xmit", "helper"}}),
    "a model is moved out of sight": (
        lambda: Path("models/a.rc").rename("a.rc"),
        {"lost-model": {"xmit", "helper"}}),
    "a function is deleted": (
        lambda: edit("models/b.rc", ("void borrows(dst d) __must_hold(rcu)\n{\n\tuse(d);\n\tstrict(d);\n}\n", "")),
        {"lost-model": {"borrows"}}),
    "a function is renamed": (
        lambda: edit("models/b.rc", ("void borrows", "void borrowed")),
        {"lost-model": {"borrows"}}),
    "an entry context is dropped": (
        lambda: edit("models/a.rc", (" __entry(softirq)", "")),
        {"lost-model": {"xmit [softirq]"}}),
    "a trusted contract says less": (
        lambda: edit("specs/b.spec", ("no:  use d, return false;", "no: return false;")),
        {"weaker-contract": {"may_send"}}),
    "a trusted contract has an outcome less": (
        lambda: edit("specs/b.spec", ("\tno:  use d, return false;\n", "")),
        {"weaker-contract": {"may_send"}}),
    "a trusted contract asks less": (
        lambda: edit("specs/b.spec", ("__must_hold(rcu) ", "")),
        {"weaker-contract": {"strict"}}),
    "a contract is copied into another spec": (copied, {"weaker-contract": {"may_send"}}),
    "a spec stands in front of another": (shadowed, {"weaker-contract": {"may_send"}}),
    "a contract that its body does not keep": (
        lambda: edit("models/a.rc", ("ok: release d;", "ok: release d; kept: ;"),
                     ("void helper(dst d)\n", "void helper(dst d) expect vacuous(sanity)\n")),
        {"weaker-contract": {"helper"}, "hidden-refutation": {"helper"}}),
    "an entry context that gives more": (
        lambda: edit("specs/skb.spec", ("holds softirq, rcu;", "holds softirq, rcu, bh;")),
        {"weaker-contract": {"softirq"}}),
    "a fact that holds in more contexts": (
        lambda: edit("specs/contexts.spec", ("fact bh_off = rcu_bh |", "fact bh_off = rcu | rcu_bh |")),
        {"weaker-contract": {"bh_off"}}),
    "a resource that is freed later": (
        lambda: edit("specs/dst.spec", ("freed after gp;", "freed after rcu_visible;")),
        {"weaker-contract": {"dst"}}),
    "a new trusted contract without a source": (
        lambda: (edit("specs/b.spec", ('bool may_send(dst d) __from("net/b.c:may_send")',
                      'void prepare(dst d) { ok: ; }\nbool may_send(dst d) __from("net/b.c:may_send")')),
                 edit("models/b.rc", ("\tuse(d);", "\tuse(d);\n\tprepare(d);"))),
        {"weaker-contract": {"prepare"}}),
    "an expect hides": (
        lambda: edit("models/a.rc", ("\t\tdst_release(rt);\n", ""),
                     ("__entry(softirq)\n", "__entry(softirq) expect refuted(leaked-ref)\n")),
        {"hidden-refutation": {"xmit [ndo_start_xmit]", "xmit [softirq]"}}),
    "a nondet hides": (
        lambda: edit("models/b.rc", (" expect refuted(leaked-ref)", ""), ("if (!ok)\n\t\treturn -EACCES;",
                     'if (nondet("not allowed"))\n\t\tuse(rt);')),
        {"hidden-refutation": {"leaks"}}),
    "a nondet stands for a call": (
        lambda: edit("models/b.rc", ("ok = may_send(rt);", 'ok = nondet("allowed");')),
        {"thinner-model": {"leaks"}}),
    "something that nothing reaches": (
        lambda: edit("models/a.rc", ("\tuse(rt);\n", "\tuse(rt);\n\tif (!rt)\n\t\treturn 0;\n")),
        {"new-sanity-finding": {"xmit [ndo_start_xmit]", "xmit [softirq]"}}),
    "a use is dropped": (
        lambda: edit("models/a.rc", ("\tuse(rt);\n", "")),
        {"thinner-model": {"xmit"}}),
    "a body is emptied": (
        lambda: edit("models/b.rc", ("\tuse(d);\n", "")),
        {"thinner-model": {"borrows"}}),
    "more is assumed of callers": (
        lambda: edit("models/b.rc", ("__must_hold(rcu)", "__must_hold(rcu) __must_hold(bh)")),
        {"new-assumption": {"borrows"}}),
    "an unknown": (endless, {"worse-verdict": {"xmit [ndo_start_xmit]", "xmit [softirq]"}}),
}  # fmt: skip


@pytest.mark.usefixtures("repo")
@pytest.mark.parametrize("name", WORSENINGS)
def test_a_worsening_fails_by_its_rule(name: str):
    change, wanted = WORSENINGS[name]
    assert callable(change)
    change()
    found = broken()
    for rule, subjects in wanted.items():
        assert subjects <= found.get(rule, set()), found
    # Comments and a new name for the file change nothing about it
    for path in [*Path("models").glob("*.rc"), *Path("specs").glob("b*.spec")]:
        path.write_text(f"// words\n\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
    for path in sorted(Path("models").glob("*.rc")):
        path.rename(path.with_name(f"renamed-{path.name}"))
    again = broken()
    for rule, subjects in wanted.items():
        assert subjects <= again.get(rule, set()), again


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
    assert b["affected"] == ["leaks", "leaks (models/b.rc)"]
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
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "checker")
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


def test_every_rule_has_a_code_a_page_and_a_test():
    tested = {rule for _, wanted in WORSENINGS.values() for rule in wanted} | {"incomparable-base"}
    assert set(RULES) == tested
    for rule in RULES:
        assert BY_NAME[rule].number.startswith("RC4")
        page = (ROOT / "docs" / "diagnostics" / f"{BY_NAME[rule].number}.md").read_text(encoding="utf-8")
        assert page.startswith(f"# {BY_NAME[rule].number} {rule}\n")


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


# ------------------------------------------------------------------------------------------------ git


def snapshot(place: Path) -> dict[str, tuple[bytes, int]]:
    return {str(p): (p.read_bytes(), p.stat().st_mtime_ns) for p in sorted(place.rglob("*")) if p.is_file()}


def test_the_work_tree_and_the_index_are_not_touched(repo: Path):
    edit("models/a.rc", ("\t\tdst_release(rt);\n", ""))
    before = snapshot(repo)
    assert gate().status == 1
    assert snapshot(repo) == before


def test_another_working_folder_and_parts_of_the_repository(repo: Path, monkeypatch: pytest.MonkeyPatch):
    edit("models/a.rc", ("\t\tdst_release(rt);\n", ""))
    whole = broken()
    monkeypatch.chdir(repo / "models")
    ran = run("gate", ".", "--base", "HEAD", "--format", "json")
    assert {b["rule"] for b in json.loads(ran.out)["breaches"]} == set(whole)
    assert {b["place"]["file"] for b in json.loads(ran.out)["breaches"]} == {"models/a.rc"}
    assert run("gate", "b.rc", "--base", "HEAD").status == 0
    assert run("gate", "--base", "HEAD").status == 1, "without a path it is the working folder"


def said(*args: object) -> str:
    ran = run("gate", *args)
    assert ran.status == 2, ran
    assert "Traceback" not in ran.err
    assert "help: " in ran.err
    return " ".join(ran.err.split())


def test_what_git_cannot_answer(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    git(repo, "commit", "-q", "--allow-empty", "-m", "another")
    assert "there is no revision `nowhere`" in said("models", "--base", "nowhere")
    assert "there is no revision `--all`" in said("models", "--base=--all")
    assert "is outside of the repository" in said(tmp_path, "--base", "HEAD")
    assert "`gone` does not exist" in said("gone", "--base", "HEAD")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repo}", "shallow")
    monkeypatch.chdir(tmp_path / "shallow")
    assert "this clone is shallow and has no revision `HEAD~1`" in said("models", "--base", "HEAD~1")
    monkeypatch.chdir(tmp_path)
    assert "is in no git work tree" in said("--base", "HEAD")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "there is no program `git`" in said("--base", "HEAD")


@pytest.mark.usefixtures("repo")
def test_without_a_base_models_are_held_against_their_expectations(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "")
    assert run("gate", "models").status == 0
    edit("models/b.rc", (" expect refuted(leaked-ref)", ""))
    ran = run("gate", "models")
    assert ran.status == 1
    assert "error[unexpected-verdict]: leaks" in ran.out
    assert "against what the models expect" in ran.out


@pytest.mark.usefixtures("repo")
def test_an_input_error_is_status_2():
    Path("models/a.rc").write_text("int f(\n", encoding="utf-8")
    assert "error[syntax-error]" in said("models", "--base", "HEAD")
    assert "names no report" in said("models", "--output", "text")
    assert "names no report" in said("models", "--output", "html=x")
    assert "is no folder" in said("models", "--specs", "nowhere")


# ------------------------------------------------------------------------------------------------ reports


@pytest.mark.usefixtures("repo")
def test_every_form_has_the_same_facts():
    edit("models/a.rc", ("\t\tdst_release(rt);\n", ""))
    edit("specs/b.spec", ("no:  use d, return false;", "no: return false;"))
    forms = ("text", "markdown", "json", "sarif", "junit", "github")
    ran = gate(*[x for f in forms for x in ("--output", f"{f}=report.{f}")])
    assert ran.status == 1
    assert Path("report.text").read_text(encoding="utf-8") == ran.out
    data = json.loads(Path("report.json").read_text(encoding="utf-8"))
    assert len(data["breaches"]) == 3
    for form in forms:
        text = Path(f"report.{form}").read_text(encoding="utf-8")
        for b in data["breaches"]:
            assert b["rule"] in text or b["code"] in text, (form, b["rule"])
            plain = " ".join(text.replace("\\", "").split())
            for word in b["message"].split()[:4]:
                assert word in plain, (form, word)
    [one] = json.loads(Path("report.sarif").read_text(encoding="utf-8"))["runs"]
    assert [r["ruleId"] for r in one["results"]] == [b["code"] for b in data["breaches"]]
    assert all(one["tool"]["driver"]["rules"][r["ruleIndex"]]["id"] == r["ruleId"] for r in one["results"])
    assert ET.parse("report.junit").getroot().get("failures") == "3"


@pytest.mark.usefixtures("repo")
def test_sarif_is_what_its_schema_says():
    edit("models/a.rc", ("\t\tdst_release(rt);\n", ""))
    schema = json.loads((ROOT / "tests" / "data" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    jsonschema.validate(json.loads(gate("--format", "sarif").out), schema)


@pytest.mark.usefixtures("repo")
def test_what_a_model_contains_steers_no_report():
    evil = 'nondet("\x1b[31m | <script> ::error::x ##[error] ` ")'
    edit("models/b.rc", ("ok = may_send(rt);", f"ok = {evil};"))
    for form in ("text", "markdown", "github", "junit", "sarif"):
        ran = gate("--format", form)
        assert ran.status == 1
        assert "\x1b" not in ran.out
        assert not any(line.startswith("::error::x") for line in ran.out.splitlines())
    assert "<script>" not in gate("--format", "markdown").out


@pytest.mark.usefixtures("repo")
def test_a_comment_reproves_nothing():
    edit("models/a.rc", ("int xmit", "// a comment\nint xmit"))
    assert gate().status == 0
    ran = gate("--stats")
    assert ran.err == "work: 1 files unchanged, 3 functions recalled by certificate, 0 proved, 0 Z3 queries\n"
