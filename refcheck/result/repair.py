# SPDX-License-Identifier: GPL-2.0-only
"""A finding's repair as a change of the model's text, where one is concrete; none is better than a guess.

Two kinds are proposed, both at the line where the path breaks:

- a release of a borrow is put behind the flag that tells a hold from a borrow: `if (!noref)`
- a return that leaks gets the release in front of it, behind that flag where some paths only borrowed

The flag is one that every outcome of the acquiring call sets, that nothing else writes, and whose value differs exactly
where the outcome lends instead of gives.  Which paths hold at the line is read off the certificate, so that a change
for one path breaks no other.  Tests apply the changes and verify that the findings are gone.
"""

import re
from collections.abc import Iterator, Mapping

from refcheck.base.named import NamedTuple
from refcheck.base.source import SourceFile
from refcheck.graph import ops
from refcheck.graph.cfg import CFG, UNINIT, Edge
from refcheck.meaning.state import State
from refcheck.result.describe import cell_name
from refcheck.result.record import Edit
from refcheck.verdict.verdict import Certificate, Trace

_COMMENT = re.compile(r"/\*.*?\*/|//.*$|@\d+")


class _FlagTest(NamedTuple):
    name: str
    held: bool

    def __str__(self) -> str:
        return self.name if self.held else f"!{self.name}"


def repair(
    cfg: CFG, trace: Trace, certificate: Certificate | None, sources: Mapping[str, SourceFile], name: str
) -> tuple[Edit, ...]:
    """The edits that mend a trace's violation of `name`, in the order of lines; empty where none is concrete."""
    v, edge = trace.violation, trace.steps[-1].edge
    source = sources.get(edge.span.path)
    cell = _cell(cfg, name)
    if source is None or certificate is None or cell < 0 or edge.stack[1:]:
        return ()
    lines, at = source.lines(), edge.span.line
    flag = _flag(cfg, trace, cell)
    held = _held(cfg, cell, certificate.states[edge.src])
    if (v.property, v.reason) == ("release-of-borrowed", "given-back"):
        statement = lines[at - 1].strip().startswith(f"{edge.callee}(")
        return _guarded(lines, at, f"if ({flag})") if flag and statement and True in held else ()
    if (v.property, v.reason) != ("leaked-ref", "at-exit") or not lines[at - 1].strip().startswith("return"):
        return ()
    release = _release(cfg, cell, name, lines)
    if not release or (False in held and (flag is None or not _always_acquired(cfg, trace, cell, edge.src))):
        return ()
    return _in_front(lines, at, [f"if ({flag})", f"\t{release};"] if False in held else [f"{release};"])


def guard(cfg: CFG, trace: Trace, name: str) -> str:
    """The condition under which the variable is held, `!noref` say; empty where no flag tells."""
    cell = _cell(cfg, name)
    flag = _flag(cfg, trace, cell) if cell >= 0 else None
    return str(flag) if flag else ""


def _cell(cfg: CFG, name: str) -> int:
    return next((i for i, c in enumerate(cfg.cells) if c.kind == "ptr" and cell_name(cfg, i) == name), -1)


def _held(cfg: CFG, cell: int, states: tuple[State, ...]) -> set[bool]:
    """Whether the object behind the variable is held, over all states that can be at the place."""
    found = set()
    for state in states:
        value, pool = state.cells[cell], state.pools[cfg.cells[cell].resource]
        obj = pool[value - 1] if 0 < value < UNINIT and value <= len(pool) else None
        found.add(obj is not None and obj.refs > 0)
    return found


def _acquisitions(cfg: CFG, trace: Trace, cell: int) -> list[Edge]:
    """The outcomes of the call that gave the trace its object; the last one counts."""
    calls = [s.edge for s in trace.steps if any(isinstance(op, ops.New) and op.cell == cell for op in ops.flat(s.edge.ops))]
    if not calls or not calls[-1].callee:
        return []
    return [e for e in cfg.edges if (e.src, e.callee) == (calls[-1].src, calls[-1].callee)]


