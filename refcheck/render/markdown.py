# SPDX-License-Identifier: GPL-2.0-only
"""A run as GitHub-flavoured Markdown, for a pull request or a mail: verdicts, then each refutation, the rest folded.

Text of a model stands in code spans or escaped: it makes no markup, no HTML, no mention, and ends no table cell.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from refcheck.base.verdicts import ATTENTION_FIRST, Verdict
from refcheck.render.c_words import totals_text
from refcheck.render.diffs import repair_diff
from refcheck.render.facts import expectation, kernel_text, mark, passes, reasons, relative, verdict_text
from refcheck.render.formats import RenderOptions
from refcheck.render.summary import paragraphs
from refcheck.render.text import clean
from refcheck.result.record import Finding, Record, Run
from refcheck.result.standing import Beside, by_model

# What makes markup anywhere; an underscore outside of a word; a colon of a URL or an emoji; the start of a list or rule
_SPECIAL = re.compile(r"[\\`*\[\]<>|~&@#]|(?<![^\W_])_|_(?![^\W_])|:(?=//|[\w+-]+:)|^(?:\d+(?=[.)])|[-+=])|(?<=^\d)[.)]")
_WRITTEN = {"<": "&lt;", ">": "&gt;", "&": "&amp;", ":": "&#58;", "@": "@&#8288;", "#": "\\#&#8288;"}  # &#8288;: no mention
FOLD = 20


def escape(text: str) -> str:
    """Text that reads the same in Markdown, wherever it stands: markup escaped, mentions broken."""
    return _SPECIAL.sub(lambda m: _written(m[0]), clean(text).strip())


def _written(special: str) -> str:
    return _WRITTEN.get(special, f"&#{ord(special[0])};{special[1:]}" if special[0].isdigit() else f"\\{special}")


def code(text: str, cell: bool = False) -> str:
    """A code span, also in a cell of a table; empty text stays empty."""
    shown = clean(text).replace("\t", " ").strip()
    if not shown:
        return ""
    if cell and ("|" in shown or "\\" in shown):  # a pipe ends a cell even in a code span, and so does `\\|`
        return f"<code>{escape(shown)}</code>"
    fence = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    pad = " " if shown[0] == "`" or shown[-1] == "`" else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def prose(text: str) -> str:
    """A sentence of refcheck: what stands in backquotes is code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    spaced = [p[: len(p) - len(p.lstrip())] + escape(p) + p[len(p.rstrip()) :] if p.strip() else p for p in parts[::2]]
    codes = [*(code(p, cell=True) for p in parts[1::2]), ""]
    return "".join(a + b for a, b in zip(spaced, codes, strict=True)).strip()


def block(lines: Iterable[str], language: str) -> list[str]:
    """A fenced block that none of its lines ends."""
    shown = [clean(line) for line in lines]
    fence = "`" * max(3, max((len(run) for line in shown for run in re.findall("`+", line)), default=0) + 1)
    return [f"{fence}{language}", *shown, fence]


def render(run: Run, options: RenderOptions) -> str:
    """The whole report."""
    out = [f"## refcheck: {_totals(run)}", ""]
    for p in run.errors:
        at = f" at {code(f'{relative(p.place.file, options.base)}:{p.place.line}:{p.place.column}')}" if p.place.file else ""
        out += [f"**error** {escape(p.name)}{at}: {prose(p.message)}", ""]
        out += [f"note: {prose(n)}\n" for n in p.notes] + ([f"help: {prose(p.help)}", ""] if p.help else [])
    beside = by_model(run.results)
    first = [r for r in run.results if r.findings or not passes(r)]
    rest = [r for r in run.results if not (r.findings or not passes(r))]
    if len(run.results) <= FOLD:
        out += [*_verdicts(run.results, beside, options.base), ""] if run.results else []
    else:
        out += [*_verdicts(first, beside, options.base), ""] if first else []
        out += _folded(f"{len(rest)} verdicts that pass", _verdicts(rest, beside, options.base))
    for r in run.results:
        for f in r.findings:
            out += _finding(run, r, f, options)
    if not options.quiet and run.results:
        out += _folded("what the verdicts rest on", _rests(run.results))
    out.append(f"<sub>refcheck {escape(run.refcheck)}{f', Z3 {escape(run.z3)}' if run.z3 else ''}</sub>")
    return "\n".join(out) + "\n"


