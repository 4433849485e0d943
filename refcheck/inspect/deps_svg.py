# SPDX-License-Identifier: GPL-2.0-only
"""The graph of deps.py as one standalone SVG: a layered drawing, without graphviz.

Layers are the topological generations of the condensation (functions that rest on each other share a layer), drawn
from left to right: whoever rests on others stands left of them.  layered.py orders the nodes of a layer.
"""

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from refcheck.inspect.deps import FUNCTION, Node, describe
from refcheck.render.layered import ordered
from refcheck.render.text import clean

if TYPE_CHECKING:
    from refcheck.inspect.deps import Graph

ROW, CHAR, PAD, GAP, TOP = 22, 6.7, 8, 110, 44
_SWEEPS = 4
_STYLE = (
    "text{font:11px monospace;fill:#111}rect{stroke:#555}.function{fill:#dbe9f9}.trusted{fill:#fdf0cd}"
    "path{fill:none;stroke:#777;stroke-opacity:.45}.inlines{stroke-dasharray:3 3}"
)

NodePlaces = dict[Node, tuple[float, float]]


def as_svg(graph: "Graph") -> str:
    """The drawing; every text in it is escaped, and each node says in its title where it stands."""
    columns = layers(graph)
    place, widths, width, height = _places(columns)
    size = f'width="{width:.0f}" height="{height:.0f}"'
    out = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {width:.0f} {height:.0f}" role="img">',
        "<title>who rests on whom</title>",
        f"<style>{_STYLE}</style>",
        '<rect width="100%" height="100%" style="fill:#fff;stroke:none"/>',
        *_legend(),
    ]
    for a, b in graph.edges:
        (x1, y1), (x2, y2) = place[a], place[b]
        how, x1 = graph.edges[a, b]["how"], x1 + widths[a]
        bend = max(40.0, (x2 - x1) / 2)
        curve = f"M{x1:.1f} {y1:.1f}C{x1 + bend:.1f} {y1:.1f} {x2 - bend:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
        out.append(f'<path class="{how}" d="{curve}"/>')
    for n, (x, y) in place.items():
        box = f'<rect class="{n.kind}" x="{x:.1f}" y="{y - 8:.1f}" width="{widths[n]:.1f}" height="16" rx="3"/>'
        text = f'<text x="{x + PAD / 2:.1f}" y="{y + 4:.1f}">{_safe(n.name)}</text>'
        out.append(f"<g><title>{_safe(describe(n))}</title>{box}{text}</g>")
    return "\n".join([*out, "</svg>", ""])


def layers(graph: "Graph") -> list[list[Node]]:
    """The nodes by layer, ordered within each so that neighbours stand near each other."""
    import networkx as nx  # noqa: PLC0415  100 ms

    inner = nx.condensation(graph)
    generations = nx.topological_generations(inner)
    columns = [sorted(n for c in generation for n in inner.nodes[c]["members"]) for generation in generations]
    return ordered(columns, graph.pred, graph.succ, _SWEEPS)


def _places(columns: list[list[Node]]) -> tuple[NodePlaces, dict[Node, float], float, float]:
    """Where each node stands (left end, middle height), how wide it is, and the size of the drawing."""
    widths = {n: len(clean(n.name)) * CHAR + PAD for column in columns for n in column}
    most = max(len(column) for column in columns)
    place: NodePlaces = {}
    x = 20.0
    for column in columns:
        step = most * ROW / len(column)
        for i, n in enumerate(column):
            place[n] = (x, TOP + step * (i + 0.5))
        x += max(widths[n] for n in column) + GAP
    return place, widths, x - GAP + 20, most * ROW + TOP + 20


def _legend() -> list[str]:
    boxes = [(FUNCTION, "function with a body", 20), ("trusted", "trusted contract", 200)]
    return [
        f'<rect class="{kind}" x="{x}" y="12" width="14" height="14" rx="3"/><text x="{x + 20}" y="23">{text}</text>'
        for kind, text, x in boxes
    ]


def _safe(text: str) -> str:
    return escape(clean(text), {'"': "&quot;"})
