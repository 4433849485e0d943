# SPDX-License-Identifier: GPL-2.0-only
"""Z3 behind the solver: what it answers, what becomes of its errors, and how its library is found."""

import os
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest
from command import GENEVE, ROOT, run

from refcheck.prove import solver, z3lib
from refcheck.store.keys import z3_version

# Products of 40 integers: more than Z3 does in the limits below
HARD = "".join(f"(declare-const x{i} Int)" for i in range(40)) + "".join(
    f"(assert (= (* x{i} x{(7 * i + 3) % 40} x{(3 * i + 1) % 40}) (+ {37 * i + 11} (* x{(i + 5) % 40} x{(i + 9) % 40}))))"
    for i in range(40)
)


def test_answers():
    assert solver.check("(assert false)") == ("unsat", "", {})
    assert solver.check("(declare-const x Int)(assert (= x (- 3)))", ("x",)) == ("sat", "", {"x": -3})
    assert solver.check("(declare-const x Int)(assert (> x 6))(assert (< x 8))", ("x",)).values == {"x": 7}


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("(assert (= x 1))(assert false)", "unknown constant x"),
        ("(assert false))", "invalid command"),
        ("(assert (", "invalid expression"),
        ("(pop 5)(assert false)", "invalid pop command"),
        ("(foo)(assert false)", "unsupported"),
        ("(set-logic QF_BOGUS)(assert false)", "unsupported"),
        ("(check-sat)(assert false)", "sat"),
        ("(exit)(assert false)", "Z3"),
        ("(assert false)\0", "Z3"),
    ],
)
def test_an_error_is_unknown_and_leaves_nothing_behind(script: str, said: str):
    found = solver.check(script)
    assert found.status == "unknown"
    assert said in found.reason
    assert "\n" not in found.reason or "Z3 error" not in found.reason
    # Then the next scripts are answered as if nothing had been
    assert solver.check("(declare-const x Int)(assert (> x 1))").status == "sat"
    assert solver.check("(declare-const x Bool)(assert (and x (not x)))").status == "unsat"


def test_an_unknown_symbol_in_what_is_asked_for_is_unknown():
    assert solver.check("(declare-const x Int)", ("z",)).status == "unknown"


@pytest.mark.parametrize(("timeout_ms", "rlimit"), [(100, 0), (0, 20_000)])
def test_a_limit_ends_a_query_and_not_the_next(timeout_ms: int, rlimit: int):
    assert solver.check(HARD, (), timeout_ms, rlimit).status == "unknown"
    assert solver.check("(assert false)").status == "unsat"
    assert solver.check("(declare-const x Int)(assert (> x 1))").status == "sat"


def test_the_version_of_the_library_is_that_of_its_package():
    assert z3_version().startswith(z3lib.version())
    assert z3lib.version().count(".") == 2


def new_process(code: str, **environment: str) -> str:
    """What some code prints in a new process."""
    environment = {**os.environ, **environment}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT, env=environment
    )  # fmt: skip
    return done.stdout.strip()


ASK = "print(solver.check('(assert false)').status, 'z3' in sys.modules)"


def test_the_package_is_not_imported_where_its_library_lies_beside_it():
    assert new_process(f"import sys; from refcheck.prove import solver; {ASK}") == "unsat False"


@pytest.mark.parametrize("broken", ["there is none", "it is no library"])
def test_else_the_package_finds_it(broken: str, tmp_path: Path):
    # Given a package whose library is not where it should be
    if broken == "it is no library":
        (tmp_path / "lib").mkdir()
        (tmp_path / "lib" / f"libz3.{z3lib._SUFFIX}").write_text("nothing", encoding="utf-8")
    code = f"""
import sys
from types import SimpleNamespace as Spec
from refcheck.prove import solver, z3lib
z3lib.find_spec = lambda _: Spec(submodule_search_locations=[{str(tmp_path)!r}])
"""
    assert new_process(code + ASK) == "unsat True"
    # Then the version and errors are those of the library
    assert new_process(code + "print(z3lib.version())") == z3lib.version()
    wrong = "one = solver.check('(assert false))'); print(one.status, one.reason)"
    assert new_process(code + wrong).startswith('unknown Z3 error: (error "line 1 column')
    assert new_process(code + "solver.check('(foo'); " + ASK) == "unsat True"
    # Then scripts that the package itself runs are not disturbed by it
    check = "import z3; s = z3.Solver(); s.add(z3.Int('x') > 1); print(s.check())"
    assert new_process(code + "assert solver.check('(assert false)').status == 'unsat'\n" + check) == "sat"


def test_a_library_in_the_folder_of_the_models_is_not_loaded(tmp_path: Path):
    (tmp_path / f"libz3.{z3lib._SUFFIX}").write_text("nothing", encoding="utf-8")
    code = f"import os, sys; from refcheck.prove import solver; os.chdir({str(tmp_path)!r}); {ASK}"
    assert new_process(code) == "unsat False"


def test_without_z3_there_is_no_verdict():
    # Given a process in which z3 cannot be found, then it ends as a fault of the installation, not with a verdict
    with (
        mock.patch.object(z3lib, "find_spec", return_value=None),
        mock.patch.dict(sys.modules, {"z3": None}),
        mock.patch.object(solver, "_context", solver._context.__wrapped__),
    ):
        solver._proved_in_this_process().clear()
        ran = run("verify", "-q", "--no-store", GENEVE)
    assert ran.status == 70
    assert "z3" in ran.err
    assert "PROVED" not in ran.out


def test_a_context_is_made_once_at_its_first_use():
    with mock.patch.object(solver, "new_context", side_effect=z3lib.new_context) as made:
        solver._context.cache_clear()
        assert not made.called
        assert [solver.check("(assert false)").status for _ in range(3)] == ["unsat"] * 3
        assert made.call_count == 1
