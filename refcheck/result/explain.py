# SPDX-License-Identifier: GPL-2.0-only
"""A verdict's trace as a finding: what broke, where, the steps that matter, why, and what to do.

Every rendering shows the same finding.  Notes say what is so; only `help`, which is none of this, proposes a change.
"""

from collections.abc import Mapping

from refcheck.base.diagnostics import BY_NAME
from refcheck.base.source import SourceFile
from refcheck.graph import ops
from refcheck.graph.cfg import CFG, UNINIT
from refcheck.graph.obligations import BY_NAME as PROPERTIES
from refcheck.meaning.heap import Heap
from refcheck.meaning.state import State, Violation, initial_state
from refcheck.result.describe import cell_name, cell_text, object_of, slots_of
from refcheck.result.places import place, quote
from refcheck.result.record import Finding, Kernel, Mark
from refcheck.result.record import Step as Row
from refcheck.result.steps import rows
from refcheck.verdict.verdict import Trace, TraceStep

UNNAMED = "the result of "  # a call's result that no variable has

_HANDED_OVER = "but this path has handed it over before"


def finding(cfg: CFG, trace: Trace, kernel_file: str, sources: Mapping[str, SourceFile]) -> Finding:
    """One trace as a finding, without help: that has to be tried first (run/mend.py)."""
    v, last = trace.violation, trace.steps[-1]
    before, name = _before(cfg, trace), subject(cfg, trace)
    steps, title = rows(cfg, trace, name), _title(cfg, trace, before, name)
    kernel = Kernel(kernel_file, last.edge.line) if kernel_file and last.edge.line else None
    return Finding(
        code=BY_NAME[v.property].number,
        property=v.property,
        reason=v.reason,
        subject=name,
        title=title,
        place=place(last.edge.span),
        kernel=kernel,
        labels=_labels(cfg, trace, steps, name, title, sources),
        steps=steps,
        notes=_notes(cfg, trace, name),
        help="",
        repair=(),
        occurrences=trace.occurrences,
    )


def _before(cfg: CFG, trace: Trace) -> State:
    """The state in front of the step that breaks the property."""
    found = trace.steps[-2].state if len(trace.steps) > 1 else initial_state(cfg)
    assert found is not None
    return found


def subject(cfg: CFG, trace: Trace) -> str:
    """The variable that a finding is about, as the user calls it."""
    v, before, after = trace.violation, _before(cfg, trace), trace.steps[-1].state
    if v.cell >= 0:
        c = cfg.cells[v.cell]
        if c.role == "temp" and c.kind == "ptr" and 0 < before.cells[v.cell] < UNINIT:
            for i, other in enumerate(cfg.cells):
                same = other.resource == c.resource and before.cells[i] == before.cells[v.cell]
                if other.kind == "ptr" and same and other.role in ("local", "param"):
                    return cell_name(cfg, i)
        return cell_name(cfg, v.cell)
    if v.reason == "last-name-lost":
        return _lost(Heap(cfg, before), after, v.detail) or v.detail
    return v.detail.split(":")[0]


def _lost(before: Heap, after: State | None, resource: str) -> str:
    """What named the object of the resource that was held and is there no more; empty where nothing did."""
    cfg = before.cfg
    there = Heap(cfg, after) if after is not None else None
    gone = [at for at in before.objects() if cfg.resources[at[0]].name == resource and (there is None or not there.get(at))]
    for at in sorted(gone, key=lambda at: before[at].refs == 0):
        named = [i for i, c in enumerate(cfg.cells) if c.kind == "ptr" and before.named(i) == at]
        if named:
            order = {"local": 0, "param": 0, "out": 1}
            return cell_name(cfg, min(named, key=lambda i: order.get(cfg.cells[i].role, 2)))
        if name := next((name for name, content in slots_of(before) if content == at), ""):
            return name
    return ""


