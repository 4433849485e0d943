# SPDX-License-Identifier: GPL-2.0-only
"""A run as GitHub workflow commands: annotations on the model's lines, the verdicts and what they assume as folded groups.

The form is that of "Workflow commands for GitHub Actions": in a message %, CR and LF are escaped, in a property also
: and ,.  No plain line holds what a runner takes for a command (`::` at its start, `##[` anywhere).
"""

from refcheck.base.verdicts import Verdict
from refcheck.render.c_words import assumptions, verdict_word
from refcheck.render.facts import finding_lines, kernel_text, passes, reasons, relative, remarks, surprises, verdict_text
from refcheck.render.formats import RenderOptions
from refcheck.render.text import clean
from refcheck.result.record import Place, Run

_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = _DATA | {":": "%3A", ",": "%2C"}


def render(run: Run, options: RenderOptions) -> str:
    """One annotation per finding, per verdict that does not pass without one, and per input error; then the verdicts."""
    out = []
    for r in run.results:
        for f in r.findings:
            sure = r.certainty(f)
            level = "notice" if passes(r) else "warning" if sure == "possible" else "error"
            kernel = f" ({kernel_text(f)})" if f.kernel else ""
            lines = [clean(f.title) + kernel, *finding_lines(f), *assumptions(r)]
            name = f"{f.property}: {r.name}" + (f" ({sure})" if sure else "")
            out.append(command(level, f.place, name, lines, options.base))
        if surprises(r) or (r.verdict != Verdict.REFUTED and not (passes(r) and not r.unreached)):
            level = "notice" if passes(r) else "error"
            lines = [verdict_text(r), *reasons(r), *assumptions(r)]
            out.append(command(level, r.place, f"{verdict_word(r)}: {r.name}", lines, options.base))
    for p in run.errors:
        lines = [clean(t) for t in (p.message, *remarks(p))]
        out.append(command("error", p.place, p.name, lines, options.base))
    rests = [f"{clean(r.name)}: {text}" for r in run.results for text in assumptions(r)]
    out += _group("what verdicts from C assume", rests) if rests else []
    verdicts = [f"{clean(r.name)}: {verdict_text(r)}" for r in run.results]
    return "\n".join([*out, *_group("refcheck verdicts", verdicts), ""])


def _group(title: str, lines: list[str]) -> list[str]:
    """Lines that a runner folds."""
    return [f"::group::{title}", *(line.replace("##[", "#_[") for line in lines), "::endgroup::"]


def command(level: str, at: Place, title: str, lines: list[str], base: str) -> str:
    """One workflow command: an annotation at a place."""
    where = {"file": clean(relative(at.file, base)), "line": at.line, "endLine": at.end_line, "col": at.column}
    if at.end_line == at.line:
        where["endColumn"] = at.end_column
    given = {k: v for k, v in where.items() if at.line or k == "file"} if at.file else {}
    fields = ",".join(f"{k}={escape(str(v), _PROPERTY)}" for k, v in {**given, "title": clean(title)}.items())
    return f"::{level} {fields}::{escape(chr(10).join(lines), _DATA)}"


def escape(text: str, table: dict[str, str]) -> str:
    """The text with every character of the table replaced."""
    return "".join(table.get(c, c) for c in text)
