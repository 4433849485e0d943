# SPDX-License-Identifier: GPL-2.0-only
"""`verify --certify` and `certify`: what is proved is confirmed without the prover, and nothing else is.

A certificate is damaged here in every way that a file can be: by hand, and one number or one state at a time.  Each
change is refused for a named reason, or it is harmless: the invariant still proves the very same verdicts.
"""

from __future__ import annotations

import copy
import json
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import pytest
from command import GENEVE, ROOT, model, run

from refcheck.base.diagnostics import BY_NAME
from refcheck.graph.cfg import CFG
from refcheck.lower.task import Task
from refcheck.meaning.state import initial_state
from refcheck.prove import cvc5 as cvc5_solver
from refcheck.prove import solver
from refcheck.prove.confirm import ask, claimed
from refcheck.prove.propose import explore
from refcheck.prove.prove import Limits, verify
from refcheck.prove.queries import queries, text
from refcheck.prove.solver import Answer
from refcheck.render.certificates import HELP
from refcheck.run import certificates as certfiles
from refcheck.run.tasks import prepare
from refcheck.verdict.check import Confirmed, Refusal, confirm
from refcheck.verdict.document import Document, certificate_of, from_data, to_data
from refcheck.verdict.verdict import NOTHING, PROVED, REFUTED, UNKNOWN, VACUOUS, Certificate, Result

SPECS = ROOT / "specs"
# `make` installs cvc5 with everything else; an environment that is older than that lacks it.
NEEDS_CVC5 = pytest.mark.skipif(not cvc5_solver.version(), reason="cvc5 is not installed: run `make test`, which installs it")
SOLVERS = ["z3", pytest.param("cvc5", marks=NEEDS_CVC5)]
GOOD = """use "route.spec", "skb.spec";

int f(bool early)
{
	dst rt = ip_route_output_key();

	if (IS_ERR(rt))
		return PTR_ERR(rt);
	if (early) {
		dst_release(rt);
		return 0;
	}
	while (nondet("again"))
		use(rt);
	dst_release(rt);
	return 0;
}
"""
LEAK = GOOD.replace("	dst_release(rt);\n	return 0;\n}", "	return 0;\n}")


class Case(NamedTuple):
    """A function that was verified, with its certificate as data."""

    task: Task
    result: Result
    data: dict[str, Any]

    @property
    def cfg(self) -> CFG:
        return self.task.cfg

    def answer(self, data: object) -> Confirmed | Refusal | str:
        """What becomes of a document about this function; a text where it is no document."""
        document = from_data(data)
        return document if isinstance(document, str) else confirm(self.cfg, self.task.dead, document)

    def changed(self, *path: Any, to: Any) -> dict[str, Any]:
        """The certificate with the value at a path replaced."""
        data = copy.deepcopy(self.data)
        at: Any = data
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = to
        return data


def case(path: Path, function: str) -> Case:
    """A function of a model, verified."""
    task = next(t for t in prepare(path, SPECS, (function,))[0])
    result = verify(task.cfg, task.dead, Limits())
    assert result.certificate is not None
    return Case(task, result, to_data(task.cfg, result.certificate, {v.property: v.verdict for v in result.verdicts}))


@cache
def real() -> Case:
    """A function with flags, a borrow, a slot and contexts, small enough to be damaged everywhere."""
    return case(ROOT / "models" / "geneve.rc", "geneve_fill_metadata_dst")


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """The file of a certificate, written by the command line beside its model."""
    path = model(tmp_path, GOOD, "m.rc")
    got = run("verify", path, "--certify", tmp_path / "certs", "-q", "--specs", SPECS)
    assert got.status == 0, got.err
    found = certfiles.certificates([tmp_path / "certs"])
    assert [p.name for p in found] == ["f.cert.json"]
    return found[0]


def check(path: Path, *more: object) -> tuple[int, str]:
    """Status and output of `certify` for a file."""
    got = run("certify", path, "--specs", SPECS, *more)
    assert got.err == ""
    return got.status, got.out


# ---------------------------------------------------------------------------------------------- what is right


