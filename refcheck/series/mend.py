# SPDX-License-Identifier: GPL-2.0-only
"""A repair of a finding as a diff of the C file, where one is verified: it is gone, and none has come.

Proposed is what a line can do: a release of a borrow goes behind a flag of the function, or away; in front of a return that
leaks stands the release that the function has elsewhere, behind a flag if it must.  Nothing is believed before the function
is sliced and verified with it.
"""

import difflib
import re
from collections.abc import Iterator
from itertools import islice

from refcheck.base.verdicts import Verdict
from refcheck.c import tree as c
from refcheck.result.record import Finding, Record
from refcheck.result.review import cause
from refcheck.series.sides import TreeState
from refcheck.slice.facts import gives_away, nodes

_MOST = 10
_SPENT = ("release-of-borrowed", "double-release", "use-after-consume")


def mended(state: TreeState, path: str, record: Record, f: Finding) -> tuple[str, ...]:
    """The lines of the diff; none where no proposal holds."""
    given = state.parsed(path)
    if given is None or f.place.file != path:
        return ()
    lines = given[0].text.split("\n")
    for new in islice(_proposals(state, path, record.function, f, lines), _MOST):
        if _holds(state, path, record, f, "\n".join(new)):
            return tuple(difflib.unified_diff(lines, new, f"a/{path}", f"b/{path}", lineterm=""))
    return ()


def _holds(state: TreeState, path: str, record: Record, f: Finding, text: str) -> bool:
    """With the text the finding is gone, nothing else is broken, and all is decided and reached."""
    tried = state.with_texts({path: text.encode("utf-8", "surrogateescape")}).judged(
        path, record.function, (record.function,)
    )
    found = next((r for r in tried.records if r.entry == record.entry), None) if tried is not None else None
    if found is None or found.verdict in (Verdict.UNKNOWN, Verdict.VACUOUS):
        return False
    entry = record.entry or ""
    had = {cause(record.function, entry, x) for x in record.findings}
    return {cause(record.function, entry, x) for x in found.findings} <= had - {cause(record.function, entry, f)}


def _proposals(state: TreeState, path: str, function: str, f: Finding, lines: list[str]) -> Iterator[list[str]]:
    """The texts that might mend it, the likeliest first."""
    at, body = f.place.line - 1, [b for b in state.functions(path).get(function, []) if b.body is not None]
    line = lines[at] if at < len(lines) else ""
    indent = line[: len(line) - len(line.lstrip())]
    flags = [None, *_flags(body)]
    if f.property in _SPENT and re.match(r"\s*\w+\(.*\);\s*$", line):
        for flag in flags[1:]:
            for test in (f"!{flag}", str(flag)):
                yield [*lines[:at], f"{indent}if ({test})", f"\t{line}", *lines[at + 1 :]]
        if not _is_branch(lines, at):
            yield [*lines[:at], *lines[at + 1 :]]
    if f.property == "leaked-ref" and re.match(r"\s*return\b.*;\s*$", line) and not _is_branch(lines, at):
        for call in _releases(state, body, f.subject, lines):
            for flag in flags:
                for test in (f"!{flag}", str(flag)) if flag else ("",):
                    added = [f"{indent}if ({test})", f"{indent}\t{call}"] if test else [f"{indent}{call}"]
                    yield [*lines[:at], *added, *lines[at:]]


def _flags(body: list[c.CFunction]) -> Iterator[str]:
    """The parameters and variables of a function that are truth values."""
    for f in body:
        named = [(p.type, p.name) for p in f.params]
        named += [(n.type, n.name) for n in nodes(f.body) if isinstance(n, c.Variable)]
        yield from (name for of, name in named if of.base == "bool" and not of.stars)


def _releases(state: TreeState, body: list[c.CFunction], subject: str, lines: list[str]) -> Iterator[str]:
    """The statements of the function that give a variable away and do nothing else."""
    for f in body:
        for n in nodes(f.body):
            if isinstance(n, c.CallExpr) and isinstance(n.callee, c.Id) and len(n.args) == 1:
                contract, text = state.decl.contracts.get(n.callee.name), lines[n.span.line - 1].strip()
                about = re.search(rf"\b{re.escape(subject)}\b", text) if subject else None
                if contract is not None and gives_away(contract) and about and re.fullmatch(r"\w+\(.*\);", text):
                    yield text


def _is_branch(lines: list[str], at: int) -> bool:
    """The line is the whole branch of an `if` or loop without braces."""
    above = next((t.strip() for t in reversed(lines[:at]) if t.strip()), "")
    return not above.endswith((";", "{", "}", ":", "*/"))
