# SPDX-License-Identifier: GPL-2.0-only
"""What git can put between a name and a file talks nobody round: links, submodules, replaced objects, folders outside."""

import shutil
from pathlib import Path

import pytest
from command import run
from gated import MODEL, SPEC, broken, edit, gate, judged
from repository import LEAKS, commit, git

WEAKER = SPEC.replace("no:  use d,", "no:")
LEAKED = {"worse-verdict", "thinner-model"}
LEAKS_OPENLY = ("\t\tdst_release(rt);\n", "")


def ship(monkeypatch: pytest.MonkeyPatch, place: Path, alone: bool = False) -> None:
    """Contracts that ship with refcheck, `b.spec` among them; `alone`: nothing else."""
    place.mkdir()
    for spec in [] if alone else Path("specs").iterdir():
        shutil.copy(spec, place)
    (place / "b.spec").write_text(WEAKER.replace('use "dst.spec";', "") if alone else WEAKER, encoding="utf-8")
    monkeypatch.setattr("refcheck.unit.load.SHIPPED", place)


def test_a_spec_folder_behind_a_link_is_not_the_one_that_ships(tmp_path: Path, repo: Path, monkeypatch: pytest.MonkeyPatch):
    ship(monkeypatch, tmp_path / "shipped")
    Path("specs").rename("contracts")
    Path("specs").symlink_to("contracts")
    commit(Path())
    assert broken() == {}
    Path("specs").unlink()
    assert broken() == {"weaker-contract": {"may_send"}}
    Path("specs").symlink_to(tmp_path / "shipped")
    assert broken() == {"weaker-contract": {"may_send"}}
    assert repo == Path.cwd()


@pytest.mark.usefixtures("repo")
def test_a_link_out_of_the_repository_leads_where_it_led(tmp_path: Path):
    shutil.copytree("specs", tmp_path / "outside")
    shutil.rmtree("specs")
    for target in (str(tmp_path / "outside"), "../outside"):
        Path("specs").symlink_to(target)
        commit(Path())
        assert broken() == {}
        edit("models/a.rc", ("int xmit", "// a comment\nint xmit"))
        assert broken() == {}
        Path("specs").unlink()


def submodule(tmp_path: Path) -> Path:
    """The contracts of the repository as a submodule of it."""
    inner = tmp_path / "inner"
    shutil.copytree("specs", inner)
    git(inner, "init", "-q")
    commit(inner)
    git(Path(), "rm", "-r", "-q", "specs")
    git(Path(), "submodule", "--quiet", "add", str(inner), "specs")
    commit(Path())
    return inner


@pytest.mark.usefixtures("repo")
def test_a_submodule_is_read_at_its_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    ship(monkeypatch, tmp_path / "shipped")
    inner = submodule(tmp_path)
    assert broken() == {}
    (inner / "b.spec").write_text(WEAKER, encoding="utf-8")
    commit(inner)
    git(Path("specs"), "pull", "-q", "origin", "main")
    assert broken() == {"weaker-contract": {"may_send"}}
    git(Path(), "rm", "-r", "-q", "-f", "specs")
    assert broken() == {"weaker-contract": {"may_send"}}, "git keeps the submodule's commits"
    shutil.rmtree(".git/modules")
    assert broken() == {"incomparable-base": {"specs"}}


@pytest.mark.usefixtures("repo")
def test_a_submodule_that_nobody_reads_and_nobody_changes_is_not_asked_for(tmp_path: Path):
    submodule(tmp_path)
    git(Path(), "mv", "specs", "other")
    shutil.copytree(tmp_path / "inner", "specs", ignore=shutil.ignore_patterns(".git"))
    commit(Path())
    git(Path(), "submodule", "--quiet", "deinit", "-f", "other")
    shutil.rmtree(".git/modules")
    assert broken() == {}


@pytest.mark.usefixtures("repo")
def test_models_in_a_submodule_are_models(tmp_path: Path):
    inner = tmp_path / "inner"
    shutil.copytree("models", inner)
    git(inner, "init", "-q")
    commit(inner)
    git(Path(), "rm", "-r", "-q", "models")
    git(Path(), "submodule", "--quiet", "add", str(inner), "models")
    shutil.copytree("specs", "models/specs")
    assert broken() == {}
    commit(Path("models"))
    commit(Path())
    edit("models/a.rc", LEAKS_OPENLY)
    assert set(broken()) == LEAKED


@pytest.mark.usefixtures("repo")
def test_a_model_behind_a_link_of_another_name_has_a_base():
    Path("models/a.rc").rename("models/a.txt")
    Path("models/a.rc").symlink_to("a.txt")
    commit(Path())
    edit("models/a.txt", LEAKS_OPENLY)
    assert set(broken()) == LEAKED
    Path("models/a.rc").unlink()
    assert broken() == {"lost-model": {"xmit", "helper"}}


