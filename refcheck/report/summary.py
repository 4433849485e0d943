"""One function's verdict in a few lines, and the summary of a run, as plain text."""

import textwrap

from refcheck.report.text import WIDTH, Style, clean
from refcheck.run import Checked
from refcheck.verdict import NOTHING, PROVED, REFUTED, UNKNOWN, VACUOUS

_COLOUR = {PROVED: "1;32", REFUTED: "1;31", UNKNOWN: "1;33", VACUOUS: "1;33"}


def title(c: Checked) -> str:
    """The function's name, with its entry context where it has one."""
    cfg = c.result.cfg
    return f"{cfg.function} [{cfg.entry}]" if cfg.entry else cfg.function


def headline(c: Checked, style: Style) -> str:
    """`name: VERDICT` with the figures that belong to it."""
    r = c.result
    verdict = style.paint(r.verdict, _COLOUR[r.verdict])
    owed = sum(v.obligations for v in r.verdicts)
    loops = "" if _acyclic(c) else ", any number of loop rounds"
    tail = f"{owed} obligations, {r.locations} locations{loops}"
    if r.verdict == REFUTED:
        broken = ", ".join(v.property for v in r.verdicts if v.verdict == REFUTED)
        tail = broken + {None: "", True: "  (expected)", False: "  (NOT as expected)"}[c.as_expected]
    elif c.as_expected is not None:
        tail += "  (expected)" if c.as_expected else "  (NOT as expected)"
    return f"{title(c)}: {verdict}   {tail}"


def _acyclic(c: Checked) -> bool:
    """No location can be reached again: a depth-first walk meets no edge back."""
    out = [[e.dst for e in edges] for edges in c.result.cfg.out_edges()]
    state = [0] * len(out)
    stack = [(c.result.cfg.start, 0)]
    state[c.result.cfg.start] = 1
    while stack:
        here, i = stack.pop()
        if i == len(out[here]):
            state[here] = 2
            continue
        stack.append((here, i + 1))
        there = out[here][i]
        if state[there] == 1:
            return False
        if state[there] == 0:
            state[there] = 1
            stack.append((there, 0))
    return True


def details(c: Checked) -> list[str]:
    """What was proved and what it assumes; what is unknown or vacuous and why."""
    r, out = c.result, list[str]()
    good = [v.property for v in r.verdicts if v.verdict == PROVED]
    none = [v.property for v in r.verdicts if v.verdict == NOTHING]
    if good and r.verdict != UNKNOWN:
        out += _wrap("proved", ", ".join(good))
    if none and r.verdict == PROVED:
        out += _wrap("nothing to prove", ", ".join(none))
    for v in r.verdicts:
        if v.verdict == UNKNOWN:
            out += _wrap(f"unknown {v.property}", v.reason)
        elif v.verdict == VACUOUS and v.property != "sanity":
            out += _wrap("vacuous", f"{v.property}: nothing reaches its {v.obligations} obligations")
    for u in r.unreached:
        where = f" ({u.edge.span})" if u.edge else ""
        out += _wrap("unreached", f"{u.text}{where}")
    if r.certificate is not None:
        out += _wrap("certificate", f"ok: re-checked, {r.states} states, {r.queries} Z3 queries")
    if c.task.assumes:
        out += _wrap("rests on", ", ".join(c.task.assumes) + " (proved where their bodies are)")
    if c.task.trusted:
        out += _wrap("trusts", ", ".join(c.task.trusted))
    return out


def _wrap(word: str, text: str) -> list[str]:
    return textwrap.wrap(clean(f"{word}: {text}"), WIDTH, initial_indent="  ", subsequent_indent="      ")


def totals(checked: list[Checked], style: Style) -> str:
    """How many functions, and how they ended."""
    counts = {v: sum(c.result.verdict == v for c in checked) for v in (PROVED, REFUTED, VACUOUS, UNKNOWN)}
    parts = [style.paint(f"{n} {v}", _COLOUR[v]) for v, n in counts.items() if n]
    surprises = sum(c.as_expected is False for c in checked)
    tail = f"; {surprises} not as expected" if surprises else ""
    return f"{len(checked)} verdicts: {', '.join(parts) or 'nothing to verify'}{tail}"
