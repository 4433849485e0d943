# SPDX-License-Identifier: GPL-2.0-only
"""A trace as rows: the steps that matter, each with what it changed and the whole state behind it in words."""

from refcheck.graph import ops
from refcheck.graph.cfg import CFG, UNINIT, Edge
from refcheck.graph.footprint import touched
from refcheck.meaning.state import State, Violation, initial_state
from refcheck.result.describe import changes, words
from refcheck.result.places import place
from refcheck.result.record import Named, Step
from refcheck.verdict.verdict import Trace

DEEP = 5  # calls inside each other that a step names one by one


def rows(cfg: CFG, trace: Trace, name: str) -> tuple[Step, ...]:
    """The steps that matter: the entry in one row, then choices, outcomes and whatever changes something."""
    found: list[Step] = []
    state, forgotten = initial_state(cfg), dict[int, int]()
    said = words(cfg, state)
    taken: list[int] = []
    for i, step in enumerate(trace.steps):
        final = i == len(trace.steps) - 1
        edge, after = step.edge, step.state
        known, forgotten = forgotten, _forgotten(cfg, edge, state, after, forgotten)
        if edge.kind == "entry" and not final:
            taken.append(edge.number)
            state = after if after is not None else state
            continue
        if not found:
            where = f"entry from {cfg.entry}" if cfg.entry else "entry"
            nothing, said = said, words(cfg, state)
            found.append(Step(1, place(cfg.span), None, where, tuple(changes(nothing, said)), said.shown(), tuple(taken)))
            taken = []
        taken.append(edge.number)
        before, changed = said, list[Named]()
        if after is not None and edge.dst != cfg.exit and (after != state or forgotten != known):
            state, said = after, words(cfg, after, forgotten)
            changed = changes(before, said)
        if final:
            changed = [*(c for c in changed if c.name != name), *_ending(trace.violation, name)]
        if final or changed or edge.kind in ("choice", "outcome"):
            at, line = place(edge.span), edge.line or None
            shown = (before if final else said).shown()
            found.append(Step(len(found) + 1, at, line, _event(edge), tuple(changed), shown, tuple(taken)))
            taken = []
    return tuple(found)


def _forgotten(cfg: CFG, edge: Edge, before: State, after: State | None, known: dict[int, int]) -> dict[int, int]:
    """The numbers that liveness has forgotten, with what they were: the flag that decides may be dead where it matters."""
    found = {i: value for i, value in known.items() if after is not None and after.cells[i] == UNINIT}
    written: dict[int, int | None] = {}  # by this edge, as far as it is known what
    for op in ops.flat(edge.ops):
        if isinstance(op, ops.Kill):
            value = written.get(op.cell, before.cells[op.cell])
            if cfg.cells[op.cell].kind != "ptr" and value not in (None, UNINIT):
                found[op.cell] = value
            continue
        for i in touched(op):
            found.pop(i, None)
            written[i] = None
        if isinstance(op, ops.Set) and op in edge.ops and cfg.cells[op.cell].kind == "bool":  # under no condition
            written[op.cell] = op.value
    return found


def _event(edge: Edge) -> str:
    calls = edge.stack[1:]
    if len(calls) > DEEP:
        calls = (*calls[:2], "...", *calls[-2:])
    inside = " > ".join(calls)
    return f"{inside}: {edge.text}" if inside else edge.text


def _ending(v: Violation, name: str) -> tuple[Named, ...]:
    words = {
        "leaked-ref": "leaked", "release-of-borrowed": "not ours", "double-release": "released twice",
        "use-after-release": "already released", "use-after-consume": "already gone", "noref-escape": "borrow escapes",
        "hold-of-borrowed": "only borrowed", "missing-context": "no context", "unbalanced-context": "unbalanced",
    }  # fmt: skip
    if v.reason in {"precondition", "may-sleep"}:
        return ()
    if v.reason == "needed":
        return (Named(v.detail.partition(": ")[2], "not held"),)
    return (Named(name, words[v.property]),) if v.property in words and name else ()