@pytest.mark.usefixtures("repo")
def test_a_spec_behind_a_link_of_another_name_has_a_base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    ship(monkeypatch, tmp_path / "shipped", alone=True)
    Path("specs/b.spec").rename("specs/b.txt")
    Path("specs/b.spec").symlink_to("c")
    Path("specs/c").symlink_to("b.txt")
    commit(Path())
    assert broken() == {}
    Path("specs/b.spec").unlink()
    assert broken() == {"weaker-contract": {"may_send"}}


@pytest.mark.usefixtures("repo")
def test_a_model_that_nobody_can_read_is_alike_on_no_two_sides():
    Path("kept").mkdir()
    Path("specs/b.spec").rename("kept/b.spec")
    Path("specs/b.spec").symlink_to("../kept/b.spec")
    commit(Path())
    ran = gate()
    assert (ran.status, "leaves the folder" in ran.err) == (2, True)


@pytest.mark.usefixtures("repo")
def test_nothing_above_the_temporary_folder_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "specs").mkdir()
    for name in ("b.spec", "dst.spec"):
        text = Path("specs", name).read_text(encoding="utf-8")
        (tmp_path / "specs" / name).write_text(text.replace("no:  use d,", "no:"), encoding="utf-8")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    Path("specs/b.spec").rename("models/b.spec")
    edit("models/b.rc", ('use "route.spec", "b.spec";', 'use "route.spec", "b.spec";\n'))
    assert broken() == {}
    commit(Path())
    Path("models/b.spec").unlink()
    ran = gate()
    assert (ran.status, "there is no `b.spec`" in ran.err) == (2, True), "what lies above the repository is not its own"


@pytest.mark.usefixtures("repo")
def test_a_replaced_object_changes_no_base():
    edit("models/a.rc", LEAKS_OPENLY)
    git(Path(), "stash", "-q")
    git(Path(), "stash", "apply", "-q")
    commit_of_it = git(Path(), "commit-tree", "stash@{0}^{tree}", "-m", "x")
    for old, new in (("HEAD:models/a.rc", git(Path(), "hash-object", "-w", "models/a.rc")), ("HEAD", commit_of_it)):
        name = git(Path(), "rev-parse", old)
        git(Path(), "replace", name, new)
        assert set(broken()) == LEAKED, old
        git(Path(), "replace", "-d", name)


@pytest.mark.usefixtures("repo")
def test_a_base_that_went_on_is_not_the_base():
    git(Path(), "branch", "topic")
    edit("models/b.rc", ("void borrows", "void lends"))
    Path("models/n.rc").write_text(MODEL.replace("xmit", "more").replace("helper", "aid"), encoding="utf-8")
    commit(Path(), "main goes on")
    git(Path(), "checkout", "-q", "topic")
    edit("models/a.rc", ("int xmit", "// a comment\nint xmit"))
    commit(Path(), "topic")
    ran = run("gate", "models", "--base", "main", "--jobs", 1)
    assert (ran.status, "against" in ran.out) == (0, True), ran.out
    git(Path(), "merge", "-q", "-s", "ours", "main", "-m", "drop it")
    ran = run("gate", "models", "--base", "main", "--jobs", 1)
    assert "lost-model" in ran.out, "what a merge threw away is lost"


@pytest.mark.usefixtures("repo")
def test_a_branch_that_has_nothing_in_common_with_its_base_is_compared_with_its_tip():
    git(Path(), "checkout", "-q", "--orphan", "other")
    edit("models/a.rc", LEAKS_OPENLY)
    commit(Path(), "other")
    assert run("gate", "models", "--base", "main", "--jobs", 1).status == 1
    git(Path(), "checkout", "-q", "--orphan", "unborn")
    assert run("gate", "models", "--base", "main", "--jobs", 1).status == 1


@pytest.mark.usefixtures("repo")
def test_a_name_of_two_revisions_is_none():
    git(Path(), "tag", "main", git(Path(), "commit-tree", "HEAD^{tree}", "-m", "x"))
    ran = run("gate", "models", "--base", "main")
    assert (ran.status, "names more than one revision" in ran.err) == (2, True)
    assert run("gate", "models", "--base", "refs/heads/main").status == 0