def test_what_is_written_is_confirmed(written: Path):
    status, out = check(written)
    assert status == 0
    assert "f: PROVED   confirmed, " in out
    assert out.endswith("1 certificate: 1 confirmed\n")


def test_every_function_and_entry_context_has_its_certificate(tmp_path: Path):
    assert run("verify", GENEVE, "-q", "--certify", tmp_path).status == 0
    tasks = prepare(GENEVE, None, ())[0]
    found = certfiles.certificates([tmp_path])
    assert len(found) == len(tasks) == len({(t.cfg.function, t.cfg.entry) for t in tasks})
    got = run("certify", tmp_path, "--complete", GENEVE)
    assert got.status == 0
    assert got.out.endswith(f"{len(tasks)} certificates: {len(tasks)} confirmed\n")


def test_what_is_refuted_is_certified_for_the_rest(tmp_path: Path):
    path = model(tmp_path, LEAK, "m.rc")
    assert run("verify", path, "--certify", tmp_path / "c", "--specs", SPECS).status == 1
    status, out = check(tmp_path / "c")
    assert status == 0
    assert "f: REFUTED   confirmed" in out


def test_what_is_unknown_has_no_certificate(tmp_path: Path):
    path = model(tmp_path, GOOD, "m.rc")
    assert run("verify", path, "--certify", tmp_path / "c", "--specs", SPECS, "--max-states", 1).status == 3
    assert certfiles.certificates([tmp_path]) == []


def test_a_second_run_writes_the_same_bytes(tmp_path: Path, written: Path):
    before = written.read_bytes()
    assert run("verify", tmp_path / "m.rc", "--certify", tmp_path / "certs", "-q", "--specs", SPECS).status == 0
    assert written.read_bytes() == before
    assert [p.name for p in written.parent.iterdir()] == [written.name], "nothing is left beside it"


def test_names_comments_and_places_keep_it_valid(tmp_path: Path, written: Path):
    changed = re.sub(r"\brt\b", "route", GOOD).replace("early", "soon").replace("\tdst ", "\n\t/* a comment */\n\tdst ")
    assert changed != GOOD
    model(tmp_path, changed, "m.rc")
    status, out = check(written)
    assert (status, "f: PROVED   confirmed" in out) == (0, True), out


@pytest.mark.parametrize("name", ["geneve.rc", "ovpn.rc", "dst_cache.rc", "tipc.rc", "before/gtp.rc"])
def test_the_proofs_of_models_are_confirmed(name: str):
    # The invariants of the prover are those of its proposal; `make certify` does the same for all files and both solvers
    for task in prepare(ROOT / "models" / name, None, ())[0]:
        result = verify(task.cfg, task.dead, Limits())
        assert result.certificate is not None
        verdicts = {v.property: v.verdict for v in result.verdicts}
        document = from_data(json.loads(json.dumps(to_data(task.cfg, result.certificate, verdicts))))
        assert isinstance(document, Document)
        got = confirm(task.cfg, task.dead, document)
        assert isinstance(got, Confirmed), got
        assert got.verdicts == verdicts


def test_the_prover_is_not_loaded(written: Path):
    code = f"import sys; sys.argv = ['refcheck', 'certify', {str(written)!r}, '--specs', {str(SPECS)!r}]\n"
    code += "from refcheck.cli import main\ntry:\n    main()\nexcept SystemExit as e:\n    print(e.code)\n"
    code += "print([m for m in sys.modules if m.startswith('refcheck.prove') or m in ('z3', 'cvc5', 'networkx')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.splitlines()[-2:] == ["0", "[]"]


# ---------------------------------------------------------------------------------------------- what is wrong


def damage(path: Path, **change: Any) -> None:
    """Write a certificate with some keys changed."""
    path.write_text(json.dumps(json.loads(path.read_text()) | change), encoding="utf-8")