def _title(cfg: CFG, trace: Trace, before: State, name: str) -> str:
    v, last = trace.violation, trace.steps[-1]
    f, what = f"{cfg.function}()", name if name.startswith(UNNAMED) else f"`{name}`"
    value = cell_text(Heap(cfg, before), v.cell) if v.cell >= 0 else ""
    returned = last.edge.text.removeprefix("return ")
    source = next((i for i, c in enumerate(cfg.cells) if c.name == returned), v.cell)
    gone_as = cell_text(Heap(cfg, before), source) if source >= 0 else ""
    lent = f"was {gone_as} before" if gone_as in ("handed over", "released") else "is only borrowed"
    if v.reason == "result" and v.cell >= 0:
        value = returned
    gone = value == "handed over"
    no_more = _HANDED_OVER if gone else "but this path only borrowed it"
    slot = f"`{name}->{v.detail.rpartition(': ')[2]}`"
    texts = {
        ("leaked-ref", "at-exit"): f"{f} returns with {what} still held",
        ("leaked-ref", "last-name-lost"): f"the reference that {what} holds is lost here",
        ("leaked-ref", "owned-slot-overwritten"): f"{slot} is overwritten while it owns a reference",
        ("leaked-ref", "lost-with-memory"): f"the memory of {what} goes while its `{v.detail}` owns a reference",
        ("release-of-borrowed", "slots-own"): f"{what} is given away, but a slot that the callee sees owns the reference",
        ("use-after-release", "freed-beside"): f"{what} is freed, and what else is held or lent may be the same object",
        ("use-after-release", "published"): f"{what} is released while a published slot still names it",
        ("noref-escape", "not-firm"): f"{what} may be kept by a reader section alone, so that others may empty its slots",
        ("broken-contract", "unspoken"): f"`{v.detail}` of {what} is looked at, of which the contract of {f} does not speak",
        ("release-of-borrowed", "given-back"): f"{what} is released, {no_more}",
        ("release-of-borrowed", "handed-over"): f"{what} is handed over, {no_more}",
        ("double-release", "stale-slot"): f"{slot} still names what was released through it",
        ("double-release", "given-back-again"): f"{what} is released a second time",
        ("use-after-release", "touched"): f"{what} is used after it was released",
        ("use-after-release", "given-back-again"): f"{what} is handed over after it was released",
        ("use-after-release", "returned"): f"{what} is returned after it was released",
        ("use-after-consume", "touched"): f"{what} is used after it was handed over",
        ("use-after-consume", "given-back-again"): f"{what} is given away after it was handed over",
        ("use-after-consume", "returned"): f"{what} is returned after it was handed over",
        ("noref-escape", "touched"): f"{what} is used {_why_over(cfg, trace)}",
        ("noref-escape", "stored"): f"{what} {lent}, but is stored where a reference belongs",
        ("noref-escape", "queued"): f"{what} is queued while {slot} is noref: what is queued may have it empty or owned",
        ("noref-escape", "returned"): f"{what} is returned, but its section may end before it is used",
        ("noref-escape", "returned-as-owned"): f"{what} {lent}, but is returned as a reference",
        ("noref-escape", "slot-expired"): f"{slot} holds a borrow whose section has ended",
        ("use-after-release", "slot-expired"): f"{slot} holds a borrow of an object that was released",
        ("use-after-release", "slot-stale"): f"{slot} still names what was released through it",
        ("use-after-consume", "slot-expired"): f"{slot} holds a borrow of an object that was handed over",
        ("hold-of-borrowed", "plain-hold"): f"a plain hold on {what}, which {lent}",
        ("hold-of-borrowed", "count-needed"): f"{what} {lent}, but the callee takes a plain hold",
        ("bad-pointer", "uninitialised"): f"{what} is read, but was never written",
        ("bad-pointer", "uninitialised-result"): f"{f} returns a value that was never written",
        ("bad-pointer", "err-ptr"): f"{what} is used, but is {value}",
        ("bad-pointer", "no-object"): f"{what} is used, but points to no object",
        ("bad-pointer", "null"): f"{what} is used, but is NULL",
        ("missing-context", "needed"): f"{what} is called without {_needed(cfg, v)}",
        ("missing-context", "may-sleep"): f"{what} may sleep, but {_why_awake(cfg, trace, before)}",
        ("unbalanced-context", "closed-twice"): f"{what} is left here, but this function has not entered it",
        ("unbalanced-context", "at-exit"): f"{f} returns with {what} at another level than it promised",
        ("broken-contract", "result"): f"{f} returns {value}, which no outcome of its contract allows",
        ("broken-contract", "given-away"): f"{f} has given away {what}, which its contract leaves to the caller",
        ("broken-contract", "freed-unseen"): f"{f} frees {what}, and a caller may have found the same object",
        ("broken-contract", "freed"): f"{f} frees {what}, which a section of the caller may keep",
        ("broken-contract", "slot"): f"{f} leaves {_left(v, name)}",
        ("broken-contract", "out-parameter"): f"{f} leaves `*{name}` {_with_value(value)}, which no outcome allows",
        ("broken-contract", "revoked"): f"{f} ends what a lock lends its callers, which no outcome of its contract says",
        ("sanity", "reached"): "a path comes here, although the model claims that none does",
    }  # fmt: skip
    if v.reason == "no-outcome":
        return f"{what} is called in a state that no outcome of its contract covers"
    if v.reason == "precondition" and v.detail.startswith("*"):
        return f"`{v.detail.partition(': ')[0]}` is written although the caller may have passed NULL"
    if v.reason == "precondition":
        return f"{what} is called although `{v.detail.partition(': ')[2]}` does not hold"
    return texts.get((v.property, v.reason), PROPERTIES[v.property].failure)