@pytest.mark.usefixtures("repo")
def test_a_folder_that_becomes_a_link_to_another_loses_its_models():
    Path("models").rename("old")
    shutil.copytree("old", "good")
    edit("good/a.rc", ("helper", "aid"), ("xmit", "more"))
    Path("models").symlink_to("old")
    commit(Path())
    edit("old/a.rc", LEAKS_OPENLY)
    assert set(broken()) == LEAKED
    git(Path(), "checkout", "-q", ".")
    Path("models").unlink()
    Path("models").symlink_to("good")
    assert {"xmit", "helper"} <= broken()["lost-model"]


@pytest.mark.usefixtures("repo")
def test_names_are_no_patterns():
    Path("[a]").mkdir()
    Path("models/a.rc").rename("[a]/a.rc")
    commit(Path())
    edit("[a]/a.rc", LEAKS_OPENLY)
    for variable in ("GIT_GLOB_PATHSPECS", "GIT_ICASE_PATHSPECS", "GIT_NOGLOB_PATHSPECS"):
        assert run("gate", "[a]", "--base", "HEAD").status == 1, variable


@pytest.mark.usefixtures("repo")
def test_what_a_hook_runs_in_is_not_what_a_submodule_is_read_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    submodule(tmp_path)
    monkeypatch.setenv("GIT_DIR", str(Path(".git").resolve()))
    monkeypatch.setenv("GIT_INDEX_FILE", str(Path(".git/index").resolve()))
    assert broken() == {}
    edit("specs/b.spec", ("no:  use d,", "no:"))
    assert broken() == {"weaker-contract": {"may_send"}}


def test_a_linked_work_tree_has_the_same_base(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    git(repo, "worktree", "add", "-q", str(tmp_path / "linked"), "-b", "linked")
    monkeypatch.chdir(tmp_path / "linked")
    assert broken() == {}
    edit("models/a.rc", LEAKS_OPENLY)
    assert set(broken()) == LEAKED


@pytest.mark.usefixtures("repo")
def test_files_that_are_left_out_of_the_work_tree_are_lost():
    git(Path(), "sparse-checkout", "set", "--no-cone", "/*", "!/models/a.rc")
    assert broken() == {"lost-model": {"xmit", "helper"}}


@pytest.mark.usefixtures("repo")
def test_attributes_change_no_base():
    Path(".gitattributes").write_text("*.rc export-ignore -text\n*.spec eol=crlf\n", encoding="utf-8")
    commit(Path())
    for path in (*Path("models").iterdir(), *Path("specs").iterdir()):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert judged()["untouched"] == 2
    Path("models/a.rc").write_bytes(Path("models/a.rc").read_bytes().replace(b"\t\tdst_release(rt);\r\n", b""))
    assert set(broken()) == LEAKED


@pytest.mark.usefixtures("repo")
def test_links_that_are_written_as_files_are_files():
    Path("specs/b.spec").rename("specs/other.spec")
    Path("specs/b.spec").symlink_to("other.spec")
    commit(Path())
    git(Path(), "config", "core.symlinks", "false")
    Path("specs/b.spec").unlink()
    Path("specs/b.spec").write_text("other.spec", encoding="utf-8")
    assert gate().status == 2


@pytest.mark.usefixtures("repo")
def test_a_repository_inside_of_the_repository_hides_no_model():
    edit("models/b.rc", ('"b.spec"', '"b2.spec"'))
    Path("specs/b.spec").rename("models/b2.spec")
    commit(Path())
    git(Path(), "rm", "-r", "-q", "--cached", "models")
    git(Path("models"), "init", "-q")
    for path in ("contexts", "dst", "netdev", "route", "skb", "sock"):
        shutil.copy(f"specs/{path}.spec", "models")
    assert broken() == {"lost-model": {"xmit", "helper", "leaks", "borrows"}}


@pytest.mark.usefixtures("repo")
def test_names_that_look_alike_are_others():
    edit("models/a.rc", ("helper", "h\u0435lper"))
    assert gate().status == 2
    git(Path(), "checkout", "-q", ".")
    Path("models/a.rc").rename("models/A.RC")
    assert broken() == {"lost-model": {"xmit", "helper"}}
    Path("models/A.RC").rename("models/\u00e4.rc")
    Path("models/a\u0308.rc").write_text(LEAKS.replace("leaks", "more").replace("borrows", "other"), encoding="utf-8")
    assert broken() == {}


def test_a_commit_with_names_that_no_work_tree_has_is_refused(repo: Path):
    blob = bytes.fromhex(git(repo, "hash-object", "-w", "models/a.rc"))
    (repo / "tree").write_bytes(b"100644 ..\0" + blob)
    tree = git(repo, "hash-object", "-w", "-t", "tree", "--literally", "tree")
    ran = run("gate", "models", "--base", git(repo, "commit-tree", tree, "-m", "x"))
    assert (ran.status, "no work tree can have" in ran.err) == (2, True)