def test_a_truncated_certificate_is_damaged(written: Path):
    whole = written.read_bytes()
    for length in range(0, len(whole) - 2, max(1, len(whole) // 40)):
        written.write_bytes(whole[:length])
        status, out = check(written)
        assert (status, out.split("]")[0]) == (1, "error[damaged-certificate")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not JSON"), (b"\xff\xfe", "not UTF-8"), (b"[" * 100_000, "JSON"), (b"9" * 5000, "JSON"), (b"{}", "no object"),
        (b'{"a": 1, "a": 1}', "one key twice"), (b"NaN", "no object"), (b"null", "no object"), (b'"\\ud800"', "no object"),
    ],
)  # fmt: skip
def test_whatever_a_file_holds_is_refused_in_words(written: Path, content: bytes, why: str):
    written.write_bytes(content)
    status, out = check(written)
    assert status == 1
    assert out.startswith("error[damaged-certificate]: ")
    assert why in out


def test_a_change_of_the_function_makes_it_stale(tmp_path: Path, written: Path):
    model(tmp_path, GOOD.replace("if (early)", "if (!early)"), "m.rc")
    status, out = check(written)
    assert (status, out.split("]")[0]) == (1, "error[stale-certificate")


def test_a_change_of_a_contract_makes_it_stale(tmp_path: Path, written: Path):
    # Given contracts in which the look-up lends what it gave before, and a comment more, then only the former matters
    specs = tmp_path / "specs"
    shutil.copytree(SPECS, specs)
    route = specs / "route.spec"
    was = route.read_text()
    route.write_text("// a comment\n" + was)
    assert run("certify", written, "--specs", specs).status == 0
    contract = re.search(r"dst ip_route_output_key\(.*?\n}", was, re.DOTALL)
    assert contract
    assert "return hold" in contract[0]
    route.write_text(was.replace(contract[0], contract[0].replace("return hold", "return NULL")))
    got = run("certify", written, "--specs", specs)
    assert (got.status, got.out.split("]")[0]) == (1, "error[stale-certificate")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"model": "../nowhere/m.rc"}, "is not there"),
        ({"model": "/etc/passwd"}, "is not there"),
        ({"model": "../../../../etc/passwd"}, "is not there"),
        ({"model": ""}, "is not there"),
        ({"model": "x" * 4000 + ".rc"}, "is not there"),
        ({"function": "g"}, "has no function `g`"),
        ({"entry": "ndo_start_xmit"}, "not verified in `ndo_start_xmit`"),
    ],
)
def test_what_it_names_must_be_there(written: Path, change: dict[str, str], why: str):
    damage(written, **change)
    status, out = check(written)
    assert (status, out.split("]")[0]) == (1, "error[foreign-certificate")
    assert why in out


def test_a_model_that_cannot_be_read_makes_it_foreign(tmp_path: Path, written: Path):
    model(tmp_path, "nonsense", "m.rc")
    status, out = check(written)
    assert (status, out.split("]")[0]) == (1, "error[foreign-certificate")
    assert "cannot be used, line 1" in out


def test_a_certificate_of_another_function_is_stale(tmp_path: Path, written: Path):
    model(tmp_path, GOOD + LEAK.split(";", 1)[1].replace("int f(", "int g("), "m.rc")
    damage(written, function="g")
    status, out = check(written)
    assert (status, out.split("]")[0]) == (1, "error[stale-certificate")


def test_models_are_found_where_they_are_now(tmp_path: Path, written: Path):
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    (tmp_path / "m.rc").rename(moved / "m.rc")
    assert check(written)[0] == 1
    assert check(written, "--models", moved)[0] == 0


def test_a_broken_property_cannot_be_claimed(tmp_path: Path):
    leaking = case(model(tmp_path, LEAK), "f")
    assert leaking.data["verdicts"]["leaked-ref"] == REFUTED
    for claim in (PROVED, VACUOUS, NOTHING):
        got = leaking.answer(leaking.changed("verdicts", "leaked-ref", to=claim))
        assert isinstance(got, Refusal)
        assert got.name == "unproved-certificate"
        assert got.text.startswith("safety: edge ")
        assert "breaks leaked-ref" in got.text


