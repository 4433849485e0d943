# SPDX-License-Identifier: GPL-2.0-only
"""The command line: statuses, options, formats, and what may reach a terminal."""

import importlib.metadata
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import z3
from command import GENEVE, ROOT, model, run
from samples import GOOD, LEAK

from refcheck import __version__
from refcheck.base.diagnostics import CODES

IDLE = "int f(bool a)\n{\n\tif (a) {\n\t\tif (!a)\n\t\t\treturn 1;\n\t}\n\treturn 0;\n}\n"

WIDTH = 75


# -- statuses
@pytest.mark.parametrize(
    ("text", "status", "verdict"),
    [
        (GOOD, 0, "PROVED"),
        (LEAK, 1, "REFUTED"),
        (IDLE, 1, "VACUOUS"),
        (LEAK.replace("look()", "look() expect refuted(leaked-ref)"), 0, "REFUTED"),
        (GOOD.replace("look()", "look() expect refuted(leaked-ref)"), 1, "PROVED"),
        (LEAK.replace("look()", "look() expect refuted(double-release)"), 1, "REFUTED"),
        (IDLE.replace("bool a)", "bool a) expect vacuous(sanity)"), 0, "VACUOUS"),
    ],
    ids=["proved", "refuted", "vacuous", "expected", "expected-in-vain", "expected-otherwise", "expected-vacuous"],
)
def test_the_status_follows_the_verdict(tmp_path: Path, text: str, status: int, verdict: str):
    # Given a model with one function, when it is verified
    ran = run("verify", model(tmp_path, text))
    # Then the status and the headline agree
    assert ran.status == status
    assert re.search(rf"^\w+: {verdict} ", ran.out, re.MULTILINE)
    assert ran.err == ""


@pytest.mark.parametrize(
    ("limit", "why"),
    [
        (["--max-states", "5"], "the limit of the proposal was hit"),
        (["--rlimit", "1"], "Z3: "),
        (["--timeout", "0.0001"], "(--timeout)"),
    ],
    ids=["states", "rlimit", "timeout"],
)
def test_a_limit_that_is_hit_is_unknown_and_says_which(limit: list[str], why: str):
    # Given a function that is proved without limits, when a limit is far too small in a new process
    args = ["verify", "--no-store", str(GENEVE), "-f", "geneve_build_skb", *limit]
    ran = subprocess.run([sys.executable, "-m", "refcheck", *args], capture_output=True, text=True, cwd=ROOT, check=False)
    # Then nothing is claimed
    assert ran.returncode == 3
    assert "geneve_build_skb: UNKNOWN" in ran.stdout
    assert why in ran.stdout
    assert "PROVED" not in ran.stdout
    assert "  proved:" not in ran.stdout


def test_no_limit_is_written_as_zero(tmp_path: Path):
    assert run("verify", model(tmp_path, GOOD), "--timeout", "0", "--rlimit", "0").status == 0


def test_refuted_goes_before_unknown(tmp_path: Path):
    # Given one refuted function and one that is cut short
    big = GENEVE.read_text(encoding="utf-8")
    ran = run("verify", model(tmp_path, LEAK), model(tmp_path, big, "big.rc"), "--max-states", "20")
    # Then the status is that of the refuted one
    assert "REFUTED" in ran.out
    assert "UNKNOWN" in ran.out
    assert ran.status == 1


def test_a_refutation_that_does_not_replay_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    # Given a reference that does not see what the prover saw
    from refcheck.verdict import check

    real = check.run

    def blind(*args: object) -> object:
        result = real(*args)  # type: ignore[arg-type]
        return result and (result[0], ())

    monkeypatch.setattr(check, "run", blind)
    ran = run("verify", model(tmp_path, LEAK))
    # Then there is no verdict, and the text says whose fault it is
    assert ran.status == 70
    assert "REFUTED" not in ran.out
    assert ran.err.startswith("error[internal-error]: InternalError: replay of look")
    assert "fault of refcheck" in ran.err
    assert "Traceback" not in ran.err


