# SPDX-License-Identifier: GPL-2.0-only
"""Where kernel people already are: kbuild's CHECK, gcc's lines, and a patch test of netdev's CI."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command import ROOT, run
from repository import commit, git

FINE = """#include <net/route.h>
int moor_route(struct net *net, struct flowi4 *fl)
{
	struct rtable *rt = ip_route_output_key(net, fl);

	if (IS_ERR(rt))
		return PTR_ERR(rt);
	ip_rt_put(rt);
	return 0;
}
"""
LEAKS = FINE.replace("\tip_rt_put(rt);\n", "\tif (fl->flowi4_oif)\n\t\treturn -EINVAL;\n\tip_rt_put(rt);\n")
GCC = re.compile(r"^[^: ]+:\d+:\d+: (warning|note|error): \S.*$")
NIPA = ROOT / "templates" / "nipa" / "refcheck"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "corpus" / "c" / "include", tmp_path / "include")
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "moor.c").write_text(FINE, encoding="utf-8")
    git(tmp_path, "init", "-q")
    commit(tmp_path, "all")
    return tmp_path


def change(tree: Path, text: str) -> None:
    (tree / "net" / "moor.c").write_text(text, encoding="utf-8")
    git(tree, "commit", "-qam", "moor: change")


def test_every_line_is_one_of_gcc(tree: Path):
    (tree / "net" / "moor.c").write_text(LEAKS, encoding="utf-8")
    done = run("verify", "--no-store", "--format", "gcc", "--tree", str(tree), "net/moor.c")
    lines = done.out.splitlines()
    assert done.status == 1
    assert all(map(GCC.match, lines))
    assert re.search(r"moor\.c:9:3: warning: .*`rt` still held \[leaked-ref, certain\]$", lines[0])
    assert run("verify", "--no-store", "--format", "gcc", str(ROOT / "models" / "geneve.rc")).out == ""


def test_a_verdict_that_does_not_pass_is_a_warning_of_its_own(tmp_path: Path):
    (tmp_path / "m.rc").write_text("void f()\n{\n\tif (false)\n\t\treturn;\n}\n", encoding="utf-8")
    done = run("verify", "--no-store", "--format", "gcc", str(tmp_path / "m.rc"))
    assert done.status == 1
    assert re.search(r"m\.rc:1:\d+: warning: f: VACUOUS", done.out)


def test_what_is_wrong_with_the_input_is_an_error_of_gcc(tmp_path: Path):
    (tmp_path / "m.rc").write_text("void f()\n{\n\tg();\n}\n", encoding="utf-8")
    done = run("verify", "--no-store", "--format", "gcc", str(tmp_path / "m.rc"))
    assert done.status == 2
    assert re.search(r"m\.rc:3:\d+: error: ", done.out)


def test_kbuild_passes_flags_and_reads_warnings(tree: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tree)
    flags = ["-D__linux__", "-nostdinc", "-I./include", "-include", "./include/linux/types.h", "-Wbitwise", "-m64"]
    assert run("kbuild", *flags, "net/moor.c")[:2] == (0, "")
    (tree / "net" / "moor.c").write_text(LEAKS, encoding="utf-8")
    done = run("kbuild", *flags, "net/moor.c")
    assert (done.status, done.out) == (0, "")
    assert done.err.startswith("net/moor.c:9:3: warning: ")
    assert all(map(GCC.match, done.err.splitlines()))
    assert run("kbuild", *flags).status == 2
    assert run("kbuild", "net/none.c").status == 2


def test_what_is_only_possible_is_said_where_kbuild_is_told_so(tree: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tree)
    asks = LEAKS.replace("rtable *rt = ip_route_output_key(net, fl)", "rtable *rt = moor_find(net, fl)")
    text = asks.replace("int moor_route", "struct rtable *moor_find(struct net *net, struct flowi4 *fl);\nint moor_route")
    (tree / "net" / "moor.c").write_text(text, encoding="utf-8")
    assert run("kbuild", "net/moor.c").err == ""
    assert "[leaked-ref, possible]" in run("kbuild", "--possible", "net/moor.c").err


def nipa(tree: Path) -> tuple[int, str, str]:
    """Status, description and output of the patch test, run as core/test.py of netdev's CI runs one."""
    asked = json.loads((NIPA / "info.json").read_text(encoding="utf-8"))["run"]
    read, write = os.pipe()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    more = {"DESC_FD": str(write), "RESULTS_DIR": str(tree), "BRANCH_BASE": "main", "PATH": path, "REFCHECK_NO_STORE": "1"}
    done = subprocess.run(
        [str(NIPA / asked[0]), *asked[1:]], cwd=tree, pass_fds=[write], env={**os.environ, **more},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    os.close(write)
    with os.fdopen(read) as said:
        return done.returncode, said.read(), done.stdout


def test_a_patch_test_of_netdev(tree: Path):
    change(tree, FINE.replace("return 0;", "return fl->flowi4_oif;"))
    assert nipa(tree) == (0, "references and sections are as before\n", "")
    change(tree, LEAKS.replace("return 0;", "return fl->flowi4_oif;"))
    status, said, out = nipa(tree)
    assert status == 1
    assert re.fullmatch(r"1 findings: .*`rt` still held \[leaked-ref, certain\]\n", said)
    assert GCC.match(out.splitlines()[0])
