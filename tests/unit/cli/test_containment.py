# SPDX-License-Identifier: GPL-2.0-only
"""What is read and written stays where it should: pipes, devices, links, `..`, NUL, huge names."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from command import ROOT, model, run

from refcheck.base.files import inside, read_regular

SECRET = "TOP-SECRET-LINE = {"
GOOD = 'use "dst.spec";\nvoid f(dst d)\n{\n\tuse(d);\n}\n'


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A file that no message may quote."""
    path = tmp_path / "secret"
    path.write_text(f"{SECRET}\n" * 3, encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "models"
    path.mkdir()
    return path


def refused(*args: object) -> str:
    ran = run(*args)
    assert ran.status == 2, ran.out + ran.err
    assert SECRET not in ran.out + ran.err
    assert "Traceback" not in ran.err
    return ran.err


# ------------------------------------------------------------------------------------------------ what is no file


def test_a_pipe_or_a_device_is_not_waited_for(folder: Path):
    # Given a pipe as a model, as a spec, as a certificate, as a report
    for name in ("m.rc", "x.spec", "c.cert.json", "r.json"):
        os.mkfifo(folder / name)
    uses = model(folder, 'use "x.spec";\nvoid f() { return; }\n', "u.rc")
    # Then each run ends at once with a message, in a process of its own, so that a hang would be seen
    for args in (["verify", folder / "m.rc"], ["verify", uses], ["certify", folder / "c.cert.json"], ["verify", "/dev/zero"],
                 ["merge", folder / "r.json"], ["mutate", folder / "m.rc"], ["show", "ast", "/dev/zero"]):  # fmt: skip
        command = [sys.executable, "-m", "refcheck", *map(str, args)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
        assert done.returncode in (1, 2), args
        assert "Traceback" not in done.stderr


def test_only_regular_files_of_bounded_size_are_read(tmp_path: Path):
    path = model(tmp_path, b"12345")
    assert read_regular(path, 5) == b"12345"
    with pytest.raises(OSError, match="more than"):
        read_regular(path, 4)
    for other in (tmp_path, "/dev/zero"):
        with pytest.raises(OSError, match=r"no regular file|directory"):
            read_regular(other, 5)


# ------------------------------------------------------------------------------------------------ links and names


def test_a_spec_that_is_a_link_out_of_its_folder_is_not_read(folder: Path, outside: Path):
    (folder / "x.spec").symlink_to(outside)
    assert "leaves the folder" in refused("verify", model(folder, 'use "x.spec";\nvoid f() { return; }\n'))


def test_a_spec_that_is_a_link_inside_its_folder_is_read(folder: Path):
    (folder / "deep").mkdir()
    model(folder / "deep", 'use "dst.spec";\nvoid g(dst d) { ok: use d; }\n', "y.spec")
    (folder / "x.spec").symlink_to(folder / "deep" / "y.spec")
    assert run("verify", "-q", model(folder, 'use "x.spec";\nvoid f(dst d)\n{\n\tg(d);\n}\n')).status == 0


def test_a_model_that_is_a_link_out_of_the_folder_is_not_read(folder: Path, outside: Path):
    (folder / "m.rc").symlink_to(outside)
    assert "is a link that leaves" in refused("verify", folder)
    model(folder, GOOD, "good.rc")
    assert "is a link that leaves" in refused("verify", folder)


ASTRAY = ["../secret.spec", "/etc/passwd", "/etc/x.spec", "a/../../x.spec", "x" * 300 + ".spec", "..", ".spec"]


@pytest.mark.parametrize("name", ASTRAY)
def test_a_use_cannot_leave_its_folders(folder: Path, outside: Path, name: str):
    outside.rename(outside.with_name("secret.spec"))
    refused("verify", model(folder, f'use "{name}";\nvoid f() {{ return; }}\n'))


@pytest.mark.parametrize("name", ["../../../etc/passwd", "/etc/passwd", "\\u202e.c", "<script>", "x" * 4000])
def test_a_source_note_is_text_and_nothing_else(folder: Path, name: str):
    path = model(folder, f'source "{name}", "v1";\n{GOOD}')
    for form in ("text", "json", "html", "markdown", "sarif", "junit", "github"):
        ran = run("verify", path, "--format", form)
        assert ran.status == 0, ran.err
        assert "root:" not in ran.out


def test_the_model_that_a_certificate_names_is_only_ever_a_model(folder: Path, outside: Path):
    made = folder / "c"
    assert run("verify", "-q", model(folder, GOOD), "--certify", made).status == 0
    (path,) = made.rglob("*.cert.json")
    data = json.loads(path.read_text(encoding="utf-8"))
    for name in (str(outside), "/etc/passwd", "../" * 30 + "etc/passwd", "\0", "x" * 5000, "/dev/zero", ""):
        path.write_text(json.dumps(data | {"model": name}), encoding="utf-8")
        ran = run("certify", made)
        assert ran.status in (1, 2), name[:40]
        assert SECRET not in ran.out + ran.err
        assert "root:" not in ran.out + ran.err


def test_a_report_cannot_make_merge_quote_a_file(folder: Path, outside: Path):
    report = folder / "r.json"
    bad = model(folder, "void f( {\n", "bad.rc")
    run("verify", bad, "--output", f"json={report}")
    text = report.read_text(encoding="utf-8").replace(str(bad), str(outside)) if report.is_file() else "{}"
    report.write_text(text, encoding="utf-8")
    ran = run("merge", report)
    assert ran.status == 2
    assert SECRET not in ran.out + ran.err


TARGETS = ["json=/dev/full", "json=/nonexistent/x", "json=/", "html=/dev/null/", "json=" + "x" * 4000]


@pytest.mark.parametrize("target", TARGETS)
def test_a_report_that_cannot_be_written_is_bad_usage(folder: Path, target: str):
    assert run("verify", "-q", model(folder, GOOD), "--output", target).status == 2


def test_a_device_is_written_to_and_not_replaced(folder: Path):
    before = os.stat("/dev/null").st_rdev
    assert run("verify", "-q", model(folder, GOOD), "--output", "json=/dev/null").status == 0
    assert os.stat("/dev/null").st_rdev == before


def test_inside_follows_links(tmp_path: Path, folder: Path):
    (folder / "up").symlink_to(tmp_path)
    assert inside(folder / "x", folder)
    assert not inside(folder / "up" / "x", folder)
    assert not inside(folder / ".." / "x", folder)


@pytest.mark.parametrize("args", [["verify", "x" * 5000], ["verify", GOOD, "--specs", "x" * 5000], ["certify", "x" * 5000],
                                  ["merge", "x" * 5000], ["mutate", "x" * 5000], ["diff", "x" * 5000, "y" * 5000],
                                  ["deps", "x" * 5000], ["show", "ast", "x" * 5000]])  # fmt: skip
def test_a_huge_name_is_bad_input(args: list[str]):
    refused(*args)