def test_a_certificate_that_does_not_hold_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    # Given a certificate from which the states of all exits are missing
    from refcheck.verdict.verdict import Certificate

    monkeypatch.setattr("refcheck.prove.prove.Certificate", lambda s: Certificate((s[0], (), *s[2:])))
    ran = run("verify", model(tmp_path, GOOD))
    assert ran.status == 70
    assert "leads out of the invariant" in ran.err
    assert "PROVED" not in ran.out


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["verify"],
        ["verfy", "x.rc"],
        ["verify", "--no-such-option", "x.rc"],
        ["verify", "--format", "xml", "x.rc"],
        ["verify", "--max-states", "0", "x.rc"],
        ["verify", "--timeout", "-1", "x.rc"],
        ["verify", "--rlimit", "-1", "x.rc"],
        ["verify", "--rlimit", "many", "x.rc"],
        ["show", "x.rc"],
        ["explain"],
    ],
    ids=" ".join,
)
def test_a_command_line_without_sense_is_status_2(args: list[str]):
    ran = run(*args)
    assert ran.status == 2
    assert ran.out == ""
    assert ran.err.strip()
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    "seconds",
    [
        "nan", "inf",
    ],
)
def test_a_timeout_that_is_no_number_of_seconds_is_no_fault(tmp_path: Path, seconds: str):
    ran = run("verify", model(tmp_path, GOOD), "--timeout", seconds)
    assert ran.status in (0, 2)


# -- options
def test_function_limits_the_run():
    # When one function of five is asked for, then only that one is verified, in the order of the model
    ran = run("verify", GENEVE, "-f", "geneve_xmit", "--function", "geneve_build_skb", "-q")
    assert re.findall(r"^(\w+)(?: \[\w+\])?: (\w+)", ran.out, re.MULTILINE) == [
        ("geneve_build_skb", "PROVED"), ("geneve_xmit", "PROVED"),
    ]  # fmt: skip
    assert ran.out.rstrip().endswith("2 verdicts: 2 PROVED")


@pytest.mark.parametrize(
    "command",
    [
        ["verify"],
        ["show", "cfg"],
        ["show", "smt2"],
    ],
    ids=["verify", "show-cfg", "show-smt2"],
)
def test_an_unknown_function_suggests_the_near_one(command: list[str]):
    ran = run(*command, GENEVE, "-f", "geneve_xmitt")
    assert ran.status == 2
    assert "no model has a function `geneve_xmitt`" in ran.err
    assert "did you mean `geneve_xmit`?" in ran.err


def test_specs_goes_before_everything_else(tmp_path: Path):
    # Given a spec beside the model and one of the same name in another folder
    own = tmp_path / "own"
    own.mkdir()
    model(tmp_path, "resource node;\nnode get() { ok: return hold; }\n", "node.spec")
    model(own, "resource node;\nnode get() { ok: return NULL; }\n", "node.spec")
    path = model(tmp_path, 'use "node.spec";\nvoid f()\n{\n\tnode n = get();\n}\n')
    # When it is verified without and with --specs, then the contract that counts differs
    assert run("verify", path).status == 1
    assert run("verify", path, "--specs", own).status == 0
    assert "'NULL'" not in run("show", "cfg", path).out
    assert run("show", "cfg", path, "--specs", own).out != run("show", "cfg", path).out


def test_specs_must_be_a_folder(tmp_path: Path):
    assert run("verify", model(tmp_path, GOOD), "--specs", tmp_path / "nowhere").status == 2


def test_quiet_leaves_the_verdicts_only():
    lines = run("verify", GENEVE, "-q").out.splitlines()
    assert len([line for line in lines if not line.startswith("  ")]) == 5 + 2


def test_a_folder_is_verified_with_all_below_it(tmp_path: Path):
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    model(below, GOOD)
    model(tmp_path, GOOD.replace("look", "seek"), "n.rc")
    ran = run("verify", tmp_path)
    assert ran.status == 0
    assert ran.out.rstrip().endswith("2 verdicts: 2 PROVED")


def test_an_error_in_one_model_does_not_hide_the_verdict_of_another(tmp_path: Path):
    ran = run("verify", model(tmp_path, "void f( {\n}\n", "bad.rc"), model(tmp_path, LEAK))
    assert ran.status == 2
    assert "look: REFUTED" in ran.out
    assert "error[syntax-error]" in ran.err


