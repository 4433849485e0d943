# SPDX-License-Identifier: GPL-2.0-only
"""Text for mail and for a terminal: within the width, and with nothing in it that steers."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest
from command import GENEVE, ROOT, Terminal, model, run
from samples import GOOD, LEAK

from refcheck.cli import progress

WIDTH = 75


# -- text for mail
def _planted(folder: Path) -> Path:
    """Geneve with the release on the way out of its pmtu check gone."""
    text = GENEVE.read_text(encoding="utf-8")
    gone = "\t\tif (!noref)\t\t\t\t\t@864\n\t\t\tdst_release(&rt->dst);\t\t\t@865\n"
    assert gone in text
    return model(folder, text.replace(gone, ""))


def test_a_finding_can_be_pasted_into_mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    # Given a planted bug, when the finding is printed
    _planted(tmp_path)
    monkeypatch.chdir(tmp_path)
    ran = run("verify", "m.rc", "-f", "geneve_xmit_skb")
    assert ran.status == 1
    assert "error[leaked-ref]" in ran.out
    # Then it is plain ASCII within 75 columns, and its quotes stand under each other
    assert ran.out.isascii()
    assert [line for line in ran.out.splitlines() if len(line) > WIDTH] == []
    assert [c for c in ran.out if c != "\n" and not c.isprintable()] == []
    source = (tmp_path / "m.rc").read_text(encoding="utf-8").splitlines()
    for number, shown in re.findall(r"^ +(\d+) \| (.*)$", ran.out, re.MULTILINE):
        assert source[int(number) - 1].expandtabs(4).rstrip().startswith(shown[:40])


def test_long_names_and_texts_stay_within_the_width(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    text = LEAK.replace("no headroom", "x" * 120 + " " + "word " * 30).replace("rt", "route_with_a_long_name")
    model(tmp_path, text.replace("ip_route_with_a_long_name_put", "ip_rt_put"))
    monkeypatch.chdir(tmp_path)
    ran = run("verify", "m.rc")
    assert ran.status == 1, ran.err
    assert [line for line in ran.out.splitlines() if len(line) > WIDTH] == []


def test_the_headline_of_a_proved_function_stays_within_the_width():
    out = run("verify", GENEVE, "-q").out
    assert [line for line in out.splitlines() if len(line) > WIDTH] == []


def test_an_input_error_stays_within_the_width(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    model(tmp_path, "void f()\n{\n\tudp_tunnel6_dst_lookup_reply();\n}\n")
    monkeypatch.chdir(tmp_path)
    assert [line for line in run("verify", "m.rc").err.splitlines() if len(line) > WIDTH] == []


# -- what may reach a terminal
EVIL = "a \x1b[31mred\x07\x1b]0;t\x07 \u202e\u009b2J b"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
CURSOR = re.compile(r"\x1b\[(?:2K|1A|\?25[lh])")


def _steering(text: str) -> list[str]:
    """Characters that could steer a terminal, once refcheck's own colours are gone."""
    return [c for c in COLOUR.sub("", text) if not c.isprintable() and c not in "\n\t"]


def test_control_characters_of_a_model_are_made_visible(tmp_path: Path):
    # Given a model whose text tries to steer the terminal, when it is shown on one
    ran = run("verify", model(tmp_path, LEAK.replace("no headroom", EVIL)), out_tty=True)
    # Then the characters are visible, and only refcheck's own colours are left
    assert ran.status == 1
    assert r"\x1b[31mred\x07" in ran.out
    assert "\x1b[31m" not in ran.out
    assert _steering(ran.out) == []


def test_control_characters_of_a_broken_model_are_made_visible(tmp_path: Path):
    ran = run("verify", model(tmp_path, f'void f()\n{{\n\tif (nondet("{EVIL}") +)\n\t\treturn;\n}}\n'), err_tty=True)
    assert ran.status == 2
    assert r"\x1b[31mred" in ran.err
    assert _steering(ran.err) == []


def test_control_characters_of_a_use_are_made_visible(tmp_path: Path):
    ran = run("verify", model(tmp_path, f'use "{EVIL}.spec";\nvoid f()\n{{\n}}\n'), err_tty=True)
    assert ran.status == 2
    assert _steering(ran.err) == []


def test_control_characters_of_a_file_name_are_made_visible(tmp_path: Path):
    ran = run("verify", model(tmp_path, LEAK, "m\x1b[2J\x07.rc"), out_tty=True)
    assert ran.status == 1
    assert _steering(ran.out) == []


def test_control_characters_of_an_unreached_branch_are_made_visible(tmp_path: Path):
    text = f'int f()\n{{\n\tif (nondet("{EVIL}") == 3)\n\t\treturn 0;\n\treturn 1;\n}}\n'
    ran = run("verify", model(tmp_path, text), out_tty=True)
    assert "unreached" in ran.out
    assert _steering(ran.out) == []