def test_every_other_verdict_is_a_false_claim():
    # Given a certificate with any one verdict replaced by another, then it is refused, unless the claim is less
    right = real()
    for name, true in right.data["verdicts"].items():
        for claim in (PROVED, REFUTED, VACUOUS, NOTHING):
            got = right.answer(right.changed("verdicts", name, to=claim))
            if claim == true:
                assert isinstance(got, Confirmed)
            else:
                assert isinstance(got, Refusal), (name, claim)
                assert got.name == "false-claim"
        got = right.answer(right.changed("verdicts", name, to=UNKNOWN))
        assert isinstance(got, Confirmed)
        assert got.verdicts[name] == UNKNOWN
        assert got.verdict == UNKNOWN


def test_vacuity_is_recomputed(tmp_path: Path):
    idle = case(model(tmp_path, GOOD.replace("if (early)", 'if (IS_ERR(rt) && nondet("x"))')), "f")
    assert idle.data["verdicts"]["sanity"] == VACUOUS
    got = idle.answer(idle.changed("verdicts", "sanity", to=PROVED))
    assert isinstance(got, Refusal)
    assert (got.name, got.text) == ("false-claim", "it claims that sanity is PROVED, which is VACUOUS")


def test_every_verdict_must_be_there():
    right = real()
    for name in right.data["verdicts"]:
        less = {n: v for n, v in right.data["verdicts"].items() if n != name}
        got = right.answer(right.changed("verdicts", to=less))
        assert got == Refusal("damaged-certificate", f"it has no verdict for {name}")


# ---------------------------------------------------------------------------------------------- one change at a time


def harmless(right: Case, data: object) -> bool:
    """The invariant has every state that can be reached: more states are allowed as long as the proof holds."""
    document = from_data(data)
    assert isinstance(document, Document)
    certificate = certificate_of(right.cfg, document)
    assert isinstance(certificate, Certificate)
    reachable = explore(right.cfg, 100_000).states
    return all(set(here) <= set(there) for here, there in zip(reachable, certificate.states, strict=True))


def test_a_missing_state_is_seen():
    right = real()
    total = 0
    for location, numbers in enumerate(right.data["invariant"]["locations"]):
        for i in range(len(numbers)):
            total += 1
            got = right.answer(right.changed("invariant", "locations", location, to=numbers[:i] + numbers[i + 1 :]))
            assert isinstance(got, Refusal), (location, i)
            assert got.name == "unproved-certificate"
            assert got.text.split(":")[0] in {"initiation", "consecution"}
    assert total == right.result.states


def test_a_missing_row_is_seen():
    right = real()
    rows = right.data["invariant"]["states"]
    for i in range(len(rows)):
        got = right.answer(right.changed("invariant", "states", to=rows[:i] + rows[i + 1 :]))
        assert isinstance(got, Refusal | str)


def numbers(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], int]]:
    """The paths of all numbers in a JSON value, with their values."""
    if type(data) is int:
        return [(path, data)]
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [found for key, value in inner for found in numbers(value, (*path, key))]


@pytest.mark.parametrize("by", [-1, 1, 2, 1000])
def test_an_altered_number_is_refused_or_harmless(by: int):
    right = real()
    refused = 0
    for path, value in numbers(right.data):
        data = right.changed(*path, to=value + by)
        got = right.answer(data)
        if isinstance(got, Confirmed):
            assert got.verdicts == right.data["verdicts"]
            assert harmless(right, data), path
        else:
            refused += 1
    assert refused > len(numbers(right.data)) * 9 // 10


def test_more_states_than_can_be_reached_are_allowed():
    # Given a state that is not reached, from which every edge leads back into the invariant, then the proof holds
    right = real()
    reachable = explore(right.cfg, 100_000).states
    exit_state = next(iter(reachable[right.cfg.exit]))
    states = [list(here) for here in reachable]
    values = zip(right.cfg.cells, exit_state.cells, strict=True)
    spare = exit_state._replace(cells=tuple(v if c.kind == "ptr" else 0 for c, v in values))
    assert spare not in reachable[right.cfg.exit]
    states[right.cfg.exit].append(spare)
    more = Certificate(tuple(tuple(s) for s in states))
    got = right.answer(to_data(right.cfg, more, right.data["verdicts"]))
    assert isinstance(got, Confirmed)
    assert got.states == right.result.states + 1


