# SPDX-License-Identifier: GPL-2.0-only
"""A slip in the prover's short cuts ends in status 70, never in a wrong verdict: the checker does not look through them.

Each slip is a change of one line of lens/, as it could be made any day.  It is put in, and the litmus models are verified
as ever: every run that says something says what it says without the slip, and some run finds the slip out.
"""

import inspect
import textwrap
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest
from command import ROOT, run
from memory import forget

from refcheck.lens import heaps, local, rename, shape
from refcheck.lower.task import Task
from refcheck.prove.prove import Limits, verify
from refcheck.run.tasks import prepare

MODELS = sorted((ROOT / "tests" / "litmus").glob("*.rc"))


class Slip(NamedTuple):
    """What goes wrong, the function that has the line (`Class.method`), the line, and what it becomes."""

    what: str
    module: ModuleType
    name: str
    right: str
    wrong: str


SLIPS = (
    # local.py: what is cut out, and how it is put back
    Slip("a changed heap is put back only where cells changed too", local, "LocalLens._move",
        "local.pools != cut.local.pools:", "local.pools != cut.local.pools and local.cells != cut.local.cells:"),
    Slip("a changed level is not put back", local, "LocalLens._move", "local.contexts != cut.local.contexts:", "False:"),
    Slip("pointers are put back with the numbers of the cut", local, "LocalLens._move",
        "value = names[kinds[i]][value - 1]", "pass"),
    Slip("what breaks is lost where the path goes on", local, "LocalLens._move",
        "return tuple(changes), broken", "return tuple(changes), ()"),
    Slip("objects are not part of what successors depend on", local, "LocalLens._read",
        "places.append(width + len(self.cfg.contexts))", "pass"),
    Slip("variables elsewhere name nothing", local, "LocalLens._cut",
        "if n in [row[c] for c in self.others[r]]:", "if False:"),
    Slip("behind an exit nothing changes", local, "LocalLens._move", "return self.steps.blank, broken", "return (), broken"),
    Slip("guards make no difference between edges", local, "LocalSteps.lens",
        "asked = names.guard,", "asked = (),"),
    # shape.py: edges that do the same
    Slip("one shape for all guards", shape, "shape_of", "table = shapes_of_this_process()",
        "table = shapes_of_this_process(); asked = ((), *asked[1:])"),
    Slip("states with the same cells have the same successors", shape, "SharedShape.step",
        "asked = (kinds, state)", "asked = (kinds, state.cells)"),
    Slip("a value gets the number of another one", shape, "numbered", "table.get((what, value))", "table.get((what, ()))"),
    # heaps.py: heaps in parts
    Slip("a part that has become another one is not put back", heaps, "Heaps.put_back",
        "if local[r] == part.pools[r]:", "if len(local[r]) == len(part.pools[r]):"),
    Slip("links are followed in one direction only", heaps, "Heaps._grouped", "linked[other].add((r, n))", "pass"),
    Slip("the free numbers of new objects are those of others", heaps, "_with_gaps", "max(len(pool), n) + 1", "len(pool)"),
    Slip("slots keep their old numbers", heaps, "renumbered",
        "target=index[slot.target][content.target]", "target=content.target"),
    # rename.py: cells and contexts by numbers
    Slip("all cells get one number", rename, "Renamer._leaf",
        "values[i + 1] = cells.setdefault(old, len(cells))", "values[i + 1] = cells.setdefault(old, 0)"),
    Slip("only the last operation under a condition is kept", rename, "op_of", "for k in key[2:]", "for k in key[-1:]"),
    Slip("the condition of an operation is always true", rename, "op_of", "ops.When(cond_of(key[1])", "ops.When(ops.TRUE"),
    Slip("what a promise hands over is forgotten", rename, "Renamer.promise", "self._all(p.ops)", "()"),
)  # fmt: skip


def put(slip: Slip, patch: pytest.MonkeyPatch) -> None:
    """Compile the function anew with the line changed, and let everybody who has it use that."""
    owner, _, name = slip.name.rpartition(".")
    holder = getattr(slip.module, owner) if owner else slip.module
    text = textwrap.dedent(inspect.getsource(getattr(holder, name)))
    assert text.count(slip.right) == 1, f"the line of the slip is not there any more: {slip.right}"
    made: dict[str, object] = {}
    exec(compile(text.replace(slip.right, slip.wrong), f"<{slip.what}>", "exec"), vars(slip.module), made)
    for user in (holder,) if owner else (local, shape, heaps, rename):
        if hasattr(user, name):
            patch.setattr(user, name, made[name])


@cache
def tasks() -> list[tuple[Path, Task]]:
    return [(path, task) for path in MODELS for task in prepare(path, None, ())[0]]


def said(task: Task) -> str:
    """The verdicts and findings of a function, in words; what a fault of refcheck says instead.

    In how many states something breaks is a figure of the search, and no claim.
    """
    try:
        result = verify(task.cfg, Limits())
    except Exception as e:  # noqa: BLE001 (whatever is raised ends in status 70)
        return f"fault: {e}"
    return f"{result.verdicts} {[(t.steps, t.violation) for t in result.traces]}"


@cache
def right() -> list[str]:
    """What is said of each function without a slip."""
    return [said(task) for _, task in tasks()]


@pytest.fixture(autouse=True)
def _fresh():
    right()
    forget()
    yield
    forget()


@pytest.mark.parametrize("slip", SLIPS, ids=lambda s: s.what.replace(" ", "-"))
def test_a_slip_in_a_short_cut_is_found_out_by_the_run_itself(slip: Slip, monkeypatch: pytest.MonkeyPatch):
    put(slip, monkeypatch)
    found = [said(task) for _, task in tasks()]
    faults = [path for (path, _), text in zip(tasks(), found, strict=True) if text.startswith("fault: ")]
    # Then nothing wrong is said, and the command says whose fault it is
    assert [a for a, b in zip(found, right(), strict=True) if not a.startswith("fault: ") and a != b] == []
    assert faults
    ran = run("verify", "--no-store", "-j", 1, faults[0])
    assert ran.status == 70
    assert ran.err.startswith("error[internal-error]: ")
    assert "PROVED" not in ran.out


def test_every_file_of_the_lens_has_its_slips():
    # steps.py says what a lens is, whole.py is what the others are compared with: neither has a short cut
    files = {p.stem for p in (ROOT / "refcheck" / "lens").glob("*.py")} - {"__init__", "steps", "whole"}
    assert {s.module.__name__.rpartition(".")[2] for s in SLIPS} == files
