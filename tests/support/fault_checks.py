# SPDX-License-Identifier: GPL-2.0-only
"""The checks that have to catch faults: what objects to litmus models, and whether each check refuses broken inputs."""

from collections.abc import Callable, Sequence

from agreement import LIMITS, compare
from command import ROOT
from memory import forget
from reduction import disagreements

from refcheck.base.diagnostics import InternalError
from refcheck.base.verdicts import Verdict
from refcheck.graph.cfg import CFG
from refcheck.graph.obligations import NAMES
from refcheck.lens.local import LocalSteps
from refcheck.lower.task import Task
from refcheck.meaning import step as semantics
from refcheck.meaning.state import State
from refcheck.prove import encode as encoding
from refcheck.prove import propose, prove, solver
from refcheck.prove.propose import Exploration, explore
from refcheck.result.standing import refuted_or_vacuous
from refcheck.run.tasks import prepare
from refcheck.verdict import check as checker
from refcheck.verdict.check import Confirmed, Refusal
from refcheck.verdict.verdict import Certificate, Result


def objections(names: tuple[str, ...]) -> list[str]:
    """The checks that object to what comes out for some litmus models, in the order of docs/trust.md."""
    found: set[str] = set()
    for name in names:
        forget()
        path = ROOT / "tests" / "litmus" / f"{name}.rc"
        for task in prepare(path, ROOT / "specs", ())[0]:
            forget()
            found |= verified(task, name.endswith("_ok"))
            found |= canaries(task)
    return [c for c in CHECKS if c in found]


def surprising(task: Task, result: Result, fine: bool) -> bool:
    """A litmus model's function did not come to what the model says; a `fine` one is proved where it says nothing."""
    found = refuted_or_vacuous(result.verdicts)
    if task.expected is not None:
        return task.expected != found
    return result.verdict != Verdict.PROVED if fine else bool(found)


def verified(task: Task, fine: bool) -> set[str]:
    """What a run of the verifier, the oracle and the updater say."""
    found: set[str] = set()
    try:
        result = prove.verify(task.cfg, LIMITS)
        agreed = compare(task)
    except InternalError as e:
        found.add(next((check for text, check in INTERNAL if text in str(e)), "another internal error"))
    except Exception:  # noqa: BLE001 (an operation that cannot go on is a check as well)
        found.add("a step that cannot be taken")
    else:
        if surprising(task, result, fine):
            found.add("litmus verdicts")
        if any("internal error" not in d for d in agreed.disagreements):
            found.add("oracle")
    if disagreements(task.cfg, most=2000):
        found.add("updater")
    return found


INTERNAL = (
    ("the reference does not", "Z3 against the reference"),
    ("Z3 finds no way", "Z3 against the reference"),
    ("certificate of", "certificate check"),
    ("replay of", "replay"),
)
CHECKS = (
    "Z3 against the reference", "replay", "certificate check", "a step that cannot be taken", "another internal error",
    "oracle", "updater", "litmus verdicts", "broken invariants", "broken traces", "wrong claims", "wrong obligations",
)  # fmt: skip


def refused(ask: Callable[[], object]) -> bool:
    """A check says no."""
    try:
        answer = ask()
    except InternalError:
        return True
    return answer is None or isinstance(answer, Refusal)


def checked(cfg: CFG, states: Sequence[Sequence[State]], claims: dict[str, str]) -> Confirmed | Refusal:
    """What the checker says of an invariant with these claims, and none of the other properties."""
    return checker.check(cfg, Certificate(tuple(map(tuple, states))), dict.fromkeys(NAMES, Verdict.UNKNOWN) | claims)


def canaries(task: Task) -> set[str]:
    """Broken inputs that each check must refuse by itself; what is not refused shows that a check is broken."""
    cfg = task.cfg
    steps = LocalSteps(cfg)
    x = explore(cfg, 3000, steps)
    return _invariants(cfg, x) | _obligations(cfg, steps, x) | _traces(cfg, x)


def _invariants(cfg: CFG, x: Exploration) -> set[str]:
    """An invariant with one state less, at any place, or with none at all, is refused."""
    places = [(i, s) for i, here in enumerate(x.states) for s in here][:12]
    for place in places:
        less = [[s for s in here if (i, s) != place] for i, here in enumerate(x.states)]
        if not refused(lambda: checked(cfg, less, {})):  # noqa: B023
            return {"broken invariants"}
    return set()


def _obligations(cfg: CFG, steps: LocalSteps, x: Exploration) -> set[str]:
    """Z3 is asked about every edge that is taken, and refuses a step that leads elsewhere."""
    found: set[str] = set()
    asked = {n for o in prove.shapes(cfg, x.states, steps, excused=True) for n in o.edges}
    if not x.taken <= asked | {e.number for e in cfg.edges if e.number not in asked and not x.states[e.src]}:
        found.add("wrong obligations")
    for lens in [n for n in steps.lenses if n is not None][:12]:
        kinds, local_state = next(iter(lens.met), (None, None))
        if kinds is None or all(after is None for after, _ in lens.shape.step(kinds, local_state)):
            continue
        lines, failures = encoding.encode(lens.shape.cfg(kinds), [(local_state, ())], True)
        script = encoding.Obligation(lines, failures, ()).script
        if solver.check_each([script])[0].status == "unsat":
            found.add("wrong obligations")
    return found


def _traces(cfg: CFG, x: Exploration) -> set[str]:
    """A path that is cut short, or said to break something else, is refused; so is a claim of what is broken."""
    found: set[str] = set()
    for violation in x.violations:
        prop, path = violation.violation.property, [e for _, e in propose.path_to(x, violation)]
        chosen = tuple((e, tuple(h[0] for h in semantics.havocs(e))) for e in path)
        if not refused(lambda: checked(cfg, x.states, {prop: Verdict.PROVED})):  # noqa: B023
            found.add("wrong claims")
        other = "use-after-consume" if prop != "use-after-consume" else "hold-of-borrowed"
        for broken, said in ((chosen[:-1], prop), (chosen[1:], prop), (chosen, other)):
            shown = violation.violation._replace(property=said)
            if not refused(lambda: checker.replay(cfg, broken, shown, path[-1])):  # noqa: B023
                found.add("broken traces")
    return found