def _left(v: Violation, name: str) -> str:
    """A slot as it is left at an exit, and what the outcomes say of it."""
    if v.detail.count(": ") < 2:
        return "a slot as no outcome of its contract allows"
    slot, mode, allowed = v.detail.split(": ")
    if mode in allowed.split(" or "):
        return f"`{name}->{slot}` {mode} as its contract says, but with another object, or one that less protects"
    return f"`{name}->{slot}` {mode}, where its contract has {allowed}"


def _with_value(value: str) -> str:
    return "unwritten" if value == "unset" else f"as {value}" if value else "as it is"


def _why_over(cfg: CFG, trace: Trace) -> str:
    """What ended the borrow that the finding is about."""
    step = _revoking(cfg, trace)
    if step is not None:
        return f"behind {step.edge.callee}(), which took it out of where it was found"
    return "where the section of its borrow has ended"


def _revoking(cfg: CFG, trace: Trace) -> TraceStep | None:
    """The step by which this path itself ended the protection of the object that the finding is about."""
    focus = _focus(cfg, trace)
    for i in range(len(trace.steps) - 1, 0, -1):
        step, states = trace.steps[i], (trace.steps[i - 1].state, trace.steps[i].state)
        was, now = (object_of(s, focus) if s and focus else None for s in states)
        if was is not None and any(was.protections) and (now is None or not any(now.protections)):
            return step if any(isinstance(op, ops.Revoke) for op in ops.flat(step.edge.ops)) else None
    return None


def _needed(cfg: CFG, v: Violation) -> str:
    """The fact that is missing, with the contexts that would give it."""
    names = v.detail.partition(": ")[2]
    made = {f.name: [cfg.contexts[c] for c in f.contexts] for f in cfg.facts}
    parts = [f"`{n}` ({', '.join(made[n])})" if made.get(n) not in (None, [n]) else f"`{n}`" for n in names.split(" or ")]
    return " or ".join(parts)


def _why_awake(cfg: CFG, trace: Trace, state: State) -> str:
    """What forbids to sleep: the contexts that do and are entered, or else what the function says of itself."""
    atomic = {i for op in ops.flat(trace.steps[-1].edge.ops) if isinstance(op, ops.NeedNone) for i in op.contexts}
    held = [f"`{n}`" for i, n in enumerate(cfg.contexts) if i in atomic and state.contexts[i]]
    if held:
        return f"{' and '.join(held)} {'is' if len(held) == 1 else 'are'} held"
    return f"{cfg.function}() is not `__may_sleep`: a caller may hold what forbids it"


def _focus(cfg: CFG, trace: Trace) -> tuple[int, int] | None:
    """The object that the finding is about: (resource, number) in the state before the last step."""
    before = trace.steps[-2].state if len(trace.steps) > 1 else None
    v = trace.violation
    if before is None:
        return None
    if v.cell >= 0 and cfg.cells[v.cell].kind == "ptr":
        n = before.cells[v.cell]
        if 0 < n < UNINIT:
            return cfg.cells[v.cell].resource, n
    for r, resource in enumerate(cfg.resources):
        if resource.name == v.detail:
            for n, obj in enumerate(before.pools[r], 1):
                if obj and obj.refs > 0:
                    return r, n
    return None


