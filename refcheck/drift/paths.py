# SPDX-License-Identifier: GPL-2.0-only
"""A path that one side lacks, in the words of both: events side by side, and the answers on the way to them."""

from refcheck.drift.events import FAULT
from refcheck.drift.inclusion import Lack
from refcheck.drift.parts import EventStep
from refcheck.graph.cfg import Edge
from refcheck.result.drift import Abreast, Difference

_ANSWERS = ("branch", "choice")


def difference(only: str, entry: str, variant: tuple[str, ...], lack: Lack) -> Difference:
    """The rows of a path; `only` says whose it is, `source` or `model`."""
    rows: list[Abreast] = []
    theirs = [*lack.theirs, None][: len(lack.ours)]
    for ours, beside in zip(lack.ours, theirs, strict=True):
        rows += [_row(only, e, None) for e in ours.path[:-1] if e.kind in _ANSWERS and e.text]
        rows.append(_row(only, ours.path[-1], beside.path[-1] if beside is not None else None, ours))
    if not lack.ours:
        facts = ", ".join(f"{n} is {v}" for n, v in sorted(lack.start.facts.items()) if "@" not in n)
        text = f"entry: {facts}"
        rows.append(Abreast(0, text, 0, "") if only == "source" else Abreast(0, "", 0, text))
    return Difference(only, entry, variant, tuple(rows), _instead(lack.instead))


def _instead(steps: tuple[EventStep, ...]) -> tuple[str, ...]:
    """What can happen instead, each place once, with the outcomes of a call together."""
    places: dict[tuple[int, str], list[str]] = {}
    for s in steps:
        e = s.path[-1]
        called = e.outcome and e.text == f"{e.callee}: {e.outcome}"
        outcomes = places.setdefault((e.span.line, e.callee if called else _words(e, s)), [])
        if called and e.outcome not in outcomes:
            outcomes.append(e.outcome)
    said = {place: f" ({', '.join(outcomes)})" if outcomes else "" for place, outcomes in sorted(places.items())}
    return tuple(f"{text}{outcomes} at line {line}" for (line, text), outcomes in said.items())


def _row(only: str, ours: Edge, theirs: Edge | None, step: EventStep | None = None) -> Abreast:
    mine, beside = (ours.span.line, _words(ours, step)), (theirs.span.line, _words(theirs, None)) if theirs else (0, "")
    return Abreast(*mine, *beside) if only == "source" else Abreast(*beside, *mine)


def _words(e: Edge, step: EventStep | None) -> str:
    text = e.text or e.callee
    return f"{text}: {FAULT[0]}" if step is not None and step.letter.shape == FAULT else text