def _totals(run: Run) -> str:
    parts = [t for t in (totals_text(run.results, ATTENTION_FIRST), expectation(run.results)) if t]
    return ", ".join(parts + ([f"{len(run.errors)} input errors"] if run.errors else [])) or "nothing to verify"


def _verdicts(records: Iterable[Record], beside: Mapping[str, Beside], base: str) -> list[str]:
    out = ["| | function | entry | verdict | model |", "| --- | --- | --- | --- | --- |"]
    for r in records:
        said = mark(r) if mark(r) != "FAIL" else "**FAIL**"
        verdict = escape(verdict_text(r, beside[r.model]))
        bold = verdict if r.verdict == Verdict.PROVED else f"**{verdict}**"
        at = code(f"{relative(r.model, base)}:{r.place.line}", cell=True)
        out.append(f"| {said} | {code(r.function, cell=True)} | {escape(r.entry or 'any')} | {bold} | {at} |")
        out += [f"| | | | {escape(text)} | |" for text in reasons(r)]
    return out


def _finding(run: Run, r: Record, f: Finding, options: RenderOptions) -> list[str]:
    kernel = f" (kernel: {code(kernel_text(f))})" if f.kernel else ""
    place = f"{relative(f.place.file, options.base)}:{f.place.line}:{f.place.column}"
    sure = f" ({r.certainty(f)})" if r.from_c else ""
    out = [f"### {escape(f.property)} in {code(r.name)}{sure}", "", f"{prose(f.title)}", "", f"at {code(place)}{kernel}", ""]
    out += ["| step | line | kernel | event | changes |", "| ---: | ---: | ---: | --- | --- |"]
    for s in f.steps:
        changed = "<br>".join(code(str(c), cell=True) for c in s.changes)
        out.append(f"| {s.number} | {s.place.line} | {s.kernel_line or ''} | {code(s.event, cell=True)} | {changed} |")
    out += ["", *(f"{prose(f'note: {n}')}\n" for n in f.notes)]
    out += [f"**help**: {prose(f.help)}", ""] if f.help else []
    diff = repair_diff(run, r, f, options.base)
    if diff:
        out += [*block(diff, "diff"), ""]
    last = f.steps[-1]
    state = [*map(str, last.state.variables), *map(str, last.state.slots),
             *(f"{c.name} = {c.level}" for c in last.state.contexts if c.level)]  # fmt: skip
    quoted = list[str]()
    for m in f.labels:
        quoted += [f"{m.place.line:>5} | {m.quote.expandtabs(4)}", f"      |   {m.text}"] if m.quote else []
    inside = [*block(quoted, "text"), "", f"in front of step {last.number}:", "", *block(state, "text")]
    return out + _folded("the lines, and the state where it breaks", inside)


def _folded(summary: str, lines: list[str]) -> list[str]:
    return ["<details>", f"<summary>{escape(summary)}</summary>", "", *lines, "", "</details>", ""]


def _rests(records: Sequence[Record]) -> list[str]:
    out, beside = [], by_model(records)
    for r in records:
        owed = sum(p.verdict != Verdict.NOTHING for p in r.properties)
        loops = "no loops" if r.acyclic else "any number of loop rounds"
        out.append(f"- {code(r.name)}: {escape(verdict_text(r))}; {r.obligations} obligations of {owed} properties, "
                   f"{r.locations} locations, {loops}")  # fmt: skip
        out += [f"  - {escape(t)}" for t in paragraphs(r, beside[r.model])]
    return out
