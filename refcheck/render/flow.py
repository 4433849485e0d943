# SPDX-License-Identifier: GPL-2.0-only
"""A control-flow graph as SVG, top to bottom: a box for each edge of the graph, a dot where paths part or join.

The boxes say what happens and in which line; those on a path are marked by class, and every box names its edge in
`data-edge`, so that a page can follow a trace.
"""

from xml.sax.saxutils import escape

from refcheck.render.layered import draw
from refcheck.render.text import clean
from refcheck.result.record import Arc, Graph

STEP, HIGH, CHAR, PAD, EDGE, MOST = 34, 20, 6.3, 14, 12, 38
STYLE = (
    "text{font:10.5px monospace;fill:#111}rect{fill:#fff;stroke:#667}path{fill:none;stroke:#889}"
    ".back{stroke-dasharray:4 3}circle{fill:#667}.exit rect{fill:#eef}.entry rect{fill:#efe}"
    ".on rect{fill:#fdd;stroke:#b00;stroke-width:2}path.on{stroke:#b00;stroke-width:2}"
)


def flow_svg(graph: Graph, name: str, path: tuple[int, ...] = (), style: bool = True) -> str:
    """The drawing as one element; `path` has the numbers of the edges to mark, `style` makes it stand alone."""
    arcs = {a.number: a for a in graph.edges}
    dots, pairs, start = _parts(graph)
    base = max(arcs, default=0) + 1
    widths = {n: _width(a) for n, a in arcs.items()} | {base + location: 12.0 for location in dots}
    ends = [(base + a if kind == "dot" else a, base + b if to == "dot" else b) for (kind, a), (to, b) in pairs]
    d = draw(widths, ends, base + start)
    width, height = d.width + 2 * EDGE + 24, d.layers * STEP + 2 * EDGE
    walked = set(path)
    out = [
        (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="control flow of {_safe(name)}">'),
        f"<title>control flow of {_safe(name)}</title>",
        *([f"<style>{STYLE}</style>", '<rect width="100%" height="100%" style="stroke:none"/>'] if style else []),
    ]
    steps = _joints(path, arcs, base, dots)
    for (a, b), points in d.routes.items():
        out.append(_curve([(x + EDGE, layer) for x, layer in points], (a, b) in steps))
    for a, b in d.back:
        out.append(_loop(d.x[a] + EDGE, d.layer[a], d.x[b] + EDGE, d.layer[b], width - 6, (a, b) in steps))
    for n, w in widths.items():
        x, y = d.x[n] + EDGE, d.layer[n] * STEP + EDGE + HIGH / 2
        if n >= base:
            out.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4"><title>location {n - base}</title></circle>')
        else:
            out.append(_box(arcs[n], x, y, w, n in walked))
    return "\n".join([*out, "</svg>"])


def _parts(graph: Graph) -> tuple[list[int], list[tuple[tuple[str, int], tuple[str, int]]], int]:
    """The locations that are drawn as dots, the lines between dots and boxes, and the start."""
    into = [0] * graph.locations
    out: list[list[int]] = [[] for _ in range(graph.locations)]
    for a in graph.edges:
        into[a.target] += 1
        out[a.source].append(a.number)
    dots = [n for n in range(graph.locations)
            if n in (graph.start, graph.exit) or ((into[n] or out[n]) and (into[n] > 1 or len(out[n]) > 1))]  # fmt: skip
    shown = set(dots)
    pairs: list[tuple[tuple[str, int], tuple[str, int]]] = []
    for a in graph.edges:
        if a.source in shown:
            pairs.append((("dot", a.source), ("box", a.number)))
        if a.target in shown:
            pairs.append((("box", a.number), ("dot", a.target)))
        else:
            pairs += [(("box", a.number), ("box", n)) for n in out[a.target]]
    return dots, pairs, graph.start


def _joints(path: tuple[int, ...], arcs: dict[int, Arc], base: int, dots: list[int]) -> set[tuple[int, int]]:
    """The lines that a path runs along."""
    found: set[tuple[int, int]] = set()
    shown = set(dots)
    for i, n in enumerate(path):
        if arcs[n].source in shown:
            found.add((base + arcs[n].source, n))
        elif i:
            found.add((path[i - 1], n))
        if arcs[n].target in shown:
            found.add((n, base + arcs[n].target))
    return found


def _label(a: Arc) -> str:
    text = f"{a.line}: {clean(a.text)}" if a.line else clean(a.text)
    return text if len(text) <= MOST else f"{text[: MOST - 1]}…"


def _width(a: Arc) -> float:
    return len(_label(a)) * CHAR + PAD


def _box(a: Arc, x: float, y: float, w: float, on: bool) -> str:
    kernel = f", kernel line {a.kernel_line}" if a.kernel_line else ""
    whole = f"{a.kind}, line {a.line}{kernel}: {a.text}"
    rect = f'<rect x="{x - w / 2:.1f}" y="{y - HIGH / 2:.1f}" width="{w:.1f}" height="{HIGH}" rx="4"/>'
    text = f'<text x="{x - w / 2 + PAD / 2:.1f}" y="{y + 3.5:.1f}">{_safe(_label(a))}</text>'
    kind = _safe(a.kind) + (" on" if on else "")
    return f'<g class="{kind}" data-edge="{a.number}"><title>{_safe(whole)}</title>{rect}{text}</g>'


def _curve(points: list[tuple[float, int]], on: bool) -> str:
    """A smooth line from the bottom of the first layer to the top of the last."""
    (x, layer), *rest = points
    y = layer * STEP + EDGE + HIGH / 2 + 4
    parts = [f"M{x:.1f} {y:.1f}"]
    for i, (x2, layer2) in enumerate(rest):
        y2 = layer2 * STEP + EDGE + HIGH / 2 - (HIGH / 2 if i == len(rest) - 1 else 0)
        parts.append(f"C{x:.1f} {(y + y2) / 2:.1f} {x2:.1f} {(y + y2) / 2:.1f} {x2:.1f} {y2:.1f}")
        x, y = x2, y2
    marked = ' class="on"' if on else ""
    return f'<path{marked} d="{"".join(parts)}"/>'


def _loop(x: float, layer: int, x2: float, layer2: int, right: float, on: bool) -> str:
    """A line back up, around the right side."""
    y, y2 = layer * STEP + EDGE + HIGH, layer2 * STEP + EDGE
    bend = f"M{x:.1f} {y:.1f}C{right:.1f} {y + 10:.1f} {right:.1f} {y2 - 10:.1f} {x2:.1f} {y2:.1f}"
    return f'<path class="back{" on" if on else ""}" d="{bend}"/>'


def _safe(text: str) -> str:
    return escape(clean(text), {'"': "&quot;"})