# -- JSON
def test_json_states_the_facts_of_the_text(tmp_path: Path):
    # Given the same run in both formats
    path = model(tmp_path, LEAK)
    text, data = run("verify", path), run("verify", path, "--format", "json")
    assert (text.status, data.status, data.err) == (1, 1, "")
    report = json.loads(data.out)
    # Then versions, verdict and figures agree
    assert report["schema"] == 1
    assert report["refcheck"] == __version__
    assert report["z3"] == importlib.metadata.version("z3-solver")
    (result,) = report["results"]
    assert (result["model"], result["function"], result["entry"]) == (str(path), "look", None)
    assert f"look: {result['verdict']}   leaked-ref" in text.out
    proved = [p["property"] for p in result["properties"] if p["verdict"] == "PROVED"]
    words = " ".join(text.out.replace("-\n      ", "-").split())
    assert f"proved: {', '.join(proved)} certificate" in words
    assert [p["property"] for p in result["properties"] if p["verdict"] == "REFUTED"] == ["leaked-ref"]
    assert f"{result['states']} states, {result['queries']} Z3 queries" in words
    assert f"trusts: {', '.join(result['trusts'])}" in words
    # And so does the finding: title, place, kernel line, labels, steps, help
    (finding,) = result["findings"]
    assert finding["code"] == "RC101"
    assert text.out.startswith(f"error[{finding['property']}]: {finding['title']}\n")
    at = finding["place"]
    assert f"--> {at['file']}:{at['line']}:{at['column']}   (net/ipv4/example.c:25)" in text.out
    assert finding["kernel"] == {"file": "net/ipv4/example.c", "line": 25}
    assert LEAK.splitlines()[at["line"] - 1].strip().startswith("return -ENOMEM;")
    for label in finding["labels"]:
        assert " ".join(label["text"].split()) in words
    rows = re.findall(r"^ +(\d+) +(\d+) +(\d+)? +(\S.*)$", text.out.split("changes\n")[1], re.MULTILINE)
    assert [(s["number"], s["place"]["line"], s["kernel_line"] or 0) for s in finding["steps"]] == [
        (int(n), int(line), int(kernel or 0)) for n, line, kernel, _ in rows
    ]
    for step, row in zip(finding["steps"], rows, strict=True):
        changes = ", ".join(f"{c['name']} = {c['value']}" for c in step["changes"])
        assert " ".join(row[3].split()) == f"{step['event']} {changes}".rstrip()
    assert f"help: {finding['help']}" in words


def test_json_of_an_input_error_states_the_facts_of_the_text(tmp_path: Path):
    path = model(tmp_path, "void f(bool noref)\n{\n\tif (nofer)\n\t\treturn;\n}\n")
    ran = run("verify", path, "--format", "json")
    (found,) = ran.errors()
    assert ran.status == 2
    assert (found["code"], found["name"]) == ("RC002", "unknown-name")
    assert (found["place"]["line"], found["place"]["column"], found["place"]["end_column"]) == (3, 6, 11)
    assert ran.err.startswith(f"error[unknown-name]: {found['message']}\n  --> {path}:3:6\n")
    assert f"help: {found['help']}" in ran.err


@pytest.mark.parametrize("extra", [[], ["--timeout", "-1"]], ids=["empty-folder", "bad-limit"])
def test_json_is_written_for_every_input_error(tmp_path: Path, extra: list[str]):
    assert run("verify", tmp_path, *extra, "--format", "json").errors()[0]["code"] == "RC013"


# -- explain
@pytest.mark.parametrize("number", CODES)
def test_explain_takes_numbers_and_names(number: str):
    # When a code is explained by number and by name, in any case, then both print meaning and page
    by_number = run("explain", number.lower())
    by_name = run("explain", CODES[number].name.upper())
    assert by_number.status == 0
    assert by_number.out == by_name.out
    assert by_number.out.startswith(f"{number} {CODES[number].name}: {CODES[number].meaning}\n")
    page = (ROOT / "docs" / "diagnostics" / f"{number}.md").read_text(encoding="utf-8")
    assert page.split("\n", 2)[2].strip() in by_number.out


@pytest.mark.parametrize(
    ("code", "near"), [("leaked-reff", "leaked-ref"), ("noref-escpe", "noref-escape"), ("RC1001", "RC101")]
)
def test_explain_suggests_the_near_code(code: str, near: str):
    ran = run("explain", code)
    assert ran.status == 2
    assert ran.out == ""
    assert ran.err.splitlines()[0] == f"error[usage]: there is no code `{code}`"
    assert f"did you mean `{near}`?" in ran.err