def _flag(cfg: CFG, trace: Trace, cell: int) -> _FlagTest | None:
    """A flag of the function that tells a hold from a borrow of the variable."""
    outcomes = _acquisitions(cfg, trace, cell)
    ways = {e.number: op.how for e in outcomes for op in ops.flat(e.ops) if isinstance(op, ops.New) and op.cell == cell}
    for i, c in enumerate(cfg.cells):
        if c.kind != "bool" or c.role not in ("local", "param") or cell_name(cfg, i) != c.name:
            continue
        numbers = {e.number for e in outcomes}
        if any(e.number not in numbers and any(_writes(op, i) for op in ops.flat(e.ops)) for e in cfg.edges):
            continue
        told = {(ways[e.number] == "hold", op.value) for e in outcomes if e.number in ways
                for op in ops.flat(e.ops) if isinstance(op, ops.Set) and op.cell == i}  # fmt: skip
        if len(told) == len({h for h, _ in told}) == len({v for _, v in told}) == 2:
            return _FlagTest(c.name, bool(dict(told)[True]))
    return None


def _writes(op: object, cell: int) -> bool:
    return isinstance(op, ops.Set | ops.Copy | ops.Havoc) and op.cell == cell and not isinstance(op, ops.Kill)


def _always_acquired(cfg: CFG, trace: Trace, cell: int, place: int) -> bool:
    """No path comes to the place around the call that acquires the object."""
    call = {e.src for e in _acquisitions(cfg, trace, cell)}
    out = cfg.out_edges()
    seen, todo = {cfg.start}, [cfg.start]
    while todo:
        here = todo.pop()
        if here == place:
            return False
        for e in out[here]:
            if here not in call and e.dst not in seen:
                seen.add(e.dst)
                todo.append(e.dst)
    return bool(call)


def _release(cfg: CFG, cell: int, name: str, lines: list[str]) -> str:
    """How the function releases this variable elsewhere, or another of its kind, as the model writes it."""
    texts: dict[str, str] = {}
    for e in cfg.edges:
        if not e.callee or e.stack[1:] or e.span.line != e.span.end_line or not 0 < e.span.line <= len(lines):
            continue
        for op in e.ops:
            if isinstance(op, ops.Release) and cfg.cells[op.cell].resource == cfg.cells[cell].resource:
                texts.setdefault(cell_name(cfg, op.cell), lines[e.span.line - 1][e.span.col - 1 : e.span.end_col - 1])
    if name in texts:
        return texts[name]
    return next((re.sub(rf"\b{re.escape(other)}\b", name, t) for other, t in texts.items() if other in t), "")


def _code(line: str) -> str:
    return _COMMENT.sub("", line).strip()


def _neighbour(lines: list[str], numbers: Iterator[int]) -> int:
    """The number of the nearest line with code, 0 if there is none."""
    return next((n for n in numbers if _code(lines[n - 1])), 0)


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _is_branch(lines: list[str], at: int) -> bool:
    """The statement at the line is the whole branch of an `if` without braces."""
    above = _neighbour(lines, iter(range(at - 1, 0, -1)))
    text = _code(lines[above - 1]) if above else ""
    return bool(text) and not text.endswith(("{", ";", "}", ":"))


def _guarded(lines: list[str], at: int, guard: str) -> tuple[Edit, ...]:
    """The statement at the line put behind a condition."""
    line, below = lines[at - 1], _neighbour(lines, iter(range(at + 1, len(lines) + 1)))
    if below and _code(lines[below - 1]).startswith("else"):
        return ()
    return (Edit(at, (line,), (f"{_indent(line)}{guard}", f"\t{line}")),)


def _in_front(lines: list[str], at: int, added: list[str]) -> tuple[Edit, ...]:
    """Statements put in front of the line, with braces where it was a branch of its own."""
    line = lines[at - 1]
    new = tuple(f"{_indent(line)}{text}" for text in added)
    if not _is_branch(lines, at):
        return (Edit(at, (line,), (*new, line)),)
    above = _neighbour(lines, iter(range(at - 1, 0, -1)))
    head, below = lines[above - 1], _neighbour(lines, iter(range(at + 1, len(lines) + 1)))
    if below and _code(lines[below - 1]).startswith("else"):
        return ()
    code = re.match(r".*?(?=\s*(?:/\*|//|@\d|$))", head)
    opened = f"{code[0]} {{{head[len(code[0]):]}" if code else head
    return Edit(above, (head,), (opened,)), Edit(at, (line,), (*new, line, f"{_indent(head)}}}"))
