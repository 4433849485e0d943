# SPDX-License-Identifier: GPL-2.0-only
"""Which files a change since a revision of a git tree concerns."""

from pathlib import Path

import pytest
from command import run
from repository import commit, git

from refcheck.base.diagnostics import InputError
from refcheck.run.since import touched

FILES = {
    "include/linux/one.h": "#define ONE 1\n",
    "include/linux/two.h": "#include <linux/one.h>\n",
    "net/one.c": "#include <linux/two.h>\nint one(void)\n{\n\treturn ONE;\n}\n",
    "net/apart.c": "int apart(void)\n{\n\treturn 0;\n}\n",
    "net/model.rc": "void f()\n{\n}\n",
    "net/a.spec": "void g() contract { ok: ; };\n",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    git(tmp_path, "init", "-q")
    commit(tmp_path, "all")
    return tmp_path


def names(tree: Path, revision: str = "HEAD") -> list[str]:
    files = [tree / "net" / n for n in ("one.c", "apart.c", "model.rc", "new.c")]
    return [p.name for p in touched([f for f in files if f.exists()], tree, revision)]


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ("net/apart.c", ["apart.c"]),
        ("include/linux/one.h", ["one.c"]),
        ("net/a.spec", ["model.rc"]),
        ("net/model.rc", ["model.rc"]),
        ("net/new.c", ["new.c"]),
    ],
)
def test_what_differs_and_what_includes_it(tree: Path, changed: str, found: list[str]):
    assert names(tree) == []
    (tree / changed).write_text(FILES.get(changed, "") + "\n// more\n", encoding="utf-8")
    assert names(tree) == found
    commit(tree, "more")
    assert names(tree, "HEAD~1") == found
    assert names(tree) == []


def test_a_revision_that_is_not_there_and_a_tree_that_is_none_of_git(tree: Path, tmp_path_factory: pytest.TempPathFactory):
    with pytest.raises(InputError, match="there is no revision `nowhere`"):
        touched([], tree, "nowhere")
    with pytest.raises(InputError, match="in no git work tree"):
        touched([], tmp_path_factory.mktemp("plain"), "HEAD")


def test_verify_says_that_nothing_differs(tree: Path):
    done = run("verify", "--tree", str(tree), "--since", "HEAD", str(tree / "net"))
    assert (done.status, done.out) == (0, "")
    assert "nothing that these paths name differs from `HEAD`" in done.err


def test_a_path_that_is_only_below_the_tree_means_that_one(tree: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tree / "include")
    done = run("verify", "-q", "--no-store", "--tree", str(tree), "net/one.c")
    assert (done.status, done.out.split(":")[0]) == (0, "one")
    assert run("verify", "-q", "--no-store", "--tree", str(tree), "net/none.c").status == 2
    assert run("slice", "--tree", str(tree), "net/one.c").out.startswith("use ")
