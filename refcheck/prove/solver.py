# SPDX-License-Identifier: GPL-2.0-only
"""Z3 as a function: scripts in, answers out.  Deterministic: fixed seeds, limits by rlimit and time.

Scripts go through Z3's SMT-LIB 2 interface into one context of the process, each in a scope of its own.
"""

import re
import time
from functools import cache

from refcheck.base.named import NamedTuple
from refcheck.prove.z3lib import Z3, Z3Error, new_context

SEEDS = "(set-option :smt.random_seed 0)(set-option :sat.random_seed 0)"
VALUE = r"\(\s*([^\s()]+)\s+(?:(\d+)|\(-\s+(\d+)\))\s*\)"


class Answer(NamedTuple):
    """What the solver said: `sat`, `unsat` or `unknown`, why, and the values of the symbols that were asked for."""

    status: str
    reason: str
    values: dict[str, int]


@cache
def _context() -> Z3:
    """The context of this process, made at its first use; whatever stands against it is raised here."""
    made = new_context()
    made.eval(SEEDS)
    return made


@cache
def _proved_in_this_process() -> set[str]:
    """Scripts that were found unsatisfiable; the text is the whole obligation."""
    return set()


def check(script: str, ask: tuple[str, ...] = (), timeout_ms: int = 0, rlimit: int = 0) -> Answer:
    """Run one SMT-LIB 2 script; any error of Z3 is an `unknown` answer."""
    try:
        return _run(script, ask, timeout_ms, rlimit)
    except Z3Error as e:
        _context().eval("(reset)" + SEEDS)
        return Answer("unknown", f"Z3 error: {e}", {})


def unsat(script: str) -> bool:
    """Whether Z3 finds that nothing satisfies a script; one that was found so in this process is not asked again."""
    return check_each([script])[0].status == "unsat"


def check_each(scripts: list[str], timeout_ms: int = 0, rlimit: int = 0) -> list[Answer]:
    """Run independent SMT-LIB 2 scripts; what was proved before in this process is not asked again.

    `timeout_ms` bounds them all together, `rlimit` each; what does not fit is `unknown`.  Under an rlimit every script is
    asked, so that answers do not depend on what ran before.
    """
    answers: list[Answer] = []
    known = _proved_in_this_process()
    deadline = time.monotonic() + timeout_ms / 1000
    for script in scripts:
        left = int(1000 * (deadline - time.monotonic())) if timeout_ms else 0
        if timeout_ms and left <= 0:
            answers.append(Answer("unknown", "time-out", {}))
            continue
        if script in known and not rlimit:
            answers.append(Answer("unsat", "", {}))
            continue
        answers.append(check(script, (), left, rlimit))
        if answers[-1].status == "unsat":
            if len(known) > 100_000:
                known.clear()
            known.add(script)
    return answers


def _run(script: str, ask: tuple[str, ...], timeout_ms: int, rlimit: int) -> Answer:
    z3 = _context()
    limits = f"(set-option :timeout {timeout_ms or 4294967295})(set-option :rlimit {rlimit})"
    said = z3.eval(f"(push 1){script}{limits}(check-sat)").strip()
    answer = Answer("unknown", f"Z3: {said}", {})
    if said == "unsat":
        answer = Answer("unsat", "", {})
    elif said == "unknown":
        reason = z3.eval("(get-info :reason-unknown)")
        answer = Answer("unknown", reason.strip().removeprefix("(:reason-unknown ").strip('")'), {})
    elif said == "sat":
        values = {}
        if ask:
            shown = z3.eval(f"(get-value ({' '.join(ask)}))")
            values = {m[1]: int(m[2]) if m[2] else -int(m[3]) for m in re.finditer(VALUE, shown)}
        answer = Answer("sat", "", {n: values.get(n, 0) for n in ask})
    z3.eval("(set-option :rlimit 0)(pop 1)")
    return answer