@pytest.mark.parametrize(
    "what",
    [
        "ast",
        "cfg",
        "smt2",
    ],
)
def test_show_makes_control_characters_visible(tmp_path: Path, what: str):
    ran = run("show", what, model(tmp_path, LEAK.replace("no headroom", EVIL)), out_tty=True)
    assert ran.status == 0
    assert "red" in ran.out
    assert _steering(ran.out) == []


def test_a_text_cannot_add_commands_to_a_script(tmp_path: Path):
    # Given a text with a carriage return, which ends a comment in SMT-LIB
    ran = run("show", "smt2", model(tmp_path, LEAK.replace("no headroom", "x\r(assert false)")))
    assert "\r" not in ran.out


def test_colour_only_on_a_terminal_and_not_against_no_color(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    path = model(tmp_path, LEAK)
    plain, coloured = run("verify", path), run("verify", path, out_tty=True)
    assert COLOUR.search(plain.out) is None
    assert "\x1b[1;31mREFUTED\x1b[0m" in coloured.out
    assert COLOUR.sub("", coloured.out) == plain.out
    monkeypatch.setenv("NO_COLOR", "1")
    assert run("verify", path, out_tty=True).out == plain.out


def test_color_says_when(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NO_COLOR", "1")
    path = model(tmp_path, LEAK)
    plain, always = run("verify", path), run("verify", "--color", "always", path)
    assert "\x1b[1;31mREFUTED\x1b[0m" in always.out
    assert COLOUR.sub("", always.out) == plain.out
    assert run("verify", "--color", "always", path, out_tty=True).out == always.out
    monkeypatch.delenv("NO_COLOR")
    assert run("verify", "--color", "never", path, out_tty=True).out == plain.out
    assert run("verify", "--color", "auto", path).out == plain.out
    assert run("verify", "--color", "red", path).status == 2


@pytest.mark.parametrize(("columns", "width"), [(40, 75), (76, 75), (120, 119), (400, 140)])
def test_a_wide_terminal_gets_a_wide_trace(columns: int, width: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NO_COLOR", "1")
    text = LEAK.replace("no headroom", "word " * 60)
    path, size = model(tmp_path, text), os.terminal_size((columns, 24))
    mail = run("verify", path).out
    terminal = mock.patch.object(Terminal, "fileno", return_value=1)
    with mock.patch.object(os, "get_terminal_size", return_value=size), terminal:
        wide = run("verify", path, out_tty=True).out
    longest = max(len(row) for row in wide.split("\n") if "word" in row)
    assert longest <= width
    assert (wide == mail) == (width == 75)
    assert width == 75 or (longest > 75 and len(wide.split("\n")) < len(mail.split("\n")))
    assert wide.split() == mail.split() or width > 75


def test_progress_only_on_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    # Given two models, when standard error is a terminal, then a line is shown there and wiped; else nothing is
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    paths = [model(tmp_path, GOOD), model(tmp_path, GOOD.replace("look", "seek"), "n.rc")]
    shown, silent = run("verify", *paths, err_tty=True), run("verify", *paths)
    assert silent.err == ""
    drawn = CURSOR.sub("", COLOUR.sub("", shown.err))
    assert "1/2" in drawn
    assert "2/2" in drawn
    assert _steering(drawn.replace("\r", "")) == []
    assert shown.err.endswith("\x1b[2K")
    assert shown.out == silent.out
    assert json.loads(run("verify", *paths, "--format", "json", err_tty=True).out)["results"]
    assert run("verify", paths[0], err_tty=True).err == ""


def test_an_error_starts_on_a_line_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    paths = [model(tmp_path, GOOD), model(tmp_path, "void f( {\n}\n", "bad.rc")]
    ran = run("verify", *paths, err_tty=True)
    assert ran.err.split("error[syntax-error]")[0].endswith("\x1b[2K")


def test_a_short_run_loads_nothing_for_its_progress(tmp_path: Path):
    paths = [model(tmp_path, GOOD), model(tmp_path, GOOD.replace("look", "seek"), "n.rc")]
    code = "import sys; from refcheck.cli import progress, running; running.on_terminal = lambda _: True\n"
    code += f"sys.argv = ['refcheck', 'verify', '-q', '--no-store', *{list(map(str, paths))}]\n"
    code += "from refcheck.cli import main\ntry:\n    main()\nexcept SystemExit: pass\n"
    code += "print('rich' in sys.modules)"
    for patience, loaded in (("60", "False"), ("0", "True")):
        given = code.replace("running.on_terminal", f"progress.PATIENCE = {patience}; running.on_terminal", 1)
        done = subprocess.run([sys.executable, "-c", given], capture_output=True, text=True, check=True, cwd=ROOT)
        assert done.stdout.split()[-1] == loaded
