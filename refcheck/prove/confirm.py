# SPDX-License-Identifier: GPL-2.0-only
"""What solvers say about a certificate: every obligation is asked, and only `unsat` everywhere is a confirmation."""

import time

from refcheck.base.verdicts import HOLDS, Verdict
from refcheck.certificate.opinions import Doubt, Opinion
from refcheck.graph.cfg import CFG
from refcheck.prove import cvc5 as cvc5_solver
from refcheck.prove import solver as z3_solver
from refcheck.prove import z3lib
from refcheck.prove.queries import Query, queries
from refcheck.prove.solver import Answer
from refcheck.verdict.verdict import Certificate


def available(solver: str) -> str:
    """The version of a solver; empty where it is not installed."""
    return z3lib.version() if solver == "z3" else cvc5_solver.version()


def claimed(verdicts: dict[str, Verdict]) -> frozenset[str]:
    """The properties that a certificate claims to hold."""
    return frozenset(n for n, v in verdicts.items() if v in HOLDS)


def ask(
    cfg: CFG, certificate: Certificate, claims: frozenset[str], solvers: tuple[str, ...], timeout: float
) -> tuple[Opinion, ...]:  # fmt: skip
    """Every obligation to every solver; `timeout` is in seconds for one solver and all obligations (0: none)."""
    found = list(queries(cfg, certificate, claims))
    return tuple(_opinion(found, solver, timeout) for solver in solvers)


def _opinion(found: list[Query], solver: str, timeout: float) -> Opinion:
    asked = [q for q in found if q.script]
    deadline = time.monotonic() + timeout
    answers = list[Answer]()
    for query in asked:
        left = int(1000 * (deadline - time.monotonic())) if timeout else 0
        if timeout and left <= 0:
            answers.append(Answer("unknown", "time-out", {}))
        elif solver == "z3":
            answers.append(z3_solver.check(query.script, (), left))
        else:
            answers.append(cvc5_solver.check(query.script, left))
    pairs = zip(asked, answers, strict=True)
    doubts = tuple(Doubt(q.name, q.about, a.status, a.reason) for q, a in pairs if a.status != "unsat")
    return Opinion(solver, len(asked), len(found) - len(asked), doubts)
