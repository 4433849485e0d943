"""The only module that imports z3: scripts in, answers out.  Deterministic: fixed seeds, limits by rlimit and time."""

import time
from typing import NamedTuple

import z3


class Answer(NamedTuple):
    """What the solver said: `sat`, `unsat` or `unknown`, why, and the values of the symbols that were asked for."""

    status: str
    reason: str
    values: dict[str, int]


def version() -> str:
    """Z3's version."""
    return str(z3.get_version_string())


def check(script: str, ask: tuple[str, ...] = (), timeout_ms: int = 0, rlimit: int = 0) -> Answer:
    """Run one SMT-LIB 2 script; any error of Z3 is an `unknown` answer."""
    return check_each([script], ask, timeout_ms, rlimit)[0]


def check_each(
    scripts: list[str], ask: tuple[str, ...] = (), timeout_ms: int = 0, rlimit: int = 0
) -> list[Answer]:
    """Run independent SMT-LIB 2 scripts in one solver, each in a scope of its own.

    `timeout_ms` bounds them all together, `rlimit` each; what does not fit is `unknown`.
    """
    answers: list[Answer] = []
    deadline = time.monotonic() + timeout_ms / 1000
    solver = z3.SimpleSolver()
    solver.set("random_seed", 0)
    if rlimit:
        solver.set("rlimit", rlimit)
    for script in scripts:
        left = int(1000 * (deadline - time.monotonic()))
        if timeout_ms and left <= 0:
            answers.append(Answer("unknown", "time-out", {}))
            continue
        if timeout_ms:
            solver.set("timeout", left)
        answers.append(_one(solver, script, ask))
    return answers


def _one(solver: z3.Solver, script: str, ask: tuple[str, ...]) -> Answer:
    solver.push()
    try:
        solver.from_string(script)
        status = solver.check()
        answer = Answer("unsat", "", {})
        if status == z3.sat:
            model = solver.model()
            answer = Answer("sat", "", {n: _number(model[z3.Int(n)]) for n in ask})
        elif status != z3.unsat:
            answer = Answer("unknown", str(solver.reason_unknown()), {})
    except z3.Z3Exception as e:
        answer = Answer("unknown", f"Z3 error: {e}", {})
    solver.pop()
    return answer


def _number(value: object) -> int:
    """An integer of a model; 0 where the model leaves it open."""
    return int(value.as_long()) if isinstance(value, z3.IntNumRef) else 0
