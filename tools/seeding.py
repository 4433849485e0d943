# SPDX-License-Identifier: GPL-2.0-only
"""Where a C file can be broken by one small slip, and the text with the slip: what tools/seeds.py chooses from.

A slip deletes or moves one statement of a function that touches what contracts speak of.  Lines stay where they are.
"""

from collections.abc import Iterator
from typing import NamedTuple

from refcheck.base.source import SourceFile, Span
from refcheck.c import tree
from refcheck.c.parse import parse
from refcheck.syntax import ast
from refcheck.syntax.parser import parse as parse_spec
from refcheck.unit.load import SHIPPED, read_source

KINDS = {
    "put": "a release is missing",
    "hand-over": "what would have been handed on is kept",
    "hold": "a reference is not taken",
    "unlock": "a section is not left",
    "lock": "a section is not entered",
    "guard": "a guard is missing",
    "null": "a field or variable keeps what was put",
    "goto": "a jump to the way out is missing",
    "rung": "a jump takes the next label of the way out",
    "return": "a return after a release is missing",
    "order": "a release comes one statement too early",
}
_VERBS = {
    "release": "put", "drop": "put", "free": "put", "consume": "hand-over", "queue": "hand-over", "leave": "unlock",
    "enter": "lock", "hold": "hold", "try_hold": "hold",
}  # fmt: skip
_ORDER = ("put", "unlock", "lock", "hand-over", "hold")


class Site(NamedTuple):
    """One slip: its kind, function and line, what it is about, and the stretches that change with what takes their place."""

    kind: str
    function: str
    line: int
    about: str
    edits: tuple[tuple[Span, str], ...]


def effects() -> dict[str, str]:
    """For each function with a contract in specs/: the kind of slip that its deletion is, if it does anything."""
    found: dict[str, str] = {}
    for path in sorted(SHIPPED.glob("*.spec")):
        for item in parse_spec(read_source(path, path.name))[0].items:
            if isinstance(item, ast.ContractDef):
                done = {_VERBS.get(e.verb, "") for o in item.outcomes for e in o.effects}
                kind = next((k for k in _ORDER if k in done), None)
                if kind:
                    found.setdefault(item.sig.name, kind)
    return found


def sites(source: SourceFile, known: dict[str, str]) -> list[Site]:
    """All slips of a file, in text order; `known` is what `effects` gives."""
    found: list[Site] = []
    for item in parse(source).items:
        if isinstance(item, tree.CFunction) and item.body is not None:
            blocks = list(_blocks(item.body))
            if any(_effect(s, known) for b in blocks for s in b):
                labels = [x for b in blocks for x in b if isinstance(x, tree.CLabel)]
                last = max((x.span.line for b in blocks for x in b if _effect(x, known)), default=0)
                ways = [x.name for x in labels if x.span.line <= last]
                for body in blocks:
                    of = _of(body, item.name, ways, source, known)
                    found += [x for x in of if not (x.kind == "return" and body is item.body.body)]
    return list(dict.fromkeys(found))


def broken(source: SourceFile, site: Site) -> str:
    """The text with the slip."""
    lines = source.text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    text = source.text
    for span, new in sorted(site.edits, key=lambda e: (e[0].line, e[0].col), reverse=True):
        at, end = starts[span.line - 1] + span.col - 1, starts[span.end_line - 1] + span.end_col - 1
        lost = text[at:end].count("\n") - new.count("\n")
        text = text[:at] + new + "\n" * max(lost, 0) + text[end:]
    return text


def _blocks(s: tree.CStmt) -> Iterator[tuple[tree.CStmt, ...]]:
    """Every sequence of statements in a statement; one that stands alone below an `if` is a sequence of one."""
    match s:
        case tree.CBlock(body):
            inner = [body]
        case tree.CIf(_, then, orelse):
            inner = [(x,) for x in (then, orelse) if x is not None and not isinstance(x, tree.CBlock)]
            yield from (b for x in (then, orelse) if isinstance(x, tree.CBlock) for b in _blocks(x))
        case tree.CWhile(_, body) | tree.CDo(body, _) | tree.CFor(_, _, _, body) | tree.CSwitch(_, body):
            inner = [(body,)]
        case tree.MacroLoop(_, _, body):
            inner = [(body,)]
        case tree.MacroGuard(_, _, body) if body is not None:
            inner = [(body,)]
        case tree.Conditioned(_, then, orelse):
            inner = [then, orelse]
        case _:
            inner = []
    for body in inner:
        if not (len(body) == 1 and isinstance(body[0], tree.CBlock)):
            yield body
        for x in body:
            yield from _blocks(x)


def _call(s: tree.CStmt) -> tuple[str, str] | None:
    """The function that a statement calls and nothing else, with its first argument as text."""
    match s:
        case tree.ExprStmt(tree.CallExpr(tree.Id(name), args)):
            return name, _text(args[0]) if args and not isinstance(args[0], tree.CType) else ""
    return None


def _text(e: tree.CExpr) -> str:
    """The places that can be put, as one text."""
    match e:
        case tree.Id(name):
            return name
        case tree.Member(base, field, arrow):
            return f"{_text(base)}{'->' if arrow else '.'}{field}"
        case tree.Unary(op, arg):
            return f"{op}{_text(arg)}"
    return "?"


def _effect(s: tree.CStmt, known: dict[str, str]) -> str | None:
    called = _call(s)
    if called:
        return known.get(called[0])
    return "guard" if isinstance(s, tree.MacroGuard) else None


def _of(
    body: tuple[tree.CStmt, ...], function: str, ways: list[str], source: SourceFile, known: dict[str, str]
) -> Iterator[Site]:
    """The slips of one sequence of statements; `ways` are the labels behind which something is put, in text order."""
    for at, s in enumerate(body):
        before = body[at - 1] if at else None
        kind, called = _effect(s, known), _call(s)
        if called and kind:
            yield Site(kind, function, s.span.line, called[0], ((s.span, ";"),))
        match s:
            case tree.MacroGuard(lock, _, None):
                yield Site("guard", function, s.span.line, lock, ((s.span, ";"),))
            case tree.ExprStmt(tree.AssignExpr("=", target, tree.Id("NULL"))) if before and _puts(before, known) == _text(
                target
            ):
                yield Site("null", function, s.span.line, _text(target), ((s.span, ";"),))
            case tree.CGoto(str(label)) if label in ways:
                yield Site("goto", function, s.span.line, label, ((s.span, ";"),))
                if label != ways[-1]:
                    following = ways[ways.index(label) + 1]
                    yield Site("rung", function, s.span.line, f"{label} for {following}", ((s.span, f"goto {following};"),))
            case tree.CReturn() if before and _puts(before, known) and body[-1] is s:
                yield Site("return", function, s.span.line, "return", ((s.span, ";"),))
        if before and kind == "put" and called and isinstance(before, tree.ExprStmt) and _call(before):
            both = ((before.span, _quote(source, s.span)), (s.span, _quote(source, before.span)))
            yield Site("order", function, s.span.line, called[0], both)


def _puts(s: tree.CStmt, known: dict[str, str]) -> str | None:
    """What a statement puts, as text."""
    called = _call(s)
    return called[1] if called and known.get(called[0]) == "put" else None


def _quote(source: SourceFile, span: Span) -> str:
    lines = list(source.lines()[span.line - 1 : span.end_line])
    lines[-1] = lines[-1][: span.end_col - 1]
    lines[0] = lines[0][span.col - 1 :]
    return " ".join(line.strip() for line in lines)
