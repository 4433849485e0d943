# SPDX-License-Identifier: GPL-2.0-only
"""A trace of refcheck as a script for the judge: what the trace has chosen, which the judge follows to the same place.

Entry states (arguments, slots, build options) are given by name, unknowns and outcomes in their order.  What a trace
does not name (which integer of a class, whether two look-ups found one object, who keeps what is lent) is searched.
"""

import re

from refcheck.export.run.names import STATE
from refcheck.export.run.program import EntryCase, written
from refcheck.result.record import Finding, Run, Step
from refcheck.unit.declare import Declarations, declare
from refcheck.unit.load import Unit


def scripts(unit: Unit, only: tuple[str, ...], run: Run) -> str:
    """The scripts of all findings of a report about a model, for `follow` of the program that `only` gives."""
    d, cases = declare(unit), written([unit], only).cases[0]
    lines: list[str] = []
    for r in run.results:
        case = EntryCase(r.function, r.entry)
        if r.model != unit.model.path or case not in cases:
            continue
        for f in r.findings:
            lines += [f"follow 0 {cases.index(case)} {f.place.line}", *script(d, f)]
    return "".join(f"{line}\n" for line in lines)


def script(d: Declarations, finding: Finding) -> list[str]:
    """The lines of the script: kind, line of the model (0: any), answer, text."""
    first, *rest = finding.steps
    lines = [line for v in first.state.variables if (line := _argument(d, v.name, v.value))]
    lines += [f"slot 0 {STATE[s.value]} {s.name}" for s in first.state.slots if s.value in STATE]
    return lines + [line for step in rest if (line := _choice(d, step))]


def _argument(d: Declarations, name: str, value: str) -> str:
    """A variable on entry; the empty text where its value is left to the search."""
    if name.startswith("config("):
        return f"option 0 {int(value == 'true')} {name[7:-1]}"
    known = {"true": 1, "false": 0, "NULL": 1}
    if value in known:
        return f"argument 0 {known[value]} {name}"
    if value.startswith("ERR_PTR"):
        return f"argument 0 2 {name}"
    if value in d.constants:
        return f"argument 0 {d.constants[value]} {name}"
    return "" if re.match(r"-?\d|[<>-]|another error|unset", value) else f"argument 0 0 {name}"


def _choice(d: Declarations, step: Step) -> str:
    """What a step has chosen; the empty text where it has chosen nothing."""
    event, line = step.event, step.place.line
    inside = re.match(r"([\w.]+)(?: > [\w.]+)*: ", event)
    if inside and inside[1] in d.functions and inside[1] not in d.contracts:
        event = event[inside.end() :]
    text, _, answer = event.rpartition(": ")
    outcomes = d.contracts[text].outcomes if text in d.contracts else ()
    names = [o.name for o in outcomes]
    if answer in names:
        return f"outcome {line} {names.index(answer)} {text}" if len(names) > 1 else ""
    return f"unknown {line} {int(answer == 'yes')} {text}" if answer in ("yes", "no") else ""
