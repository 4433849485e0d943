# SPDX-License-Identifier: GPL-2.0-only
"""Words on the command line: what they mean, what is said where they mean nothing, help, and what a shell may offer."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command import GENEVE, ROOT, Ran, run

from refcheck.base.diagnostics import InputError
from refcheck.cli.app import COMMANDS, command
from refcheck.cli.arguments import parse


def meant(name: str, *words: str) -> dict[str, object]:
    """The parameters that words mean for a command."""
    return parse(name, command(name), list(words))


@pytest.fixture(autouse=True)
def nothing_in_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("REFCHECK_NO_STORE", raising=False)
    monkeypatch.delenv("REFCHECK_STORE", raising=False)


# -- what words mean
def test_nothing_but_a_path_gives_the_defaults():
    assert meant("verify", "m.rc") == {
        "paths": (Path("m.rc"),), "only": (), "specs": None, "timeout": 60.0, "rlimit": 0, "max_states": 200_000,
        "no_lens": False, "debug": False, "strict": False, "form": "text", "outputs": (), "certify": None, "jobs": 0,
        "dask": None, "store": None, "no_store": False, "recheck": False,
        "shard": None, "stats": False, "quiet": False, "tree": None, "spec": "kernel.spec", "possible": False,
        "why": False, "since": None, "fix": False, "watch": False, "color": "auto",
    }  # fmt: skip
    assert meant("gate")["paths"] == ()


@pytest.mark.parametrize(
    "words",
    [
        "-q -f g --function h a.rc b.rc --jobs 4",
        "a.rc b.rc -j4 -fg -fh --quiet",
        "a.rc -qj 4 b.rc -f g --function=h",
        "a.rc -f g -q -j 9 -j 4 -f h -- b.rc",
    ],
)
def test_options_and_paths_stand_in_any_order(words: str):
    found = meant("verify", *words.split())
    assert found["paths"] == (Path("a.rc"), Path("b.rc"))
    assert (found["only"], found["quiet"], found["jobs"]) == (("g", "h"), True, 4)


def test_after_two_dashes_nothing_is_an_option():
    found = meant("verify", "-q", "--", "-x.rc", "--", "--stats")
    assert [str(p) for p in found["paths"]][::2] == ["-x.rc", "--stats"]
    assert (found["quiet"], found["stats"]) == (True, False)
    assert meant("diff", "-", "--", "-b") == {
        "old": Path("-"), "new": Path("-b"), "specs": None, "timeout": 60.0, "form": "text"
    }  # fmt: skip


def test_negative_numbers_are_values():
    assert meant("verify", "m.rc", "--timeout", "-1", "--jobs", "-3")["jobs"] == -3


def test_the_environment_stands_in_for_options(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("REFCHECK_STORE", "kept")
    for value, meaning in (("1", True), ("Yes", True), ("0", False), ("", False)):
        monkeypatch.setenv("REFCHECK_NO_STORE", value)
        found = meant("verify", "m.rc")
        assert (found["store"], found["no_store"]) == (Path("kept"), meaning)
    assert meant("store show", "--store", "other") == {"store": Path("other")}
    monkeypatch.setenv("REFCHECK_STORE", "")
    assert meant("store show") == {"store": None}
    monkeypatch.setenv("REFCHECK_NO_STORE", "perhaps")
    with pytest.raises(InputError, match="REFCHECK_NO_STORE is `perhaps`"):
        meant("verify", "m.rc")


# -- what means nothing
@pytest.mark.parametrize(
    ("words", "said", "advice"),
    [
        ("nonsense", "there is no command `nonsense`", "`refcheck --help` lists the commands"),
        ("verfy m.rc", "there is no command `verfy`", "did you mean `verify`?"),
        ("show cgf", "there is no command `show cgf`", "did you mean `show cfg`?"),
        ("--verbose", "there is no command `--verbose`", "`refcheck --help` lists the commands"),
        ("verify", "the following arguments are required: PATH", "`refcheck verify --help` says what it takes"),
        ("verify -q", "the following arguments are required: PATH", "`refcheck verify --help` says what it takes"),
        ("diff a", "the following arguments are required: NEW", "`refcheck diff --help` says what it takes"),
        ("diff a b c", "there is no place for `c`", "`refcheck diff --help` says what it takes"),
        ("store show x", "there is no place for `x`", "`refcheck store show --help` says what it takes"),
        ("verify --fo m.rc", "`refcheck verify` has no option `--fo`", "did you mean `--format`?"),
        ("verify m.rc -z", "`refcheck verify` has no option `-z`", "`refcheck verify --help` lists them"),
        ("verify m.rc --timeout x", "argument --timeout: invalid float value: 'x'", ""),
        ("verify m.rc --rlimit 1.5", "argument --rlimit: invalid int value: '1.5'", ""),
        ("verify m.rc --timeout", "argument --timeout: expected one argument", ""),
        ("verify m.rc --format yaml", "argument --format: invalid choice: ", ""),
        ("verify m.rc --quiet=3", "ignored explicit argument '3'", ""),
        ("verify m.rc --jobs 257", "257 processes make no sense", "--jobs takes 0 to 256"),
        ("mutate m.rc --jobs 0", "0 processes make no sense", "--jobs takes 1 to 256"),
        ("export m.rc", "the following arguments are required: --to", ""),
        ("explain \0", "an argument holds a NUL character", ""),
    ],
)
def test_what_means_nothing_is_an_error_with_advice(words: str, said: str, advice: str):
    ran = run(*words.split(" "))
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("error[usage]: ")
    text = " ".join(ran.err.split())
    assert said in text
    assert f"help: {advice}" in text


# -- help
@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_every_command_says_what_it_takes(name: str, option: str):
    ran = run(*name.split(), option)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith(f"usage: refcheck {name} [OPTION]...")
    known = command(name)
    assert " ".join((known.run.__doc__ or "").split()) in " ".join(ran.out.split())
    for o in known.options:
        assert o.settings["help"]
        assert max(o.names, key=len) in ran.out or o.settings["metavar"] in ran.out


def test_help_comes_before_what_is_missing_or_wrong():
    assert run("verify", "--timeout", "x", "-h").status == 0
    assert run("export", "--help").out.startswith("usage: refcheck export [OPTION]... PATH")
    # But a path of that name is a path
    assert run("verify", "--", "-h").status == 2


def commands_in(ran: Ran) -> list[str]:
    """The commands that a help lists."""
    return [name for name in COMMANDS if f"\n  {name} " in ran.out + ran.err]


def test_the_commands_are_listed():
    for words in (["-h"], ["--help"], ["--help", "verify"]):
        ran = run(*words)
        assert (ran.status, ran.err, commands_in(ran)) == (0, "", list(COMMANDS))
    ran = run()
    assert (ran.status, ran.out, commands_in(ran)) == (2, "", list(COMMANDS))
    ran = run("store")
    assert (ran.status, ran.out, commands_in(ran)) == (2, "", ["store show", "store clear"])
    ran = run("show", "-h")
    assert (ran.status, ran.err, commands_in(ran)) == (0, "", ["show ast", "show cfg", "show smt2"])


# -- streams
def in_a_process(*words: object, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "refcheck", *map(str, words)], capture_output=True, check=False, cwd=ROOT,
        env={**os.environ, **environment},
    )  # fmt: skip


def test_what_a_stream_cannot_encode_is_escaped():
    path = "caf\u00e9\u4e2d.rc"
    assert b"caf\\xe9\\u4e2d.rc" in in_a_process("verify", path, PYTHONIOENCODING="cp437:strict").stderr.replace(
        "\u00e9".encode("cp437"), b"\\xe9"
    )
    assert path.encode() in in_a_process("verify", path, PYTHONIOENCODING="ascii", PYTHONUTF8="1").stderr


@pytest.mark.skipif(sys.platform == "win32", reason="closes a descriptor as a shell does")
@pytest.mark.parametrize(("closed", "status"), [("1>&-", 0), ("2>&-", 2)])
def test_a_closed_stream_hears_nothing(closed: str, status: int):
    words = f'"{GENEVE}" -q' if status == 0 else "nowhere.rc"
    done = subprocess.run(
        ["sh", "-c", f'"{sys.executable}" -m refcheck verify {words} {closed}'], capture_output=True, check=False, cwd=ROOT
    )
    assert (done.returncode, done.stdout + done.stderr) == (status, b"")


# -- completion
@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("refcheck ver", ["verify"]),
        ("refcheck show s", ["smt2"]),
        ("refcheck diff --sp", ["--specs"]),
        ("refcheck verify --format ma", ["markdown"]),
        ("refcheck export m.rc --to p", ["promela"]),
        ("refcheck verify mod", ["models"]),
    ],
)
def test_bash_completes(line: str, found: list[str], tmp_path: Path):
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not installed: its package has that name")
    (tmp_path / "script").write_text(run("completion", "bash").out, encoding="utf-8")
    script = f"""
source {tmp_path / "script"}
COMP_WORDS=({line}) COMP_CWORD={len(line.split()) - 1}
_shtab_refcheck
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    done = subprocess.run([bash, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert (done.stdout.split("\n")[:-1], done.stderr) == (found, "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "tcsh"])
def test_every_shell_hears_of_every_command(shell: str):
    ran = run("completion", shell)
    assert (ran.status, ran.err) == (0, "")
    assert [n for n in COMMANDS if n.split()[-1] not in ran.out] == []


def test_a_shell_without_a_script_is_said():
    assert run("completion", "csh").status == 2
