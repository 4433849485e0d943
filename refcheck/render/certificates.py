# SPDX-License-Identifier: GPL-2.0-only
"""What became of certificates, as lines of text and as JSON values, and the status that follows."""

from typing import Any

from refcheck.run.certificates import CheckedCertificate, title
from refcheck.verdict.check import Refusal

HELP = {
    "damaged-certificate": "write it again: refcheck verify --certify DIR PATH",
    "stale-certificate": "write it again, with the --specs of the check: refcheck verify --certify DIR PATH",
    "foreign-certificate": "give the models that were verified (--models DIR, --specs DIR), or delete the certificate",
    "unproved-certificate": "this proves nothing; verify the model itself",
    "false-claim": "this claims what is not so; verify the model itself",
    "solver-disagrees": "the prover and this solver contradict each other; report it with the obligations (--smt2 DIR)",
    "solver-unknown": "this confirms nothing; give the solver more time (--timeout S)",
}


def lines(one: CheckedCertificate, quiet: bool) -> list[str]:
    """One line for a certificate that is confirmed, a diagnostic for everything that is not."""
    if isinstance(one.answer, Refusal):
        return _problem(one.answer.name, one, one.answer.text)
    assert one.document is not None
    name = title(one.document.function, one.document.entry)
    found = []
    for opinion in one.opinions:
        for code, answer in (("solver-disagrees", "sat"), ("solver-unknown", "unknown")):
            doubts = [d for d in opinion.doubts if d.answer == answer]
            if doubts:
                first = doubts[0]
                text = f"{name}: {opinion.solver} says {answer} to {len(doubts)} of {opinion.asked} obligations"
                why = f": {first.reason}" if first.reason else ""
                found += _problem(code, one, f"{text}, first to {first.obligation} ({first.about}){why}")
    solved = "".join(f", {o.solver} {o.asked - len(o.doubts)}/{o.asked}" for o in one.opinions)
    return found if quiet else [*found, f"{name}: {one.answer.verdict}   confirmed, {one.answer.states} states{solved}"]


def _problem(code: str, one: CheckedCertificate, text: str) -> list[str]:
    return [f"error[{code}]: {text}", f"  --> {one.path}", f"  help: {HELP[code]}"]


def totals(checked: list[CheckedCertificate], lacking: list[str]) -> list[str]:
    """What lacks a certificate, how many are confirmed, and how many obligations each solver found unsatisfiable."""
    found = [f"error[missing-certificate]: {what} has no certificate that is confirmed" for what in lacking]
    refused = sum(not one.confirmed for one in checked)
    parts = [f"{len(checked) - refused} confirmed"]
    parts += [f"{refused} refused"] if refused else []
    parts += [f"{len(lacking)} missing"] if lacking else []
    found.append(f"{len(checked)} certificate{'s' if len(checked) != 1 else ''}: {', '.join(parts)}")
    for solver in dict.fromkeys(o.solver for one in checked for o in one.opinions):
        opinions = [o for one in checked for o in one.opinions if o.solver == solver]
        asked, settled = sum(o.asked for o in opinions), sum(o.settled for o in opinions)
        unsat = asked - sum(len(o.doubts) for o in opinions)
        found.append(f"{solver}: {unsat} of {asked} obligations are unsat; {settled} had nothing to ask")
    return found


def data(checked: list[CheckedCertificate], lacking: list[str]) -> dict[str, object]:
    """The same as JSON values."""
    return {"certificates": [_one(c) for c in checked], "missing": lacking}


def _one(one: CheckedCertificate) -> dict[str, object]:
    found: dict[str, Any] = {"file": str(one.path), "confirmed": one.confirmed}
    if one.document:
        found |= {"function": one.document.function, "entry": one.document.entry}
    if isinstance(one.answer, Refusal):
        return found | {"error": one.answer.name, "reason": one.answer.text}
    found |= {"verdict": one.answer.verdict, "verdicts": one.answer.verdicts}
    found |= {"states": one.answer.states, "steps": one.answer.steps}
    found["solvers"] = [
        {"solver": o.solver, "asked": o.asked, "nothing_to_ask": o.settled, "doubts": [d._asdict() for d in o.doubts]}
        for o in one.opinions
    ]  # fmt: skip
    return found


def status(checked: list[CheckedCertificate], lacking: list[str]) -> int:
    """0 all confirmed, 1 something is refused, missing or contradicted, 3 a solver gave no answer."""
    answers = {d.answer for one in checked for o in one.opinions for d in o.doubts}
    if lacking or "sat" in answers or not all(one.confirmed for one in checked):
        return 1
    return 3 if answers else 0
