# SPDX-License-Identifier: GPL-2.0-only
"""One function's verdict in a few lines, and the summary of a run, as plain text."""

from collections.abc import Sequence

from refcheck.base.diagnostics import BY_NAME
from refcheck.base.verdicts import UNREAD, Verdict
from refcheck.render import c_words
from refcheck.render.facts import expectation, surprises
from refcheck.render.formats import RenderOptions
from refcheck.render.text import Style, clean, render_finding, render_problem, wrap
from refcheck.render.why import why
from refcheck.result.record import Record, Run
from refcheck.result.standing import Beside, by_model, doubtful

_COLOUR = {Verdict.PROVED: "1;32", Verdict.REFUTED: "1;31", Verdict.UNKNOWN: "1;33", Verdict.VACUOUS: "1;33"}


def render(run: Run, options: RenderOptions) -> str:
    """A whole run as `verify` prints it: findings and verdicts, the totals, then the input errors."""
    beside = by_model(run.results)
    out = [record_text(r, beside[r.model], Style(), options.quiet) for r in run.results]
    if len(run.results) > 1 and not run.errors:
        out += ["", totals(run.results, Style())]
    out += [render_problem(p, Style()) for p in run.errors]
    return "\n".join(out) + "\n"


def record_text(r: Record, beside: Beside, style: Style, quiet: bool) -> str:
    """A record as text, beside those of its model: its findings, its headline, and what it rests on unless `quiet`."""
    shown = [render_finding(f, r, style) + "\n" for f in r.findings]
    return "\n".join([*shown, headline(r, beside, style), *(_lines(_whys(r)) if quiet else details(r, beside))])


def headline(r: Record, beside: Beside, style: Style) -> str:
    """`name: VERDICT` with the figures that belong to it, and on whom it depends that is not proved in this run."""
    shown = c_words.verdict_word(r)
    verdict = style.paint(shown, _COLOUR[r.verdict])
    loops = "" if r.acyclic else ", any number of loop rounds"
    doubted = ", ".join(doubtful(r, beside))
    if_kept = f"if the contract was kept by {doubted}; " if doubted else ""
    tail = f"{if_kept}{r.obligations} obligations, {r.locations} locations{loops}"
    if r.verdict == Verdict.REFUTED:
        broken = ", ".join(p.property for p in r.properties if p.verdict == Verdict.REFUTED)
        tail = broken + {None: "", True: "  (expected)", False: "  (NOT as expected)"}[r.as_expected]
    elif r.as_expected is not None:
        tail += "  (expected)" if r.as_expected else "  (NOT as expected)"
    name = clean(r.name)
    if r.from_c is not None:
        figures = c_words.in_figures(r, r.from_c)
        tail = if_kept + figures if r.verdict != Verdict.REFUTED else f"{tail} ({figures})"
    place = "" if r.verdict == Verdict.REFUTED else clean(f"({r.model}:{r.place.line})")  # a finding has its own
    if len(f"{name}: {shown}   {tail} {place}") <= style.width:
        return f"{name}: {verdict}   {tail} {place}".rstrip()
    below = wrap(place, first="  ", rest="  ", whole=True) if place else []
    if len(f"{name}: {shown}   {tail}") <= style.width:
        return "\n".join([f"{name}: {verdict}   {tail}", *below])
    return "\n".join([f"{name}: {verdict}", *wrap(tail, style.width, first="  ", rest="  "), *below])


_PLAIN, _UNDER = 2, 6  # columns in front of a detail, and of what belongs to the one in front of it
_Detail = tuple[int, str]


def details(r: Record, beside: Beside) -> list[str]:
    """What was proved and what it assumes; what is unknown or vacuous and why."""
    return _lines(_said(r, beside))


def _lines(said: list[_Detail]) -> list[str]:
    return [line for at, text in said for line in wrap(clean(text), first=" " * at, rest=" " * (at + 4))]


def paragraphs(r: Record, beside: Beside) -> list[str]:
    """The details for who has no lines: each on one, but for what is unreached, which other columns have."""
    out = list[str]()
    for at, text in _said(r, beside):
        if at == _UNDER:
            out[-1] += f" {clean(text)}"
        elif not text.startswith("unreached"):
            out.append(clean(text))
    return out


def _said(r: Record, beside: Beside) -> list[_Detail]:
    out = list[_Detail]()
    codes = [f.code for f in r.findings]
    codes += [BY_NAME["sanity"].number] if r.unreached or r.verdict == Verdict.VACUOUS else []
    codes += [BY_NAME["unexpected-verdict"].number] if surprises(r) else []
    if codes:
        out.append(_detail("more", f"refcheck explain {', '.join(dict.fromkeys(codes))}"))
    good = [p.property for p in r.properties if p.verdict == Verdict.PROVED]
    none = [p.property for p in r.properties if p.verdict == Verdict.NOTHING]
    if good and r.verdict != Verdict.UNKNOWN:
        out.append(_detail("proved", ", ".join(good)))
    if none and r.verdict == Verdict.PROVED:
        out.append(_detail("nothing to prove", ", ".join(none)))
    out += _whys(r)
    if r.certificate is not None:
        out.append(_detail("certificate", f"ok: re-checked, {r.certificate}, {r.queries} Z3 queries"))
    for word, text in why(r):
        out.append(_detail(word, text) if word else (_UNDER, text))
    if r.rests_on:
        doubted = doubtful(r, beside)
        out.append(_detail("rests on", ", ".join(n if n in doubted else f"{n} (proved)" for n in r.rests_on)))
        if doubted:
            out.append(_detail("if kept", ", ".join(f"{n} ({said or 'not verified here'})" for n, said in doubted.items())))
    if r.trusts:
        out.append(_detail("trusts", ", ".join(r.trusts)))
    out += [(_PLAIN, text) for text in c_words.assumptions(r)]
    if r.overrides:
        out.append(_detail("overlay", ", ".join(r.overrides)))
    return out


def _whys(r: Record) -> list[_Detail]:
    """Why something is unknown, vacuous or not as expected: what no reader can do without."""
    out = list[_Detail]()
    unknown = {p.reason or "no reason is known": p.property for p in r.properties if p.verdict == Verdict.UNKNOWN}
    for p in r.properties:
        if p.verdict == Verdict.UNKNOWN and len(unknown) > 1:
            out.append(_detail(f"unknown {p.property}", p.reason or "no reason is known"))
        elif p.verdict == Verdict.VACUOUS and p.property != "sanity":
            out.append(_detail("vacuous", f"{p.property}: nothing reaches its {p.obligations} obligations"))
    if len(unknown) == 1 and not (r.from_c and r.from_c.how == UNREAD):  # whose headline says it
        out.append(_detail("unknown", next(iter(unknown))))
    for u in r.unreached:
        out.append(_detail("unreached", f"{u.text} ({u.place})" if u.place else u.text))
    return out + [_detail("not as expected", text) for text in surprises(r)]


def _detail(word: str, text: str) -> _Detail:
    return _PLAIN, f"{word}: {text}"


def totals(records: Sequence[Record], style: Style) -> str:
    """How many functions, and how they ended; of models and of C apart."""
    parts = []
    for name, counts in c_words.totals(records):
        listed = ", ".join(style.paint(f"{n} {word}", _COLOUR[v]) for word, v, n in counts)
        parts.append(listed if not any(r.from_c for r in records) else f"{name}: {listed}")
    expected = expectation(records)
    tail = f"; {expected}" if expected else ""
    return f"{len(records)} verdicts: {'; '.join(parts) or 'nothing to verify'}{tail}"
