# SPDX-License-Identifier: GPL-2.0-only
"""How much work a proof is: counted in states, steps and queries, and never in seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from command import ROOT

from refcheck.lens.local import LocalSteps
from refcheck.lens.shape import SharedShape, shapes_of_this_process
from refcheck.prove import encode, solver
from refcheck.prove.propose import explore
from refcheck.prove.prove import Limits, verify
from refcheck.run.tasks import prepare

if TYPE_CHECKING:
    from pathlib import Path

HEAD = 'use "route.spec";\n\n'


def chain(n: int) -> str:
    """n diamonds between look-up and release."""
    arms = "".join(f'\tif (nondet("{i}"))\n\t\tuse(rt);\n\telse\n\t\terr = -EINVAL;\n' for i in range(n))
    head = "int f()\n{\n\tint err = 0;\n\tdst rt = ip_route_output_key();\n\tif (IS_ERR(rt))\n\t\treturn PTR_ERR(rt);\n"
    return f"{HEAD}{head}{arms}\tip_rt_put(rt);\n\treturn err;\n}}\n"


def loop(n: int) -> str:
    """Unbounded rounds of n look-ups, each with a way out of the loop and one to the next round."""
    look = "\t\trt = ip_route_output_key();\n\t\tif (IS_ERR(rt))\n\t\t\tcontinue;\n\t\tip_rt_put(rt);\n"
    rounds = "".join(f'{look}\t\tif (nondet("{i}"))\n\t\t\tbreak;\n' for i in range(n))
    return f'{HEAD}void f()\n{{\n\tdst rt;\n\twhile (nondet("more")) {{\n{rounds}\t}}\n}}\n'


def objects(n: int) -> str:
    """n objects live at once, a ladder of releases behind them."""
    up = "".join(f"\tdst r{i} = ip_route_output_key();\n\tif (IS_ERR(r{i}))\n\t\tgoto l{i};\n" for i in range(n))
    down = "".join(f"\tip_rt_put(r{i});\nl{i}:\n" for i in reversed(range(n)))
    return f"{HEAD}void f()\n{{\n{up}{down}\treturn;\n}}\n"


def callers(n: int) -> str:
    """n functions that do the same under other names; which outcome an exit has is open until Z3 looks at both."""
    contract = "contract {\n\tsent: return 0;\n\tfull: return -ENOMEM;\n}\n"
    body = (
        "\tint err = 0;\n\tdst rt = ip_route_output_key();\n\tif (IS_ERR(rt))\n\t\treturn -ENOMEM;\n"
        '\tif (nondet("full"))\n\t\terr = -ENOMEM;\n\tip_rt_put(rt);\n\treturn err;\n'
    )
    return HEAD + "\n".join(f"int f{i}() {contract}{{\n{body}}}\n" for i in range(n))


class Work(NamedTuple):
    """What a run did: states and steps of the proposals, local steps of the reference, scripts written and asked."""

    states: int
    steps: int
    local: int
    written: int
    asked: int


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Verify a text in a process that remembers nothing, and count."""

    def run(text: str) -> Work:
        path = tmp_path / "m.rc"
        path.write_text(text, encoding="utf-8")
        shapes_of_this_process().clear()
        encode._encoded_in_this_process().clear()
        solver._proved_in_this_process().clear()
        counts = {"written": 0, "asked": 0}
        write, ask = encode.encode, solver.check

        def writing(*args: object) -> object:
            counts["written"] += 1
            return write(*args)  # type: ignore[arg-type]

        def asking(*args: object) -> object:
            counts["asked"] += 1
            return ask(*args)  # type: ignore[arg-type]

        with monkeypatch.context() as m:
            m.setattr(encode, "encode", writing)
            m.setattr(solver, "check", asking)
            tasks = prepare(path, ROOT / "specs", ())[0]
            results = [verify(t.cfg, Limits()) for t in tasks]
        shapes: list[SharedShape] = list(shapes_of_this_process().values())
        states = sum(r.states for r in results)
        steps = sum(explore(t.cfg, 10**6, LocalSteps(t.cfg)).steps for t in tasks)
        assert {r.verdict for r in results} == {"PROVED"}
        return Work(states, steps, sum(len(s.known) for s in shapes), counts["written"], counts["asked"])

    return run


@pytest.mark.parametrize("family", [chain, loop, callers])
def test_work_grows_with_the_program_and_what_is_proved_does_not(work, family):
    small, middle, large = (work(family(n)) for n in (8, 16, 32))
    # States and steps: twice the program, twice the work
    for a, b, c in zip(small[:2], middle[:2], large[:2], strict=True):
        assert c - b == 2 * (b - a)
    # What the reference is asked for, what is written and what Z3 is asked: nothing new in the second half
    assert small[2:] == middle[2:] == large[2:]


def test_edges_see_the_object_that_they_touch_and_not_all(work):
    # Given n objects live at once
    small, middle, large = (work(objects(n)) for n in (8, 16, 32))
    assert large.steps - middle.steps == 2 * (middle.steps - small.steps)
    # Only numbers that are given away differ from object to object
    assert large.local - middle.local <= 2 * (middle.local - small.local)
    assert large.asked == small.asked


def test_a_second_function_with_the_same_body_asks_z3_nothing(work):
    assert work(callers(1)).asked == work(callers(10)).asked > 0


@pytest.mark.parametrize("family", [chain, loop, objects])
def test_what_folds_to_constants_is_not_asked(work, family):
    # Given programs in which a value is open where nothing depends on it
    done = work(family(8))
    assert done.written > 0
    assert done.asked == 0


def test_under_an_rlimit_nothing_is_answered_from_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    # Given a proof that was done before
    path = tmp_path / "m.rc"
    path.write_text(callers(1), encoding="utf-8")
    task = prepare(path, ROOT / "specs", ())[0][0]
    assert verify(task.cfg, Limits()).verdict == "PROVED"
    asked: list[object] = []
    ask = solver.check
    monkeypatch.setattr(solver, "check", lambda *a: asked.append(a) or ask(*a))
    # Then with an rlimit every script is asked again, and without one none
    result = verify(task.cfg, Limits(rlimit=10**8))
    assert result.verdict == "PROVED"
    assert len(asked) == result.queries > 0
    asked.clear()
    assert verify(task.cfg, Limits()).verdict == "PROVED"
    assert asked == []
