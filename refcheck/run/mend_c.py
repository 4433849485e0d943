# SPDX-License-Identifier: GPL-2.0-only
"""A repair of a finding from C: what a line can do, tried in the text, and kept where the function is better with it.

Proposed is a release or the end of a section in front of where it is missing, behind a flag of the function if it must; a
release behind a flag, behind the use that comes too late, or away.  `mends` says which holds once it is verified.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from refcheck.base.named import NamedTuple
from refcheck.base.verdicts import Verdict
from refcheck.c import tree as c
from refcheck.result.record import Finding, Record
from refcheck.result.review import cause
from refcheck.slice.facts import nodes
from refcheck.syntax import ast

_AHEAD = 4  # lines behind one of the path in which a jump may stand that the slice does not have
_SPENT = ("release-of-borrowed", "double-release", "use-after-consume")
_CALL = re.compile(r"\s*\w+\(.*\);\s*$")
_LEAVES = re.compile(r"\s*(return\b.*|goto \w+|break|continue);\s*$")
_IF = re.compile(r"\s*if \(.*\)\s*$")
_COMPARES = re.compile(r"[!=<>]=")
_CLOSES = re.compile(r"\}\s*$")


class Proposal(NamedTuple):
    """A text, and what is done in it, in words."""

    words: str
    lines: list[str]


class CRepairs(NamedTuple):
    """What repairs are made of: the variants of the function, all functions of its file, and the contracts that hold."""

    body: Sequence[c.CFunction]
    file: Sequence[c.CFunction]
    contracts: Mapping[str, ast.ContractDef]


def mended(
    made_of: CRepairs, text: str, record: Record, f: Finding, verified: Callable[[str], Iterable[Record]], most: int
) -> Proposal | None:  # fmt: skip
    """The first proposal, of the `most` likely ones, that mends a finding; None where there is none.

    `verified` has the records of its function in a text.  The finding has to be there in what is verified of the text as it
    is, so that both are asked in one way.
    """
    lines = text.split("\n")
    tried = islice(_proposals(made_of, record, f, lines), most)
    before: list[Record] | None = None
    for p in tried:
        before = list(verified(text)) if before is None else before
        if _mends(before, list(verified("\n".join(p.lines))), record, f):
            return p
    return None


def _mends(before: list[Record], after: list[Record], record: Record, f: Finding) -> bool:
    """The finding is gone and nothing else is broken, all is decided and reached, and it rests on no more than it did.

    The contract is what it was, so that it is the same to callers.
    """
    gone = cause(record.function, record.entry or "", f)
    had = {cause(r.function, r.entry or "", x) for r in before for x in r.findings}
    has = {cause(r.function, r.entry or "", x) for r in after for x in r.findings}
    decided = all(r.verdict not in (Verdict.UNKNOWN, Verdict.VACUOUS) for r in after)
    same = [r.entry for r in before] == [r.entry for r in after]
    return gone in had and has <= had - {gone} and decided and same and _rests(after) <= _rests(before)


def _rests(records: list[Record]) -> set[tuple[str, ...]]:
    """What verdicts assume, and the contract of the function."""
    found = {(a.kind, a.text) for r in records if r.from_c is not None for a in r.from_c.assumed}
    return found | {("contract", r.from_c.contract) for r in records if r.from_c is not None}


# ---------------------------------------------------------------------------------------------- proposals


def _proposals(m: CRepairs, record: Record, f: Finding, lines: list[str]) -> Iterator[Proposal]:
    """The texts that might mend it, the likeliest first."""
    at = f.place.line - 1
    if not 0 <= at < len(lines):
        return
    if f.property in _SPENT and _CALL.match(lines[at]):
        yield from _guarded_or_gone(m, lines, at)
    if f.property == "bad-pointer" and _CALL.match(lines[at]) and _about(f.subject, lines[at]):
        yield from _tested(lines, at, f.subject)
    if f.property in ("use-after-release", "use-after-consume") and len(f.labels) > 1:
        yield from _behind(lines, f.labels[-2].place.line - 1, at)
    if f.property in ("leaked-ref", "unbalanced-context"):
        for place in _places(record, f, lines):
            for call in _ends(m, f, lines):
                yield from _in_front_of(m, lines, place, call, f.property == "leaked-ref")


def _guarded_or_gone(m: CRepairs, lines: list[str], at: int) -> Iterator[Proposal]:
    for test in _tests(m.body):
        yield _asked(lines, at, test, "release only what is held")
    gone = _dropped(lines, at)
    if gone is not None:
        yield Proposal(f"it is not this path's to release: drop `{lines[at].strip()}`", gone)


def _dropped(lines: list[str], at: int) -> list[str] | None:
    """The lines without one, nor the `if` of which it is the whole branch; None where that is not so simple."""
    if not _is_branch(lines, at):
        return [*lines[:at], *lines[at + 1 :]]
    head = lines[at - 1]
    goes_on = at + 1 < len(lines) and lines[at + 1].strip().startswith("else")
    asks = _IF.match(head) is not None and "=" not in _COMPARES.sub("", head) and head.count("(") == head.count(")")
    return [*lines[: at - 1], *lines[at + 1 :]] if asks and not goes_on else None


def _tested(lines: list[str], at: int, subject: str) -> Iterator[Proposal]:
    """A call behind a test of what it is given."""
    for test in (f"!IS_ERR({subject})", subject, f"!IS_ERR_OR_NULL({subject})"):
        yield _asked(lines, at, test, "test it first")


def _asked(lines: list[str], at: int, test: str, words: str) -> Proposal:
    made = [*lines[:at], f"{_indent(lines[at])}if ({test})", f"\t{lines[at]}", *lines[at + 1 :]]
    return Proposal(f"{words}: if ({test}) {lines[at].strip()}", made)


def _behind(lines: list[str], release: int, use: int) -> Iterator[Proposal]:
    """The release behind the use, where both are statements of one block."""
    if not 0 <= release < use or not _CALL.match(lines[release]) or _indent(lines[release]) != _indent(lines[use]):
        return
    if lines[use].rstrip().endswith(";") and not _LEAVES.match(lines[use]) and not _is_branch(lines, release):
        made = [*lines[:release], *lines[release + 1 : use + 1], lines[release], *lines[use + 1 :]]
        yield Proposal(f"move `{lines[release].strip()}` behind the use", made)


def _places(record: Record, f: Finding, lines: list[str]) -> Iterator[int]:
    """Where something is missing: where it breaks, then where the path leaves for there, the last place first."""
    arcs = {a.number: a.line for a in record.graph.edges} if record.graph is not None else {}
    path = {arcs.get(n, 0) for s in f.steps for n in s.path} | {s.place.line for s in f.steps}
    yield f.place.line - 1
    ahead = (i for n in sorted(path - {f.place.line}, reverse=True) if n > 0 for i in range(n - 1, n + _AHEAD))
    yield from dict.fromkeys(i for i in ahead if i < len(lines) and i != f.place.line - 1 and _LEAVES.match(lines[i]))


def _in_front_of(m: CRepairs, lines: list[str], at: int, call: str, flagged: bool) -> Iterator[Proposal]:
    """A call in front of a line, as it is or behind a flag."""
    if not lines[at].rstrip().endswith((";", "}")):
        return
    indent = _indent(lines[at]) + ("\t" if _CLOSES.match(lines[at].lstrip()) else "")
    for test in ("", *(_tests(m.body) if flagged else ())):
        added = [f"{indent}if ({test})", f"{indent}\t{call}"] if test else [f"{indent}{call}"]
        words = "release it first" if flagged else "leave it first"
        made = _inserted(lines, at, added)
        if made is not None:
            yield Proposal(f"{words}: {f'if ({test}) ' if test else ''}{call}", made)


def _inserted(lines: list[str], at: int, added: list[str]) -> list[str] | None:
    """The lines with some in front of one; in braces, where that is the whole branch of a statement."""
    if not _is_branch(lines, at):
        return [*lines[:at], *added, *lines[at:]]
    head = next((i for i in range(at - 1, -1, -1) if lines[i].strip()), -1)
    if head < 0 or not lines[head].rstrip().endswith((")", "else")) or head != at - 1:
        return None
    outer = _indent(lines[at])[:-1]
    below, rest = lines[at + 1 : at + 2], lines[at + 2 :]
    goes_on = bool(below) and below[0].strip().startswith("else")
    closing = [f"{outer}}} {below[0].strip()}"] if goes_on else [f"{outer}}}", *below]
    return [*lines[:head], f"{lines[head].rstrip()} {{", *added, lines[at], *closing, *rest]


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _tests(body: Sequence[c.CFunction]) -> list[str]:
    """What can be asked of the parameters and variables of a function that are truth values."""
    flags = dict.fromkeys(n for f in body for n, of in _variables(f) if of.base == "bool" and not of.stars)
    return [test for flag in flags for test in (f"!{flag}", flag)]


def _variables(f: c.CFunction) -> Iterator[tuple[str, c.CType]]:
    yield from ((p.name, p.type) for p in f.params)
    yield from ((n.name, n.type) for n in nodes(f.body) if isinstance(n, c.Variable))


def _ends(m: CRepairs, f: Finding, lines: list[str]) -> list[str]:
    """The statements that might end what a finding misses, as the function has them, or as others of its file do."""
    if f.property == "unbalanced-context":
        found = [text for g in m.body for n, text in _calls(g, lines) if _does(m, n) == {"leave"}]
    else:
        mine = [text for g in m.body for n, text in _calls(g, lines) if _releases(m, n) and _about(f.subject, text)]
        found = mine or list(_as_others_do(m, f.subject, lines))
    return list(dict.fromkeys(found))


def _calls(f: c.CFunction, lines: list[str]) -> Iterator[tuple[c.CallExpr, str]]:
    """The calls of a function that are a line of their own."""
    for n in nodes(f.body):
        if isinstance(n, c.CallExpr) and isinstance(n.callee, c.Id) and n.span.line <= len(lines):
            text = lines[n.span.line - 1].strip()
            if text.startswith(f"{n.callee.name}(") and text.endswith(");"):
                yield n, text


def _releases(m: CRepairs, n: c.CallExpr) -> bool:
    """The call releases its only argument and does nothing else: what hands an object over may mend, and be no repair."""
    return len(n.args) == 1 and _does(m, n) == {"release"}


def _does(m: CRepairs, n: c.CallExpr) -> set[str]:
    """The effects of a call, by their verbs."""
    assert isinstance(n.callee, c.Id)
    contract = m.contracts.get(n.callee.name)
    return {e.verb for o in contract.outcomes for e in o.effects} if contract is not None else set()


def _about(subject: str, text: str) -> bool:
    return bool(subject) and re.search(rf"\b{re.escape(subject)}\b", text) is not None


def _as_others_do(m: CRepairs, subject: str, lines: list[str]) -> Iterator[str]:
    """How other functions of the file release a variable of the same type."""
    mine = {str(of.base) for f in m.body for n, of in _variables(f) if n == subject and of.stars == 1}
    for g in m.file:
        types = {n: of.base for n, of in _variables(g) if of.stars == 1}
        for n, _ in _calls(g, lines):
            arg = n.args[0] if n.args else None
            if isinstance(arg, c.Id) and types.get(arg.name) in mine and _releases(m, n):
                assert isinstance(n.callee, c.Id)
                yield f"{n.callee.name}({subject});"


def _is_branch(lines: list[str], at: int) -> bool:
    """The line is the whole branch of an `if` or loop without braces."""
    above = next((t.strip() for t in reversed(lines[:at]) if t.strip()), "")
    return not above.endswith((";", "{", "}", ":", "*/"))
