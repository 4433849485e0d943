# SPDX-License-Identifier: GPL-2.0-only
"""`verify --certify` and `certify`: what is proved is confirmed without the prover, and nothing else is.

A certificate is damaged here in every way that a file can be: by hand, and one number or one state at a time.  Each
change is refused for a named reason, or it is harmless: the invariant still proves the very same verdicts.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from certified import GOOD, LEAK, SPECS, case, check, real
from command import GENEVE, ROOT, model, run

from refcheck.base.diagnostics import BY_NAME
from refcheck.base.verdicts import Verdict
from refcheck.certificate.document import Document, confirm, from_data, to_data
from refcheck.prove.prove import Limits, verify
from refcheck.render.certificates import HELP
from refcheck.run import certificates as certfiles
from refcheck.run.tasks import prepare
from refcheck.verdict.check import Confirmed, Refusal

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
        result = verify(task.cfg, Limits())
        assert result.certificate is not None
        verdicts = {v.property: v.verdict for v in result.verdicts}
        document = from_data(json.loads(json.dumps(to_data(task.cfg, result.certificate, verdicts))))
        assert isinstance(document, Document)
        got = confirm(task.cfg, document)
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
    assert leaking.data["verdicts"]["leaked-ref"] == Verdict.REFUTED
    for claim in (Verdict.PROVED, Verdict.VACUOUS, Verdict.NOTHING):
        got = leaking.answer(leaking.changed("verdicts", "leaked-ref", to=claim))
        assert isinstance(got, Refusal)
        assert got.name == "unproved-certificate"
        assert got.text.startswith("safety: edge ")
        assert "breaks leaked-ref" in got.text


def test_every_other_verdict_is_a_false_claim():
    # Given a certificate with any one verdict replaced by another, then it is refused, unless the claim is less
    right = real()
    for name, true in right.data["verdicts"].items():
        for claim in (Verdict.PROVED, Verdict.REFUTED, Verdict.VACUOUS, Verdict.NOTHING):
            got = right.answer(right.changed("verdicts", name, to=claim))
            if claim == true:
                assert isinstance(got, Confirmed)
            else:
                assert isinstance(got, Refusal), (name, claim)
                assert got.name == "false-claim"
        got = right.answer(right.changed("verdicts", name, to=Verdict.UNKNOWN))
        assert isinstance(got, Confirmed)
        assert got.verdicts[name] == Verdict.UNKNOWN
        assert got.verdict == Verdict.UNKNOWN


def test_vacuity_is_recomputed(tmp_path: Path):
    idle = case(model(tmp_path, GOOD.replace("if (early)", 'if (IS_ERR(rt) && nondet("x"))')), "f")
    assert idle.data["verdicts"]["sanity"] == Verdict.VACUOUS
    got = idle.answer(idle.changed("verdicts", "sanity", to=Verdict.PROVED))
    assert isinstance(got, Refusal)
    assert (got.name, got.text) == ("false-claim", "it claims that sanity is PROVED, which is VACUOUS")


def test_every_verdict_must_be_there():
    right = real()
    for name in right.data["verdicts"]:
        less = {n: v for n, v in right.data["verdicts"].items() if n != name}
        got = right.answer(right.changed("verdicts", to=less))
        assert got == Refusal("damaged-certificate", f"it has no verdict for {name}")


# ---------------------------------------------------------------------------------------------- usage


def test_json_says_the_same(written: Path):
    other = ROOT / "models" / "sctp.rc"
    status, out = check(written, "--format", "json", "--solver", "z3", "--complete", other)
    assert status == 1
    data = json.loads(out)
    (one,) = data["certificates"]
    assert (one["function"], one["verdict"], one["confirmed"]) == ("f", Verdict.PROVED, True)
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
