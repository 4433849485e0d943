# SPDX-License-Identifier: GPL-2.0-only
"""`certify --solver`: Z3 and cvc5 are asked every edge, and whatever is no clear answer confirms nothing."""

from __future__ import annotations

import sys
from pathlib import Path
from unittest import mock

import pytest
from certified import LEAK, SPECS, case, check, real
from command import GENEVE, model, run

from refcheck.prove import cvc5 as cvc5_solver
from refcheck.prove import solver
from refcheck.prove.confirm import ask, claimed
from refcheck.prove.queries import queries, text
from refcheck.prove.solver import Answer
from refcheck.run.tasks import prepare
from refcheck.verdict.verdict import Certificate

NEEDS_CVC5 = pytest.mark.skipif(not cvc5_solver.version(), reason="no cvc5: run `make test`, which installs it")
SOLVERS = ["z3", pytest.param("cvc5", marks=NEEDS_CVC5)]


@NEEDS_CVC5
def test_both_solvers_confirm_every_edge(tmp_path: Path):
    assert run("verify", GENEVE, "-f", "geneve_build_skb", "-q", "--certify", tmp_path / "c").status == 0
    got = run("certify", tmp_path / "c", "--solver", "both", "--smt2", tmp_path / "s")
    assert got.status == 0
    (task,) = prepare(GENEVE, None, ("geneve_build_skb",))[0]
    n = len(task.cfg.edges) + 1
    assert f"z3 {n}/{n}, cvc5 {n}/{n}" in got.out
    (file,) = (tmp_path / "s").rglob("*.smt2")
    written = file.read_text()
    assert written.count("(check-sat)") == n
    assert f"; {n} obligations: initiation and {n - 1} edges; {n} are asked" in written


@NEEDS_CVC5
def test_the_file_is_what_any_solver_reads():
    import cvc5

    right = real()
    certificate = right.result.certificate
    assert certificate is not None
    script = text(right.cfg, certificate, claimed(right.data["verdicts"]))
    reader = cvc5.Solver(cvc5.TermManager())
    reader.setOption("incremental", "true")
    parser = cvc5.InputParser(reader)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, script, "file")
    said = []
    while not (command := parser.nextCommand()).isNull():
        said.append(str(command.invoke(reader, parser.getSymbolManager())).strip())
    assert [s for s in said if s] == ["unsat"] * script.count("(check-sat)")


def test_nothing_is_left_out_without_a_word():
    right = real()
    certificate = right.result.certificate
    assert certificate is not None
    found = list(queries(right.cfg, certificate, claimed(right.data["verdicts"])))
    assert [q.name for q in found] == ["initiation", *(f"edge {e.number}" for e in right.cfg.edges)]
    for q in found:
        assert bool(q.script) != bool(q.settled)
    emptied = Certificate(tuple(() if i == right.cfg.exit else s for i, s in enumerate(certificate.states)))
    start_only = Certificate(tuple(s if i == right.cfg.start else () for i, s in enumerate(certificate.states)))
    assert any(q.script for q in queries(right.cfg, emptied, frozenset()))
    script = text(right.cfg, start_only, frozenset())
    idle = sum(e.src != right.cfg.start for e in right.cfg.edges)
    assert f"; {idle} not asked: the invariant has no state at its source" in script


@pytest.mark.parametrize("name", SOLVERS)
def test_the_obligations_fail_where_a_state_is_missing(name: str):
    # Given an invariant that lacks one state, then the solver refutes an obligation, as the checker does
    right = real()
    certificate = right.result.certificate
    assert certificate is not None
    every = {"z3": 5, "cvc5": 11}[name]
    places = [(i, j) for i, here in enumerate(certificate.states) for j in range(len(here))]
    for location, gone in places[::every]:
        states = list(certificate.states)
        states[location] = states[location][:gone] + states[location][gone + 1 :]
        (opinion,) = ask(right.cfg, Certificate(tuple(states)), claimed(right.data["verdicts"]), (name,), 0)
        assert {d.answer for d in opinion.doubts} == {"sat"}, (location, gone)


