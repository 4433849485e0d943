# SPDX-License-Identifier: GPL-2.0-only
"""Who rests on whom: functions with bodies, the contracts they apply, and where those are proved.

In: for each model what `read_unit` takes from its declarations and graphs.  Out: a networkx graph whose nodes are
`Node`s and whose edges run from a function to what it rests on, and that graph as text, DOT or SVG (svg.py).

A contract is the text at one place: it is proved where a body that uses this very text stands.  A body of the same
name that was read with another contract proves nothing about it.
"""

import os
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from refcheck.base.named import NamedTuple
from refcheck.graph.cfg import CFG
from refcheck.render.text import WIDTH, clean
from refcheck.unit.declare import Declarations

if TYPE_CHECKING:
    import networkx as nx

    Graph = nx.DiGraph["Node"]

FUNCTION, TRUSTED = "function", "trusted"


class Node(NamedTuple):
    """A function with a body, in a model, or a trusted contract, in a spec, with the source that it cites."""

    kind: str
    name: str
    file: str
    source: str = ""


class Applied(NamedTuple):
    """A contract that a function applies: its name, the file that it stands in, and its source."""

    name: str
    file: str
    source: str


class Implementation(NamedTuple):
    """A function of a model: the contract that it is proved to keep, if any, what it applies, what it inlines."""

    name: str
    keeps: str
    applies: tuple[Applied, ...]
    inlines: tuple[tuple[str, str], ...]


class UnitDeps(NamedTuple):
    """The functions of one model, and the contracts that it could apply, as (file, name)."""

    file: str
    functions: tuple[Implementation, ...]
    offered: frozenset[tuple[str, str]]


def read_unit(file: str, decl: Declarations, cfgs: list[CFG]) -> UnitDeps:
    """What a model rests on: the graphs say which contracts are applied, the declarations where they stand."""

    def applied(name: str) -> Applied:
        contract = decl.contracts[name]
        return Applied(name, _file(contract.span.path), ", ".join(contract.sig.sources) or "no source cited")

    bodies = []
    for name in dict.fromkeys(cfg.function for cfg in cfgs):
        edges = [e for cfg in cfgs if cfg.function == name for e in cfg.edges]
        inlined = sorted({s for e in edges for s in e.stack[1:] if s in decl.functions})
        calls = tuple(applied(c) for c in sorted({e.callee for e in edges if e.callee}))
        keeps = _file(decl.contracts[name].span.path) if name in decl.contracts else ""
        places = tuple((s, _file(decl.functions[s].span.path)) for s in inlined)
        bodies.append(Implementation(name, keeps, calls, places))
    offered = frozenset((_file(c.span.path), n) for n, c in decl.contracts.items() if n not in decl.functions)
    return UnitDeps(_file(file), tuple(bodies), offered)


def _file(path: str) -> str:
    """One spelling for each file."""
    return path if path.startswith("<refcheck>") else os.path.relpath(path)


def build(units: list[UnitDeps]) -> "Graph":
    """The graph over all models; its attribute `unused` counts the trusted contracts that nothing applies."""
    import networkx as nx  # noqa: PLC0415  100 ms

    graph: Graph = nx.DiGraph()
    proved = {(b.keeps, b.name): Node(FUNCTION, b.name, u.file) for u in units for b in u.functions if b.keeps}
    used: set[tuple[str, str]] = set()
    graph.add_nodes_from(Node(FUNCTION, b.name, u.file) for u in units for b in u.functions)
    for u in units:
        for b in u.functions:
            here = Node(FUNCTION, b.name, u.file)
            for a in b.applies:
                used.add((a.file, a.name))
                graph.add_edge(here, proved.get((a.file, a.name)) or Node(TRUSTED, a.name, a.file, a.source), how="applies")
            for name, file in b.inlines:
                graph.add_edge(here, Node(FUNCTION, name, file), how="inlines")
    graph.graph["unused"] = len(frozenset[tuple[str, str]]().union(*(u.offered for u in units)) - used - proved.keys())
    return graph


# ---------------------------------------------------------------------------------------------- text


def as_text(graph: "Graph") -> str:
    """Per function what it applies; then the trusted contracts with the number of functions that rest on each."""
    functions = [n for n in graph if n.kind == FUNCTION]
    bodies = {n.name for n in functions}
    lines: list[str] = []
    for file in dict.fromkeys(n.file for n in functions):
        lines += [clean(file)]
        for f in (n for n in functions if n.file == file):
            rests = sorted(graph[f])
            lines += _wrap(f"  {f.name}", "" if rests else "applies nothing")
            for n in rests:
                how = "inlined from" if graph.edges[f, n]["how"] == "inlines" else "proved in"
                other = "; a body of that name keeps another contract" if n.name in bodies else ""
                where = f"{how} {n.file}" if n.kind == FUNCTION else f"trusted ({n.source}){other}"
                lines += _wrap(f"    {n.name}", where)
        lines += [""]
    return "\n".join([*lines, *_trusted_lines(graph), ""])


def _trusted_lines(graph: "Graph") -> Iterator[str]:
    import networkx as nx  # noqa: PLC0415  100 ms

    trusted = [n for n in graph if n.kind == TRUSTED]
    rows = sorted((-len(nx.ancestors(graph, n)), n) for n in trusted)
    functions = graph.number_of_nodes() - len(trusted)
    yield f"trusted contracts: {len(trusted)}, for {functions} functions with bodies"
    if rows:
        yield "  rest on it  apply it  contract"
    for count, n in rows:
        yield from _wrap(f"  {-count:>10}  {graph.in_degree(n):>8}  {n.name}", f"({n.source}), {n.file}", 28)
    if graph.graph["unused"]:
        yield f"  {0:>10}  {0:>8}  {graph.graph['unused']} more in the specs that are used"


def _wrap(head: str, text: str, hang: int = 8) -> list[str]:
    return textwrap.wrap(clean(f"{head}  {text}".rstrip()), WIDTH, subsequent_indent=" " * hang, break_on_hyphens=False)


# ---------------------------------------------------------------------------------------------- DOT


def as_dot(graph: "Graph") -> str:
    """The graph for graphviz: functions as boxes, trusted contracts as ellipses."""
    ids = {n: f"n{i}" for i, n in enumerate(graph)}
    lines = ["digraph deps {", "  rankdir=LR;"]
    for n, i in ids.items():
        shape = "box" if n.kind == FUNCTION else "ellipse, style=dashed"
        lines.append(f"  {i} [shape={shape}, label={_quoted(n.name)}, tooltip={_quoted(describe(n))}];")
    for a, b in graph.edges:
        lines.append(f"  {ids[a]} -> {ids[b]}" + (" [style=dotted];" if graph.edges[a, b]["how"] == "inlines" else ";"))
    return "\n".join([*lines, "}", ""])


def describe(n: Node) -> str:
    """A node in one line: its name, and where its body or its source is."""
    return f"{n.name}: body in {n.file}" if n.kind == FUNCTION else f"{n.name}: trusted ({n.source}), {n.file}"


def _quoted(text: str) -> str:
    escaped = clean(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
