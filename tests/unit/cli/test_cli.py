# SPDX-License-Identifier: GPL-2.0-only
"""The command line: statuses, options and JSON."""

import importlib.metadata
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from command import GENEVE, ROOT, model, run
from samples import GOOD, IDLE, LEAK

from refcheck import __version__


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

    monkeypatch.setattr("refcheck.prove.prove.Certificate", lambda s, *more: Certificate((s[0], (), *s[2:]), *more))
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
    assert report["schema"] == 2
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


@pytest.mark.parametrize(
    ("command", "help_text"),
    [("explain", "what is said of a file is shown by refcheck verify FILE"), ("slice", "a model is a slice already")],
)
def test_a_command_that_takes_no_model_says_which_one_does(tmp_path: Path, command: str, help_text: str):
    ran = run(command, model(tmp_path, "void f()\n{\n}\n"))
    assert ran.status == 2
    assert help_text in " ".join(ran.err.split())


def test_a_repair_of_two_places_is_said_once(tmp_path: Path):
    text = 'use "route.spec";\nint f(int n)\n{\n\tdst rt = ip_route_output_key();\n\tif (IS_ERR(rt))\n\t\treturn 0;\n'
    path = model(tmp_path, f"{text}\tif (n)\n\t\treturn -EINVAL;\n\tuse(rt);\n\treturn 0;\n}}\n")
    ran = run("verify", path, "--fix", "--no-store")
    assert "release it first: dst_release(rt) (2 places)\n" in ran.err