@pytest.mark.parametrize("name", SOLVERS)
def test_the_obligations_fail_where_a_claim_is_false(tmp_path: Path, name: str):
    leaking = case(model(tmp_path, LEAK), "f")
    certificate = leaking.result.certificate
    assert certificate is not None
    (true,) = ask(leaking.cfg, certificate, claimed(leaking.data["verdicts"]), (name,), 0)
    assert true.doubts == ()
    (false,) = ask(leaking.cfg, certificate, frozenset({"leaked-ref"}), (name,), 0)
    assert {d.answer for d in false.doubts} == {"sat"}


def test_a_solver_that_is_absent_confirms_nothing(written: Path):
    with mock.patch.object(cvc5_solver, "version", return_value=""):
        got = run("certify", written, "--specs", SPECS, "--solver", "both")
    assert got.status == 2
    assert "cvc5 is not installed" in got.err
    assert "pip install 'kernel-refcheck[cvc5]'" in got.err
    assert got.out == ""


def test_a_solver_that_disagrees_is_reported(written: Path):
    sat = mock.patch.object(cvc5_solver, "check", return_value=Answer("sat", "", {}))
    with sat, mock.patch.object(cvc5_solver, "version", return_value="1"):
        status, out = check(written, "--solver", "both")
    assert status == 1
    assert "error[solver-disagrees]: f: cvc5 says sat to " in out
    assert "first to initiation" in out


@pytest.mark.parametrize("reason", ["time-out", "an error (with text)"])
def test_a_solver_that_gives_up_confirms_nothing(written: Path, reason: str):
    with mock.patch.object(solver, "check", return_value=Answer("unknown", reason, {})):
        status, out = check(written, "--solver", "z3")
    assert status == 3
    assert "error[solver-unknown]: f: z3 says unknown to " in out
    assert reason in out


def test_time_is_shared_by_all_obligations():
    right = real()
    assert right.result.certificate is not None
    with mock.patch("refcheck.prove.confirm.time.monotonic", side_effect=range(10_000)):
        (opinion,) = ask(right.cfg, right.result.certificate, frozenset(), ("z3",), 3.0)
    assert {d.reason for d in opinion.doubts} == {"time-out"}
    assert len(opinion.doubts) > opinion.asked // 2


@NEEDS_CVC5
@pytest.mark.parametrize(
    ("script", "answer"),
    [
        ("(assert false)", "unsat"), ("(assert true)", "sat"), ("(assert nonsense)", "unknown"), ("(assert", "unknown"),
        ("(check-sat)", "unknown"), ('(echo "unsat")', "unknown"), ("(set-option :nothing true)", "unknown"),
    ],
)  # fmt: skip
def test_only_one_clear_answer_of_cvc5_counts(script: str, answer: str):
    assert cvc5_solver.check(script).status == answer


@pytest.mark.parametrize(
    ("shell", "answer"),
    [
        ("cat >/dev/null; echo unsat", "unsat"), ("cat >/dev/null; echo sat", "sat"), ("echo unsat; exit 1", "unknown"),
        ("echo unsat; echo sat", "unknown"), ("true", "unknown"), ("echo '(error \"unsat\")'", "unknown"),
    ],
)  # fmt: skip
def test_the_program_serves_where_the_package_is_absent(tmp_path: Path, shell: str, answer: str):
    program = tmp_path / "cvc5"
    program.write_text(f"#!/bin/sh\n{shell}\n")
    program.chmod(0o755)
    with (
        mock.patch.dict(sys.modules, {"cvc5": None}),
        mock.patch.object(cvc5_solver.shutil, "which", return_value=str(program)),
    ):
        assert cvc5_solver.version() == f"the program {program}"
        assert cvc5_solver.check("(assert false)", 1000).status == answer


def test_neither_package_nor_program():
    with mock.patch.dict(sys.modules, {"cvc5": None}), mock.patch.object(cvc5_solver.shutil, "which", return_value=None):
        assert cvc5_solver.version() == ""
        assert cvc5_solver.check("(assert false)").status == "unknown"