def test_an_empty_invariant_proves_nothing():
    right = real()
    nothing = Certificate(tuple(() for _ in range(right.cfg.locations)))
    got = right.answer(to_data(right.cfg, nothing, right.data["verdicts"]))
    assert got == Refusal("unproved-certificate", "initiation: the initial state is not in the invariant")


def test_a_graph_that_leads_nowhere_is_not_proved():
    right = real()
    last = max(e.number for e in right.cfg.edges if e.dst == right.cfg.exit)
    edges = tuple(e._replace(kind="statement", src=e.dst) if e.number == last else e for e in right.cfg.edges)
    stuck = right.cfg._replace(edges=edges)
    states = explore_anyway(stuck)
    got = confirm(stuck, [], _document(stuck, states, dict.fromkeys(right.data["verdicts"], UNKNOWN)))
    assert isinstance(got, Refusal)
    assert got.text.startswith("progress: ")


def explore_anyway(cfg: CFG) -> Certificate:
    """The reachable states of a graph in which a path may end anywhere."""
    from refcheck.meaning.step import step

    found = [{initial_state(cfg): None} if i == cfg.start else {} for i in range(cfg.locations)]
    todo = [(cfg.start, initial_state(cfg))]
    out = cfg.out_edges()
    while todo:
        location, state = todo.pop()
        for edge in out[location]:
            for after, _ in step(cfg, state, edge):
                if after is not None and after not in found[edge.dst]:
                    found[edge.dst][after] = None
                    todo.append((edge.dst, after))
    return Certificate(tuple(tuple(here) for here in found))


def _document(cfg: CFG, certificate: Certificate, verdicts: dict[str, str]) -> Document:
    document = from_data(to_data(cfg, certificate, verdicts))
    assert isinstance(document, Document)
    return document


# ---------------------------------------------------------------------------------------------- solvers


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


# ---------------------------------------------------------------------------------------------- usage


def test_json_says_the_same(written: Path):
    other = ROOT / "models" / "sctp.rc"
    status, out = check(written, "--format", "json", "--solver", "z3", "--complete", other)
    assert status == 1
    data = json.loads(out)
    (one,) = data["certificates"]
    assert (one["function"], one["verdict"], one["confirmed"]) == ("f", PROVED, True)
    assert one["solvers"][0]["doubts"] == []
    assert data["missing"]


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (["/nowhere"], "cannot be read"),
        ([str(SPECS)], "no certificate to check"),
        ([str(GENEVE), "--specs", "/nowhere"], "is no folder"),
        ([str(GENEVE), "--models", str(GENEVE)], "is no folder"),
        ([str(GENEVE), "--timeout", "-1"], "the limit makes no sense"),
        ([str(GENEVE), "--timeout", "nan"], "the limit makes no sense"),
        ([str(GENEVE), "--complete", "/nowhere"], "cannot be read"),
    ],
)
def test_bad_usage(args: list[str], why: str):
    got = run("certify", *args)
    assert got.status == 2
    assert why in got.err


def test_a_folder_that_cannot_be_written(tmp_path: Path, written: Path):
    got = run("verify", tmp_path / "m.rc", "--specs", SPECS, "--certify", written / "below")
    assert got.status == 2
    assert "cannot be written" in got.err
    got = run("certify", written, "--specs", SPECS, "--smt2", written / "below")
    assert got.status == 2
    assert "cannot be written" in got.err


def test_every_refusal_is_a_code_and_says_what_to_do():
    assert {f"RC50{n}" for n in range(1, 9)} == {BY_NAME[n].number for n in (*HELP, "missing-certificate")}


def test_places_are_apart_and_safe(tmp_path: Path):
    here = {
        certfiles.place(Path("c"), Path(m), f, e)
        for m in ("models/geneve.rc", "models/before/geneve.rc", tmp_path / "geneve.rc")
        for f, e in (("f", ""), ("f", "ndo"), ("f_ndo", ""), ("g" * 300, ""), ("g" * 301, ""))
    }
    assert len(here) == 15
    assert all(len(p.name) < 255 and ".." not in p.parts for p in here)
