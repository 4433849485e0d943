# SPDX-License-Identifier: GPL-2.0-only
"""Specs and files that are not there, cannot be read, or are none."""

from pathlib import Path

import pytest
from command import model, run
from rejected import FN, one

from refcheck.unit import load as loader


# -- specs
def test_a_missing_spec_says_where_it_looked_and_what_is_there(tmp_path: Path):
    own = tmp_path / "own"
    own.mkdir()
    d = one(model(tmp_path, f'use "dts.spec";\n{FN}'), "RC003", "--specs", own)
    assert d["message"] == "there is no `dts.spec`"
    assert d["help"] == "did you mean `dst.spec`?"
    (note,) = d["notes"]
    assert note.startswith(f"looked in {own}, {tmp_path}, ")
    assert note.endswith(str(loader.SHIPPED))
    assert d["place"]["line"] == 1


@pytest.mark.parametrize(
    "name", ["../x.spec", "/etc/passwd", "/etc/x.spec", "a/../../x.spec", "..", "", "x.rc", "x", "a\0.spec"]
)
def test_a_use_cannot_leave_its_folder_or_name_something_else(tmp_path: Path, name: str):
    # Given files that would be read if the name were followed
    below = tmp_path / "below"
    below.mkdir()
    for there in (tmp_path / "x.spec", below / "x.rc", below / "x"):
        there.write_text("resource node;\n")
    d = one(model(below, f'use "{name}";\n{FN}'), "RC003")
    assert "leaves the specs folder" in d["message"] or "takes spec files" in d["message"]
    assert "root:" not in str(d)


def test_a_use_of_a_name_that_no_file_can_have_is_a_missing_spec(tmp_path: Path):
    one(model(tmp_path, f'use "{"d" * 5000}.spec";\n{FN}'), "RC003")


def test_specs_may_use_each_other(tmp_path: Path):
    # Given two specs in a circle, and one that uses itself, then each is read once
    model(tmp_path, 'use "b.spec";\nresource a;\n', "a.spec")
    model(tmp_path, 'use "a.spec", "b.spec";\nresource b;\n', "b.spec")
    assert run("verify", model(tmp_path, f'use "a.spec";\n{FN}\nvoid g(a x, b y)\n{{\n}}\n')).status == 0


@pytest.mark.parametrize(("content", "why"), [(b"resource a;\n\xff", "not UTF-8"), (b" \n", "is empty")])
def test_an_unreadable_spec_is_reported_at_its_use(tmp_path: Path, content: bytes, why: str):
    model(tmp_path, content, "a.spec")
    path = model(tmp_path, f'// x\nuse "a.spec";\n{FN}')
    d = one(path, "RC004")
    assert why in d["message"]
    assert (d["place"]["file"], d["place"]["line"]) == (str(path), 2)


def test_a_syntax_error_in_a_spec_is_reported_there(tmp_path: Path):
    spec = model(tmp_path, "resource a;\n\nvoid put(a x) { ok: relase x; }\n", "a.spec")
    d = one(model(tmp_path, f'use "a.spec";\n{FN}'), "RC001")
    assert d["place"]["file"].endswith(spec.name)
    assert d["place"]["line"] == 3


# -- files
@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"void f()\n{\n}\n// \xff\xfe\n", "is not UTF-8 (byte 16, line 4)"),
        (b"\xff\xfev\0o\0i\0d\0", "is not UTF-8 (byte 0, line 1)"),
        (b"", "is empty"),
        (b" \n\t\r\n", "is empty"),
    ],
    ids=["latin", "utf-16", "empty", "blank"],
)
def test_a_file_that_is_no_text_is_unreadable(tmp_path: Path, content: bytes, why: str):
    path = model(tmp_path, content)
    d = one(path, "RC004")
    assert d["message"] == f"`{path}` {why}"
    assert d["help"]


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    # Given a file of one byte more than the limit
    path = model(tmp_path, FN.ljust(4097))
    monkeypatch.setattr(loader, "MAX_BYTES", 4096)
    monkeypatch.setattr(Path, "read_bytes", lambda p: pytest.fail(f"{p} was read"))
    d = one(path, "RC004")
    assert "limit" in d["message"]


def test_a_file_at_the_limit_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(loader, "MAX_BYTES", 4096)
    assert run("verify", model(tmp_path, FN.ljust(4096))).status == 0


def test_fifty_megabytes_are_refused(tmp_path: Path):
    path = tmp_path / "m.rc"
    with path.open("wb") as f:
        f.truncate(50 << 20)
    assert one(path, "RC004")["message"] == f"`{path}` has 50 MiB, more than the 8 MiB limit"


def test_a_missing_file(tmp_path: Path):
    assert one(tmp_path / "nowhere.rc", "RC004")["message"].endswith("does not exist")


@pytest.mark.parametrize("name", ["a\0b.rc", "x" * 400 + ".rc"], ids=["nul", "long"])
def test_a_path_that_no_file_can_have(tmp_path: Path, name: str):
    assert run("verify", tmp_path / name).status == 2


def test_a_folder_without_models(tmp_path: Path):
    ran = run("verify", tmp_path)
    assert (ran.status, ran.out) == (2, "")
    assert f"error[usage]: there is no .rc file below `{tmp_path}`, and no .c file help: " in " ".join(ran.err.split())
    assert ran.err.count("error[") == 1


def test_a_folder_where_a_file_is_wanted(tmp_path: Path):
    ran = run("show", "ast", tmp_path)
    assert ran.status == 2
    assert f"error[unreadable-file]: `{tmp_path}` is a directory" in " ".join(ran.err.split())


@pytest.mark.parametrize("text", ["// nothing\n", "void f() contract { ok: ; };\n", "resource a;\n"])
def test_a_model_without_functions_proves_nothing(tmp_path: Path, text: str):
    assert one(model(tmp_path, text), "RC013")["message"] == "no function to verify was found"


def test_the_mark_that_some_editors_begin_a_file_with_is_no_part_of_it(tmp_path: Path):
    file = tmp_path / "m.rc"
    file.write_bytes("\ufeffvoid f()\n{\n}\n".encode())
    assert run("verify", file).status == 0
