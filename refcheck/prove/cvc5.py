# SPDX-License-Identifier: GPL-2.0-only
"""The only module that runs cvc5, a solver that took no part in the proof.

Barbosa et al., cvc5: A Versatile and Industrial-Strength SMT Solver, TACAS 2022, doi 10.1007/978-3-030-99524-9_24.
The Python package is used where it is installed (`pip install 'kernel-refcheck[cvc5]'`), else a program `cvc5` on the path.
Every script runs in a solver of its own.
"""

import shutil
import subprocess

from refcheck.prove.solver import Answer

ANSWERS = ("sat", "unsat", "unknown")


def _logic(script: str) -> str:
    """The logic of a script: lemmas on integers are over bit-vectors, all else is linear."""
    return f"(set-logic {'QF_BV' if 'BitVec' in script else 'QF_LIA'})"


def version() -> str:
    """cvc5's version and where it comes from; empty where there is none."""
    try:
        import cvc5  # noqa: PLC0415  it may not be installed
    except ImportError:
        program = shutil.which("cvc5")
        return f"the program {program}" if program else ""
    return str(cvc5.__version__)


def check(script: str, timeout_ms: int = 0) -> Answer:
    """Run one SMT-LIB 2 script; any error of cvc5, and whatever is no clear answer, is `unknown`."""
    try:
        import cvc5  # noqa: PLC0415  it may not be installed
    except ImportError:
        return _by_program(script, timeout_ms)
    try:
        terms = cvc5.TermManager()
        solver = cvc5.Solver(terms)
        if timeout_ms:
            solver.setOption("tlimit-per", str(timeout_ms))
        parser = cvc5.InputParser(solver)
        parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, f"{_logic(script)}\n{script}\n(check-sat)", "query")
        said = []
        while not (command := parser.nextCommand()).isNull():
            said.append(str(command.invoke(solver, parser.getSymbolManager())).strip())
    except RuntimeError as e:
        return Answer("unknown", f"cvc5 error: {' '.join(str(e).split())[:200]}", {})
    return _answer([s for s in said if s])


def _by_program(script: str, timeout_ms: int) -> Answer:
    """The same with the program; each script is a process."""
    program = shutil.which("cvc5")
    if program is None:
        return Answer("unknown", "cvc5 is not installed", {})
    limits = [f"--tlimit-per={timeout_ms}"] if timeout_ms else []
    text = f"{_logic(script)}\n{script}\n(check-sat)\n"
    try:
        done = subprocess.run(  # noqa: S603  the program that the path names, no shell
            [program, "--lang=smt2", *limits, "-"], input=text, capture_output=True, text=True, check=False,
            timeout=timeout_ms / 1000 + 10 if timeout_ms else None,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as e:
        return Answer("unknown", f"cvc5 did not answer: {e}", {})
    if done.returncode:
        return Answer("unknown", f"cvc5 ended with status {done.returncode}: {done.stderr.strip()[:200]}", {})
    return _answer(done.stdout.split())


def _answer(said: list[str]) -> Answer:
    if len(said) != 1 or said[0] not in ANSWERS:
        return Answer("unknown", f"cvc5 said {' '.join(said)[:200] or 'nothing'}", {})
    return Answer(said[0], "" if said[0] != "unknown" else "cvc5 gave up", {})
