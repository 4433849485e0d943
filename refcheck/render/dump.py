# SPDX-License-Identifier: GPL-2.0-only
"""Trees and graphs as text: what `refcheck show` prints."""

from refcheck.base.source import Span
from refcheck.graph.cfg import CFG


def tree_text(node: object, depth: int = 0) -> str:
    """A syntax tree, one node per line, without spans."""
    pad = "  " * depth
    if not hasattr(node, "_fields"):
        if isinstance(node, tuple):
            return "\n".join(tree_text(n, depth) for n in node)
        return f"{pad}{node!r}"
    simple, nested = [], []
    for name, value in zip(node._fields, node, strict=True):  # type: ignore[call-overload]
        if isinstance(value, Span) or value in ((), None):
            continue
        if isinstance(value, tuple):
            nested.append((name, value))
        else:
            simple.append(f"{name}={value!r}")
    lines = [f"{pad}{type(node).__name__} {' '.join(simple)}".rstrip()]
    for name, value in nested:
        lines += [f"{pad}  {name}:", tree_text(value, depth + 2)]
    return "\n".join(lines)


def cfg_text(cfg: CFG) -> str:
    """A graph as text: cells first, then the edges."""
    head = f"function {cfg.function}" + (f" in {cfg.entry}" if cfg.entry else "")
    lines = [head, *(f"  cell {i}: {c.name} {c.kind} {c.role}" for i, c in enumerate(cfg.cells))]
    for e in cfg.edges:
        lines.append(f"  {e.src} -> {e.dst}  {e.kind} `{e.text}`  line {e.span.line}")
        if getattr(e.guard, "args", (1,)) != ():
            lines.append(f"      when {e.guard}")
        lines += [f"      {op}" for op in e.ops]
    return "\n".join(lines)


def cfg_dot(cfg: CFG) -> str:
    """A graph for graphviz, made from its networkx view."""
    lines = [f'digraph "{cfg.function}" {{', "  node [shape=circle];"]
    for src, dst, data in cfg.graph().edges(data=True):
        text = str(data["edge"].text).replace("\\", "\\\\").replace('"', '\\"')
        lines.append(f'  {src} -> {dst} [label="{text}"];')
    return "\n".join([*lines, "}"])
