# SPDX-License-Identifier: GPL-2.0-only
"""Every graph that lowering makes is well formed, and one that was damaged is not."""

from collections.abc import Callable
from pathlib import Path

import pytest
from command import GENEVE, ROOT, run
from generated import graphs
from generator import program

from refcheck.base.files import model_files
from refcheck.graph import ops, wellformed
from refcheck.graph.cfg import CFG, EntryLevel, Fact
from refcheck.graph.wellformed import Flaw, flaws
from refcheck.run.tasks import prepare

FILES = model_files([ROOT / "models", ROOT / "corpus", ROOT / "tests" / "litmus"])
SLOTS = """context lock;
fact locked = lock;
resource item;
resource box { slot inner: item; }
void take_lock() contract { ok: enter lock; };
void leave_lock() contract { ok: leave lock; };
box get() contract { ok: return hold; fail: return NULL; };
void put(box b) contract { ok: consume b; };
item make() contract { ok: return hold; };

int f(bool again)
{
	box b = get();
	item i;
	int n = 3;

	if (!b)
		return -ENOMEM;
	i = make();
	take_lock();
	while (again)
		again = nondet("once more");
	leave_lock();
	put(b);
	return n;
}
"""


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_what_is_lowered_is_well_formed(path: Path):
    for task in prepare(path, None, ())[0]:
        assert flaws(task.cfg) == []


def test_what_is_generated_is_too():
    for seed in range(200):
        for cfg in graphs(program(seed)):
            assert flaws(cfg) == [], seed


# -- a graph that was damaged
@pytest.fixture(scope="module")
def cfg(tmp_path_factory: pytest.TempPathFactory) -> CFG:
    path = tmp_path_factory.mktemp("graph") / "f.rc"
    path.write_text(SLOTS, encoding="utf-8")
    found = prepare(path, None, ("f",))[0][0].cfg
    assert flaws(found) == []
    return found


def edge(cfg: CFG, kind: type) -> int:
    """The first edge with such an operation."""
    return next(e.number for e in cfg.edges if any(isinstance(op, kind) for op in e.ops))


def with_edge(cfg: CFG, number: int, **changes: object) -> CFG:
    edges = list(cfg.edges)
    edges[number] = edges[number]._replace(**changes)
    return cfg._replace(edges=tuple(edges))


def adding(cfg: CFG, *found: ops.Op) -> CFG:
    return with_edge(cfg, 1, ops=(*cfg.edges[1].ops, *found))


def named(cfg: CFG, kind: str, resource: str = "") -> int:
    """A cell of the kind."""
    kinds = [r.name for r in cfg.resources]
    return next(i for i, c in enumerate(cfg.cells) if c.kind == kind and (not resource or kinds[c.resource] == resource))


def in_tables(cfg: CFG, field: str, number: int, **changes: object) -> CFG:
    rows = list(getattr(cfg, field))
    rows[number] = rows[number]._replace(**changes)
    return cfg._replace(**{field: tuple(rows)})


