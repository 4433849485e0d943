"""The only module that imports z3: scripts in, answers out.  Deterministic: fixed seeds, limits by rlimit and time."""

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
    try:
        solver = z3.Solver()
        solver.set("random_seed", 0)
        if timeout_ms:
            solver.set("timeout", timeout_ms)
        if rlimit:
            solver.set("rlimit", rlimit)
        solver.from_string(script)
        status = solver.check()
        if status == z3.sat:
            model = solver.model()
            values = {d.name(): _number(model[d]) for d in model.decls() if d.arity() == 0}
            return Answer("sat", "", {n: values.get(n, 0) for n in ask})
        if status == z3.unsat:
            return Answer("unsat", "", {})
        return Answer("unknown", str(solver.reason_unknown()), {})
    except z3.Z3Exception as e:
        return Answer("unknown", f"Z3 error: {e}", {})


def _number(value: object) -> int:
    if isinstance(value, z3.IntNumRef):
        return int(value.as_long())
    return 1 if z3.is_true(value) else 0
