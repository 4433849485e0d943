# SPDX-License-Identifier: GPL-2.0-only
"""The review of a series as GitHub-flavoured Markdown: a table for each patch, its findings, and what is left."""

from refcheck.render.markdown import block, code, escape, prose
from refcheck.render.review import contract_lines, left_lines, summary, title, trace, word
from refcheck.render.text import Style
from refcheck.result.review import PatchReview, Review


def render(review: Review, quiet: bool) -> str:
    """The whole review; `quiet` leaves out traces, contracts and lifecycles."""
    out = [f"## refcheck: {escape(summary(review))}", ""]
    for problem in review.problems:
        out += [f"**{escape(problem.name)}**: {prose(problem.message)}", ""]
    for p in review.patches:
        out += _patch(p, quiet)
    left = left_lines(review.left)
    out += ["### Behind the series", "", *block(left, "text"), ""] if left else []
    return "\n".join(out) + "\n"


def _patch(p: PatchReview, quiet: bool) -> list[str]:
    out = [f"### {escape(title(p))}", ""]
    other = [h for h in p.hunks if not h.plain]
    out += [f"- {code(f'{h.file}:{h.line}')}: {escape(h.how)}" for h in other] + ([""] if other else [])
    if p.functions:
        out += ["| function | file | because | before | behind | findings |", "| --- | --- | --- | --- | --- | --- |"]
        for f in p.functions:
            said = [f.undecided] if f.undecided else []
            said += [f"{word(b, p.number)}, line {b.finding.place.line}" for b in f.found]
            bugs = "<br>".join(map(escape, said))
            cells = (
                code(f.name, cell=True),
                code(f.file, cell=True),
                escape(f.because),
                escape(f.before),
                escape(f.after),
                bugs,
            )
            out.append(f"| {' | '.join(cells)} |")
        out.append("")
    if quiet:
        return out
    for f in p.functions:
        for b in f.found:
            if b.is_news(p.number) and f.record is not None:
                out += [*block(trace(f.record, b, Style()).split("\n"), "text"), ""]
                out += [*block(b.diff, "diff"), ""] if b.diff else []
    said = [line for c in p.contracts for line in contract_lines(c)]
    said += [line for f in p.functions if f.lifecycle for line in (f.function, *f.lifecycle)]
    if said:
        out += ["<details>", "<summary>contracts and lifecycles</summary>", "", *block(said, "text"), "", "</details>", ""]
    return out
