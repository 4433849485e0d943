# SPDX-License-Identifier: GPL-2.0-only
"""`verify --fix` writes what was verified and nothing else; `verify --watch` verifies again when something changed."""

import subprocess
import sys
import time
from pathlib import Path
from unittest import mock

import pytest
from command import ROOT, model, run

SPEC = """resource thing;
thing thing_get() { got: return hold; none: return NULL; }
void thing_put(thing t) { ok: release t; }
"""
LEAK = """use "thing.spec";

int leaks()
{
	thing t = thing_get();

	if (!t)
		return -ENOENT;
	if (nondet("late"))
		return -EINVAL;
	thing_put(t);
	return 0;
}
"""
MENDED = LEAK.replace('("late"))\n\t\treturn -EINVAL;', '("late")) {\n\t\tthing_put(t);\n\t\treturn -EINVAL;\n\t}')
# No repair is offered: what is claimed is not so
LATE = (
    LEAK.replace("leaks", "late")
    .replace('\tif (nondet("late"))\n\t\treturn -EINVAL;\n', "")
    .replace("\treturn 0;", '\tunreachable("never");\n\treturn 0;')
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "thing.spec").write_text(SPEC)
    return tmp_path


def test_a_repair_that_was_verified_is_written_and_the_run_is_about_the_new_text(folder: Path):
    path = model(folder, LEAK)
    ran = run("verify", "--no-store", "--fix", path)
    assert (ran.status, ran.err) == (0, f"{path}: leaks: mended, and verified: release it first: thing_put(t)\n")
    assert "leaks: PROVED" in ran.out
    assert path.read_text() == MENDED
    assert run("verify", "--no-store", "--fix", path).err == ""


def test_what_cannot_be_mended_stays_and_is_said(folder: Path):
    path = model(folder, LEAK + LATE.replace('use "thing.spec";\n', ""))
    ran = run("verify", "--no-store", "--fix", path)
    assert ran.status == 1
    assert "late: no repair was found that makes it PROVED" in ran.err
    assert path.read_text() == MENDED + LATE.replace('use "thing.spec";\n', "")


def test_what_is_expected_is_not_mended(folder: Path):
    path = model(folder, LEAK.replace("leaks()", "leaks() expect refuted(leaked-ref)"))
    before = path.read_text()
    assert run("verify", "--no-store", "--fix", path).status == 0
    assert path.read_text() == before


def test_a_repair_that_proves_nothing_is_not_written(folder: Path):
    path = model(folder, LEAK)
    with mock.patch("refcheck.run.repaired.edited", lambda text, _edits: text + "// nothing\n"):
        ran = run("verify", "--no-store", "--fix", path)
    assert ran.status == 1
    assert path.read_text() == LEAK


def test_a_watched_file_is_verified_again_when_it_or_its_spec_changes(folder: Path):
    path = model(folder, LEAK)
    command = [sys.executable, "-m", "refcheck", "verify", "-q", "--no-store", "--watch", str(path)]
    out = folder / "out.txt"
    with out.open("w") as stream:
        process = subprocess.Popen(command, cwd=ROOT, stdout=stream, stderr=stream)

    def until(text: str, times: int) -> None:
        end = time.monotonic() + 60
        while out.read_text().count(text) < times:
            assert time.monotonic() < end, out.read_text()
            assert process.poll() is None, out.read_text()
            time.sleep(0.05)

    try:
        until("leaks: REFUTED", 1)
        time.sleep(1)  # the watch begins behind the first verdict
        path.write_text(MENDED)
        until("leaks: PROVED", 1)
        path.write_text(MENDED.replace("return 0;", "return 0"))
        until("error[syntax-error]", 1)
        path.write_text(MENDED)
        until("leaks: PROVED", 2)
        (folder / "thing.spec").write_text(SPEC.replace("release t", "use t"))
        until("leaks: REFUTED", 2)
    finally:
        process.kill()
        process.wait()


def test_watching_takes_text_and_its_library(folder: Path):
    path = model(folder, LEAK)
    assert "`--watch` prints text" in run("verify", "--watch", "--format", "json", path).out
    with mock.patch("refcheck.cli.again.find_spec", return_value=None):
        ran = run("verify", "--watch", path)
    assert ran.status == 2
    assert "pip install 'kernel-refcheck[watch]'" in ran.err