# -- show
def test_show_ast_prints_the_tree(tmp_path: Path):
    ran = run("show", "ast", model(tmp_path, LEAK))
    assert ran.status == 0
    assert [line.strip() for line in ran.out.splitlines() if "Errno" in line] == ["Errno name='ENOMEM'"]
    assert "Nondet text='no headroom'" in ran.out
    assert "Return line=25" in ran.out


def test_show_cfg_prints_every_edge_of_what_was_asked_for(tmp_path: Path):
    path = model(tmp_path, LEAK + "\nvoid other()\n{\n}\n")
    both, one = run("show", "cfg", path), run("show", "cfg", path, "-f", "look")
    assert re.findall(r"^function (\w+)", both.out, re.MULTILINE) == ["look", "other"]
    assert re.findall(r"^function (\w+)", one.out, re.MULTILINE) == ["look"]
    assert "Exit(" in one.out
    dot = run("show", "cfg", path, "-f", "look", "--format", "dot").out
    assert dot.startswith('digraph "look" {')
    arrows = re.findall(r"^  (\d+) -> (\d+) ", dot, re.MULTILINE)
    assert sorted(arrows) == sorted(re.findall(r"^  (\d+) -> (\d+)  ", one.out, re.MULTILINE))


def _answers(script: str) -> list[str]:
    """What Z3 says to each check-sat of a script with scopes."""
    blocks = re.findall(r"^\(push 1\)\n(.*?)^\(check-sat\)\n\(pop 1\)$", script, re.MULTILINE | re.DOTALL)
    assert len(blocks) == script.count("(check-sat)") > 0
    answers = []
    for block in blocks:
        solver = z3.Solver()
        solver.from_string(block)
        answers.append(str(solver.check()))
    return answers


@pytest.mark.parametrize("function", ["geneve_build_skb", "geneve_xmit_skb", "geneve_xmit", "geneve_fill_metadata_dst"])
def test_every_check_of_a_proved_function_is_unsat(function: str):
    ran = run("show", "smt2", GENEVE, "-f", function)
    assert ran.status == 0
    assert set(_answers(ran.out)) == {"unsat"}


def test_the_check_of_what_is_refuted_is_sat(tmp_path: Path):
    answers = _answers(run("show", "smt2", model(tmp_path, LEAK)).out)
    assert answers.count("sat") == 1


# -- version and completion
def test_version():
    ran = run("--version")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.split()[-1] == __version__


def _completion(**env: str) -> subprocess.CompletedProcess[str]:
    start = "import sys; sys.argv[0] = 'refcheck'; from refcheck.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", start], capture_output=True, text=True, check=False, cwd=ROOT, env={**os.environ, **env}
    )


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_console_script_prints_a_completion_script(shell: str):
    done = _completion(_REFCHECK_COMPLETE=f"{shell}_source")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"_REFCHECK_COMPLETE={shell}_complete" in done.stdout


def test_completion_knows_the_commands():
    done = _completion(_REFCHECK_COMPLETE="bash_complete", COMP_WORDS="refcheck ve", COMP_CWORD="1")
    assert done.stdout == "plain,verify\n"


def test_python_m_refcheck_is_the_same_command(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-m", "refcheck", "verify", "-q", str(model(tmp_path, LEAK))],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout == run("verify", "-q", tmp_path / "m.rc").out


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


def test_progress_only_on_a_terminal(tmp_path: Path):
    # Given two models, when standard error is a terminal, then a line is shown there and wiped; else nothing is
    paths = [model(tmp_path, GOOD), model(tmp_path, GOOD.replace("look", "seek"), "n.rc")]
    shown, silent = run("verify", *paths, err_tty=True), run("verify", *paths)
    assert silent.err == ""
    assert "1/2 " in shown.err
    assert "2/2 " in shown.err
    assert shown.err.endswith("\r\x1b[K")
    assert shown.out == silent.out
    assert json.loads(run("verify", *paths, "--format", "json", err_tty=True).out)["results"]
    assert run("verify", paths[0], err_tty=True).err == ""


def test_an_error_starts_on_a_line_of_its_own(tmp_path: Path):
    paths = [model(tmp_path, GOOD), model(tmp_path, "void f( {\n}\n", "bad.rc")]
    ran = run("verify", *paths, err_tty=True)
    assert ran.err.split("error[syntax-error]")[0].endswith(("\n", "\x1b[K"))