FAR = 99
DIVISION = ops.Calculated("/", ops.Constant(1), ops.Constant(2))
DAMAGE: list[tuple[str, Callable[[CFG], CFG]]] = [
    ("no-such-location", lambda g: with_edge(g, 2, dst=FAR)),
    ("no-such-location", lambda g: with_edge(g, 2, src=-1)),
    ("no-such-location", lambda g: g._replace(exit=g.locations)),
    ("misnumbered-edge", lambda g: g._replace(edges=(g.edges[1], g.edges[0], *g.edges[2:]))),
    ("misnumbered-edge", lambda g: g._replace(edges=g.edges[1:])),
    ("unreached-location", lambda g: g._replace(locations=g.locations + 1)),
    ("dead-end", lambda g: g._replace(locations=g.locations + 1)),
    ("beyond-exit", lambda g: with_edge(g, edge(g, ops.Enter), src=g.exit)),
    ("strange-exit", lambda g: with_edge(g, edge(g, ops.Exit), ops=())),
    ("strange-exit", lambda g: with_edge(g, edge(g, ops.Exit), dst=g.start)),
    ("strange-exit", lambda g: adding(g, ops.When(ops.TRUE, (ops.Exit(-1),)))),
    ("undeclared-cell", lambda g: with_edge(g, 2, guard=ops.Truth(FAR))),
    ("undeclared-cell", lambda g: with_edge(g, 2, guard=ops.Not(ops.And((ops.TRUE, ops.Truth(-2)))))),
    ("undeclared-cell", lambda g: adding(g, ops.When(ops.TRUE, (ops.Set(FAR, 0),)))),
    ("undeclared-cell", lambda g: adding(g, ops.Kill(FAR))),
    ("undeclared-cell", lambda g: g._replace(cells=g.cells[:1])),
    ("undeclared-cell", lambda g: g._replace(came=g.came._replace(names=(FAR,)))),
    ("undeclared-cell", lambda g: g._replace(levels=(EntryLevel(0, FAR), *g.levels[1:]))),
    ("no-such-context", lambda g: adding(g, ops.Enter(FAR))),
    ("no-such-context", lambda g: adding(g, ops.NeedNone("f", False, (0, FAR)))),
    ("no-such-context", lambda g: g._replace(levels=())),
    ("no-such-context", lambda g: g._replace(facts=(*g.facts, Fact("x", (FAR,), False)))),
    ("no-such-fact", lambda g: adding(g, ops.Need((FAR,), "f"))),
    ("no-such-fact", lambda g: in_tables(g, "resources", 0, facts=(FAR,))),
    ("no-such-fact", lambda g: in_tables(g, "resources", 0, freed_after=FAR)),
    ("no-such-resource", lambda g: in_tables(g, "cells", named(g, "ptr"), resource=FAR)),
    ("no-such-resource", lambda g: in_tables(g, "resources", 0, owners=(FAR,))),
    ("strange-cell", lambda g: in_tables(g, "cells", 0, kind="text")),
    ("strange-cell", lambda g: in_tables(g, "cells", 0, role="guest")),
    ("no-such-property", lambda g: adding(g, ops.Require(ops.TRUE, "f", "x", "good-luck"))),
    ("unordered-points", lambda g: g._replace(points=(3, 1))),
    ("strange-comparison", lambda g: with_edge(g, 2, guard=ops.Cmp(named(g, "int"), "<>", 0))),
    ("strange-comparison", lambda g: adding(g, ops.Suppose(ops.Constant(1), "<>", ops.Constant(2)))),
    ("strange-calculation", lambda g: adding(g, ops.Suppose(DIVISION, "==", ops.Constant(0)))),
    ("wrong-kind", lambda g: adding(g, ops.Suppose(ops.ValueOf(named(g, "ptr")), "==", ops.Constant(0)))),
    ("strange-value", lambda g: adding(g, ops.Set(named(g, "int"), 1 << 30))),
    ("strange-value", lambda g: adding(g, ops.Havoc(named(g, "int"), ()))),
    ("strange-value", lambda g: adding(g, ops.Havoc(named(g, "int"), (1, 1)))),
    ("strange-mode", lambda g: with_edge(g, 2, guard=ops.SlotIs(named(g, "ptr", "box"), 0, (7,)))),
    ("strange-object", lambda g: adding(g, ops.New(named(g, "ptr"), "owner"))),
    ("no-such-slot", lambda g: adding(g, ops.ClearSlot(named(g, "ptr", "box"), 1))),
    ("no-such-slot", lambda g: adding(g, ops.UseSlots(named(g, "ptr", "item"), (0,)))),
    ("wrong-kind", lambda g: adding(g, ops.Release(named(g, "int")))),
    ("wrong-kind", lambda g: adding(g, ops.Copy(named(g, "int"), named(g, "ptr")))),
    ("wrong-kind", lambda g: adding(g, ops.Snapshot(named(g, "ptr"), 0))),
    ("wrong-kind", lambda g: with_edge(g, 2, guard=ops.CmpCells(named(g, "int"), "<", named(g, "ptr")))),
    ("wrong-resource", lambda g: adding(g, ops.Merge(named(g, "ptr", "box"), named(g, "ptr", "item")))),
    ("wrong-resource", lambda g: adding(g, ops.ReadSlot(named(g, "ptr", "box"), named(g, "ptr", "box"), 0))),
    ("wrong-resource", lambda g: adding(g, ops.PutSlot(named(g, "ptr", "box"), 0, True, named(g, "ptr", "box")))),
    ("wrong-resource", lambda g: adding(g, ops.New(named(g, "ptr", "box"), "owner", (), named(g, "ptr", "item")))),
]  # fmt: skip


@pytest.mark.parametrize(("name", "damage"), DAMAGE, ids=[f"{i}-{name}" for i, (name, _) in enumerate(DAMAGE)])
def test_damage_has_a_name(cfg: CFG, name: str, damage: Callable[[CFG], CFG]):
    assert name in {flaw.name for flaw in flaws(damage(cfg))}


def test_every_name_is_met():
    source = Path(wellformed.__file__).read_text(encoding="utf-8")
    names = {word for word in source.split('"') if "-" in word and word.replace("-", "").isalpha() and word.islower()}
    assert names == {name for name, _ in DAMAGE}


# -- the command
def test_debug_says_that_a_graph_is_bad(monkeypatch: pytest.MonkeyPatch):
    args = ("verify", "-q", "--no-store", "-j", "1", "--debug", GENEVE)
    assert run(*args) == run(*(a for a in args if a != "--debug"))
    monkeypatch.setattr("refcheck.run.function.flaws", lambda _: [Flaw("dead-end", "no edge leaves location 3")])
    bad = run(*args)
    assert bad.status == 70
    assert "is not well formed: dead-end: no edge leaves location 3" in bad.err
    assert run(*(a for a in args if a != "--debug")).status == 0


def test_debug_looks_also_where_the_store_has_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    args = ("verify", "-q", "--store", tmp_path / "store", "-j", "1", GENEVE)
    assert run(*args).status == 0
    monkeypatch.setattr("refcheck.run.function.flaws", lambda _: [Flaw("dead-end", "no edge leaves location 3")])
    assert run(*args).status == 0
    assert run(*args, "--debug").status == 70
