# SPDX-License-Identifier: GPL-2.0-only
"""What became of the mutants: text for a terminal, Markdown for a page, JSON for other programs."""

from collections import Counter

from refcheck.base.named import NamedTuple
from refcheck.mutation.judged import CONTAINED, EQUIVALENT, INVALID, KILLED, SURVIVED, Judged
from refcheck.mutation.operators import OPERATORS
from refcheck.render.text import clean

SCHEMA = 1
EXPLAINED = "explained"
STATUSES = (KILLED, SURVIVED, EXPLAINED, EQUIVALENT, CONTAINED, INVALID)
MEANING = {
    KILLED: "the findings change",
    SURVIVED: "nothing noticed it",
    EXPLAINED: "nothing noticed it, and mutants.toml says why",
    EQUIVALENT: "shown to be the same: the same graph, or the same exits from every entry",
    CONTAINED: "shown to do nothing that the original does not do, so that no property can tell",
    INVALID: "no program",
}


class MutantRow(NamedTuple):
    """One mutant as a report shows it; `lines` are the changed lines with their numbers in the original."""

    file: str
    name: str
    owner: str
    operator: str
    line: int
    status: str
    by: str
    where: str
    reason: str
    lines: tuple[tuple[int, str], ...]


def row(j: Judged, lines: tuple[tuple[int, str], ...], explanation: str) -> MutantRow:
    """The row of a mutant; `explanation` is empty where there is none."""
    m, status = j.mutant, EXPLAINED if explanation else j.status
    reason = explanation or j.reason
    return MutantRow(m.file, m.name, m.owner, m.operator, m.span.line, status, j.by, j.where, reason, lines)


def counts(rows: list[MutantRow]) -> dict[str, int]:
    """How many mutants have each status."""
    found = Counter(r.status for r in rows)
    return {s: found[s] for s in STATUSES}


def score(rows: list[MutantRow]) -> str:
    """Killed out of those that can be killed: what is shown equal or contained, or is no program, does not count."""
    c = counts(rows)
    total = c[KILLED] + c[SURVIVED] + c[EXPLAINED]
    if not total:
        return "no mutant that counts"
    done = "" if c[SURVIVED] else ", the rest explained" if c[EXPLAINED] else ""
    return f"{c[KILLED]} of {total} killed ({100 * c[KILLED] / total:.1f} %){done}"


def as_text(rows: list[MutantRow]) -> str:
    """For a terminal: survivors with their changed lines, then the counts and the score."""
    out = []
    for r in rows:
        if r.status == SURVIVED:
            out.append(f"survived: {clean(r.file)}:{r.line}: {clean(r.name)}")
            out += [f"    {n:>4} {clean(text.expandtabs(4))}" for n, text in r.lines]
            out.append(f"    {clean(r.reason) or OPERATORS[r.operator]}, and no property notices")
            out.append("")
    c = counts(rows)
    out += [f"{c[s]:>6} {s}: {MEANING[s]}" for s in STATUSES if c[s]]
    killers = Counter(r.by for r in rows if r.status == KILLED)
    out += [f"{n:>12} by {p}" for p, n in sorted(killers.items(), key=lambda x: (-x[1], x[0]))]
    return "\n".join([*out, f"{len(rows)} mutants: {score(rows)}"]) + "\n"


def as_data(rows: list[MutantRow], version: str) -> dict[str, object]:
    """For other programs."""
    mutants = [
        {"file": r.file, "mutant": r.name, "function": r.owner, "operator": r.operator, "line": r.line, "status": r.status,
         "by": r.by or None, "where": r.where or None, "reason": r.reason or None,
         "change": [{"line": n, "text": t} for n, t in r.lines]}
        for r in rows
    ]  # fmt: skip
    return {"schema": SCHEMA, "refcheck": version, "counts": counts(rows), "score": score(rows), "mutants": mutants}


def escaped(text: str) -> str:
    """Text of a model inside a Markdown table: nothing in it ends the cell, opens a tag or a code span."""
    special = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
    return "".join(f"\\{c}" if c in "|`*_[~" else special.get(c, c) for c in clean(text.expandtabs(1)))


def fenced(lines: tuple[tuple[int, str], ...]) -> list[str]:
    """Changed lines as a diff block that no line of it can end."""
    inner = [clean(text.expandtabs(8)) for _, text in lines]
    return ["~~~~~diff", *(f"{t[0]} {t[1:]}" if t.startswith(("-~", "+~")) else t for t in inner), "~~~~~"]


def _cells(*cells: object) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"


def as_markdown(rows: list[MutantRow], title: str) -> str:
    """For a page: by operator, by file, by property that kills; then every survivor, with its reason."""
    kept = [s for s in STATUSES if counts(rows)[s]]
    out = [f"# {title}", "", f"{len(rows)} mutants: {score(rows)}.", "", *(f"- {s}: {MEANING[s]}" for s in kept), ""]
    out += ["## By operator", "", _cells("operator", "what goes wrong", *kept), _cells(*["---"] * (2 + len(kept)))]
    for name, meaning in OPERATORS.items():
        mine = [r for r in rows if r.operator == name]
        if mine:
            out.append(_cells(f"`{name}`", meaning, *(counts(mine)[s] or "" for s in kept)))
    out += ["", "## By file", "", _cells("file", *kept, "score"), _cells(*["---"] * (2 + len(kept)))]
    for file in dict.fromkeys(r.file for r in rows):
        mine = [r for r in rows if r.file == file]
        out.append(_cells(escaped(file), *(counts(mine)[s] or "" for s in kept), score(mine)))
    killers = Counter(r.by for r in rows if r.status == KILLED)
    out += ["", "## What kills", "", _cells("property", "mutants"), _cells("---", "---")]
    out += [_cells(p, n) for p, n in sorted(killers.items(), key=lambda x: (-x[1], x[0]))]
    for status, head in ((SURVIVED, "Survivors"), (EXPLAINED, "Explained")):
        mine = [r for r in rows if r.status == status]
        if mine:
            out += ["", f"## {head}", ""]
        for reason in dict.fromkeys(r.reason for r in mine):
            out += [f"{escaped(reason)}" if reason else "No property notices:", ""]
            for r in (r for r in mine if r.reason == reason):
                out += [f"- {escaped(f'{r.file}:{r.line}: {r.name}')}", *(f"  {x}" for x in fenced(r.lines)), ""]
    return "\n".join(out).rstrip() + "\n"