def _labels(
    cfg: CFG, trace: Trace, steps: tuple[Row, ...], name: str, title: str, sources: Mapping[str, SourceFile]
) -> tuple[Mark, ...]:
    """Marks on the user's lines: where the object came from, what happened to it, and where the path breaks."""
    found: list[Mark] = []
    focus = _focus(cfg, trace)
    contextual = trace.violation.property in ("unbalanced-context", "missing-context", "noref-escape")
    for row in steps[1:-1]:
        touches = any(n == name or n.startswith(f"{name}->") for n, _ in row.changes)
        context = any(n in cfg.contexts for n, _ in row.changes)
        if (focus and touches) or (contextual and context) or (not focus and touches):
            outcome = row.event.split(": ")[-1] if ": " in row.event else row.event
            text = f"({row.number}) outcome `{outcome}`: " if ": " in row.event else f"({row.number}) "
            text += ", ".join(map(str, row.changes))
            found.append(Mark(row.place, text, quote(sources, row.place)))
    last = steps[-1]
    line = quote(sources, last.place)
    found.append(Mark(last.place, f"({last.number}) {_last_label(trace.violation, name, title)}", line))
    return tuple(found)


def _last_label(v: Violation, name: str, title: str) -> str:
    if v.property == "leaked-ref" and v.reason == "at-exit":
        return f"returns without releasing {name if name.startswith(UNNAMED) else f'`{name}`'}"
    if v.reason == "precondition":
        return f"needs `{v.detail.partition(': ')[2]}`"
    if v.reason == "may-sleep":
        return "a call may sleep where that is forbidden"
    if v.property == "release-of-borrowed" and title.endswith(_HANDED_OVER):
        return "what was handed over is given back"
    return PROPERTIES[v.property].failure


# What is right instead, as far as one sentence can say it; `refcheck explain` has a page on each property.
_RULES = {
    "unspoken": "a body keeps its hands off slots of which its contract does not speak; `use` in an outcome speaks of one",
    "not-firm": "a reference, a lock or `__rcu` on the parameter would tell who keeps it",
    "published": "readers find it in the slot until that is cleared",
    "slots-own": "what a slot owns is taken out of it before it is given away",
    "freed-beside": "where two pointers may be one object, only a comparison tells (`a == b`)",
    "freed-unseen": "a release leaves it to the count who frees",
    "revoked": "callers are told by the contract alone what a lock lends them no more (`revoke`)",
    "taken-out": "a lock keeps others out, not its holder: what that takes out is kept by a reference or a reader section",
    "hold-of-borrowed": "the count of what only a section keeps may be zero: a try-conversion (dst_hold_safe) fails then",
    "noref-escape": "a borrow lasts as long as the section or the owner that it was found under",
}


def _notes(cfg: CFG, trace: Trace, name: str) -> tuple[str, ...]:
    """What makes the finding understandable: the other outcome of the same look-up, and how many paths break here."""
    notes: list[str] = []
    v = trace.violation
    want = {"leaked-ref": "borrow", "release-of-borrowed": "hold"}.get(v.property)
    for step in trace.steps:
        made = [op for op in ops.flat(step.edge.ops) if isinstance(op, ops.New) and cell_name(cfg, op.cell) == name]
        if step.edge.kind != "outcome" or not made or not want:
            continue
        for other in cfg.edges:
            sibling = (other.src, other.callee) == (step.edge.src, step.edge.callee) and other != step.edge
            if sibling and any(isinstance(op, ops.New) and op.how == want for op in ops.flat(other.ops)):
                state = "only borrowed" if want == "borrow" else "held"
                notes.append(f"with outcome `{other.outcome}` of {other.callee}() this is fine: `{name}` is {state}")
                break
        break
    reason = "taken-out" if v.property == "noref-escape" and _revoking(cfg, trace) else v.reason
    if reason in _RULES or v.property in _RULES:
        notes.append(_RULES.get(reason) or _RULES[v.property])
    if trace.occurrences > 1:
        notes.append(f"{trace.occurrences} states break here for the same reason; this is a shortest path")
    return ("; ".join(notes),) if notes else ()
