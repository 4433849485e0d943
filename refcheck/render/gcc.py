# SPDX-License-Identifier: GPL-2.0-only
"""A run as a compiler says it: `file:line:col: warning: ...`, so that editors and scripts that read gcc's lines jump there.

Each finding is a warning with its property in brackets, as `-W` options stand in gcc's; what its trace points at are notes.
"""

from refcheck.render.facts import passes, reasons, relative, verdict_text
from refcheck.render.formats import RenderOptions
from refcheck.render.text import clean
from refcheck.result.record import Place, Run


def render(run: Run, options: RenderOptions) -> str:
    """The findings, what does not pass without one, and what is wrong with the input; empty where there is none of it."""
    out: list[str] = []
    for r in run.results:
        for f in r.findings:
            sure = r.certainty(f)
            why = f"{f.property}, {sure}" if sure else f.property
            out.append(said(f.place, "warning", f"{f.title} [{why}]", options.base))
            out += [said(m.place, "note", m.text, options.base) for m in f.labels if m.place != f.place]
        if not r.findings and not passes(r):
            out.append(said(r.place, "warning", f"{r.name}: {verdict_text(r)}", options.base))
            out += [said(r.place, "note", text, options.base) for text in reasons(r)]
    out += [said(p.place, "error", p.message, options.base) for p in run.errors]
    return "".join(f"{line}\n" for line in out)


def said(at: Place, kind: str, text: str, base: str) -> str:
    """One line about a place; without one, as gcc speaks of its command line."""
    where = f"{clean(relative(at.file, base))}:{at.line}:{at.column}" if at.file and at.line else "refcheck"
    return f"{where}: {kind}: {clean(text)}"
