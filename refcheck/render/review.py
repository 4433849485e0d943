# SPDX-License-Identifier: GPL-2.0-only
"""The review of a series as plain text within 75 columns: patch by patch, then what is left."""

from collections.abc import Iterable

from refcheck.render.text import Style, clean, render_finding, render_problem, wrap
from refcheck.result.record import Record, in_context
from refcheck.result.review import ChangedContract, FoundBug, FunctionReview, LeftOver, PatchReview, Review, new_findings

_FROM = {"specs": "from the specs", "body": "read from the body", "nobody": "nobody knows: say it in a spec (`--spec`)"}


def render(review: Review, style: Style, quiet: bool) -> str:
    """The whole review; `quiet` leaves out traces and lifecycles."""
    out = [line for p in review.patches for line in [*patch_lines(p, style, quiet), ""]]
    out += left_lines(review.left)
    for problem in review.problems:
        out += ["", render_problem(problem, style)]
    return "\n".join([*out, "", summary(review)]) + "\n"


def summary(review: Review) -> str:
    """The review in one line."""
    sure, possible = new_findings(review, possible=False), new_findings(review, possible=True)
    functions = sum(len(p.functions) for p in review.patches)
    contracts = sum(len(p.contracts) for p in review.patches)
    plural = "es" if len(review.patches) != 1 else ""
    return (
        f"{len(review.patches)} patch{plural}: {functions} functions changed, {contracts} contracts changed; "
        f"{sure} new findings are certain, {possible - sure} possible"
    )


def patch_lines(p: PatchReview, style: Style, quiet: bool) -> list[str]:
    """One patch."""
    out = wrap(style.paint(clean(title(p)), "1"), first="", rest="    ")
    out += applied_lines(p)
    for c in p.contracts:
        out += contract_lines(c)
    for f in p.functions:
        out += function_lines(f, p.number, quiet)
        for b in f.found if not quiet else ():
            if b.is_news(p.number) and f.record is not None:
                out += ["", trace(f.record, b, style), ""]
                out += ["  a repair that was verified:", "", *(f"  {clean(line)}" for line in b.diff), ""] if b.diff else []
    if p.unreviewed:
        out += wrap(f"no verdict, as a hunk failed: {', '.join(p.unreviewed)}", first="  ", rest="      ")
    return out


def trace(record: Record, b: FoundBug, style: Style) -> str:
    """A finding with its path, also where it was read from JSON, and is no longer the same object as that of the record."""
    return render_finding(next((f for f in record.findings if f == b.finding), b.finding), record, style)


def title(p: PatchReview) -> str:
    """The subject of a patch."""
    return p.subject or f"patch {p.number}/{p.total}"


def applied_lines(p: PatchReview) -> list[str]:
    """How the hunks were put in; those that were exact in one number."""
    plain = sum(h.plain for h in p.hunks)
    out = [f"  {plain} of {len(p.hunks)} hunks exact" if p.hunks else "  no hunks"]
    for h in p.hunks:
        if not h.plain:
            out += wrap(f"{clean(h.file)}:{h.line}: {h.how}", first="  ", rest="      ")
    return out


def contract_lines(c: ChangedContract) -> list[str]:
    """A contract that changed: what it was, what it is, and where each is taken from."""
    out = wrap(f"{c.function}() has another contract ({clean(c.file)})", first="  ", rest="      ")
    for mark, text, source in (("-", c.old, c.old_from), ("+", c.new, c.new_from)):
        said = f"{mark} {_FROM[source]}" if text or source == "nobody" else f"{mark} none"
        out += wrap(said, first="    ", rest="      ")
        for line in text.split("\n") if text else ():
            out += wrap(clean(line.expandtabs(2)), first=f"    {mark}   ", rest=f"    {mark}       ")
    return out + (wrap(f"not clear: {clean(c.note)}", first="    ", rest="      ") if c.note else [])


def function_lines(f: FunctionReview, number: int, quiet: bool) -> list[str]:
    """A function: its verdict on both sides, what changed of its lifecycle, its findings in a line each."""
    moved = f"{f.before or 'not there'} -> {f.after or 'gone'}" if f.before != f.after else f"{f.after}, as before"
    out = wrap(clean(f"{f.name}: {moved} ({f.because}; {f.file})"), first="  ", rest="      ")
    out += wrap(clean(f.undecided), first="    ", rest="      ") if f.undecided else []
    out += [f"  {line}" for line in f.lifecycle] if not quiet else []
    for text in f.gone:
        out += wrap(f"gone: {clean(text)}", first="    ", rest="      ")
    for b in f.found:
        said = f"{word(b, number)}: {b.finding.title} (line {b.finding.place.line})"
        out += wrap(clean(said), first="    ", rest="      ")
    return out


def word(b: FoundBug, number: int) -> str:
    """What kind of news a finding is."""
    known = "known, " if b.known else ""
    since = "new" if b.since == number else f"since patch {b.since}" if b.since else "older than the series"
    later = f", repaired by patch {b.repaired}" if b.repaired else ""
    return f"{known}{since}{later}, {b.certainty} {b.finding.property}"


def left_lines(left: Iterable[LeftOver]) -> list[str]:
    """What the series leaves broken: its own first, then what is older."""
    out = list[str]()
    for head, mine in (("the series leaves broken:", True), ("older, and still there:", False)):
        rows = [x for x in left if (x.patch > 0) == mine]
        out += [head] if rows else []
        for x in rows:
            since = f"patch {x.patch}, " if mine else ""
            said = f"{x.file}:{x.line}: {in_context(x.function, x.entry)}: {x.title} ({since}{x.certainty} {x.property})"
            out += wrap(clean(said), first="  ", rest="      ")
    return out
