# SPDX-License-Identifier: GPL-2.0-only
"""The properties, and where a graph owes them: what an operation can break is said beside its class (graph/ops.py)."""

from refcheck.base.named import NamedTuple
from refcheck.graph import ops
from refcheck.graph.cfg import CFG
from refcheck.graph.footprint import owed, reads


class Property(NamedTuple):
    """A property: its name, what it means when it holds, and what it means when it is broken."""

    name: str
    success: str
    failure: str


PROPERTIES = (
    Property("leaked-ref", "every held reference is released or handed on", "a held reference is lost"),
    Property("noref-escape", "no borrow outlives its section", "a borrow is used where its section may have ended"),
    Property("release-of-borrowed", "only held references are given back", "a borrowed reference is given back"),
    Property("double-release", "no reference is given back twice", "a reference is given back twice"),
    Property("use-after-release", "nothing is touched after its release", "an object is touched after its release"),
    Property("use-after-consume", "nothing is touched after it was handed over", "an object is touched after hand-over"),
    Property("hold-of-borrowed", "plain holds are taken on counted objects only", "a plain hold is taken on a borrow"),
    Property("bad-pointer", "no NULL, ERR_PTR or unwritten value is used", "a pointer or flag without value is used"),
    Property("missing-context", "every call has the context it needs", "a call lacks the context it needs"),
    Property("unbalanced-context", "every section is closed once, by its partner", "a section is left open or closed twice"),
    Property("broken-contract", "every exit keeps an outcome of the contract", "an exit that no outcome allows"),
    Property("sanity", "every outcome, branch and exit is reached", "something that nothing reaches"),
)  # fmt: skip
NAMES = tuple(p.name for p in PROPERTIES)
BY_NAME = {p.name: p for p in PROPERTIES}


def obligations(cfg: CFG) -> dict[str, list[int]]:
    """For each property the numbers of the edges that can break it; code behind `unreachable()` owes nothing."""
    found: dict[str, list[int]] = {name: [] for name in NAMES}
    reached, todo = {cfg.start}, [cfg.start]
    out = cfg.out_edges()
    while todo:
        for edge in out[todo.pop()]:
            if edge.dst not in reached and not any(isinstance(op, ops.Unreachable) for op in edge.ops):
                reached.add(edge.dst)
                todo.append(edge.dst)
    for edge in cfg.edges:
        if edge.src not in reached:
            continue
        names: set[str] = {*(("bad-pointer",) if reads(edge.guard) else ()), *owed(edge.guard)}
        for op in edge.ops:
            names.update(owed(op))
        if edge.kind == "entry":
            names &= {"missing-context"}
        for name in names:
            found[name].append(edge.number)
    return found
