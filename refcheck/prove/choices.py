# SPDX-License-Identifier: GPL-2.0-only
"""Which of several values a counterexample shows: the first ones offered that still lead to the violation.

A solver may give any solution, and which one depends on what it was asked before.  Reviewers should see the same trace
in every run, whatever else was verified and in how many processes.
"""

from collections.abc import Callable, Sequence

from refcheck.prove.solver import Answer

TraceChoice = tuple[str, tuple[int, ...]]  # a symbol, and the values offered to it in order
MOST = 100  # queries for one trace; beyond that it keeps what the solver said


def least(choices: Sequence[TraceChoice], values: dict[str, int], ask: Callable[[str], Answer]) -> dict[str, int]:
    """The first solution in the order in which values are offered, earlier symbols first.

    `values` is some solution; `ask` solves the path with more assertions, and is asked `MOST` times at most.
    """
    asked = 0
    for at, (name, offered) in enumerate(choices):
        for value in offered[: offered.index(values[name])] if values[name] in offered else ():
            if asked >= MOST:
                return values
            # mostly all the rest can be first choices too, which one query finds out
            for wanted in ([(n, o[0]) for n, o in choices[at + 1 :]], []) if value == offered[0] else ([],):
                fixed = [(n, values[n]) for n, _ in choices[:at]]
                answer = ask("".join(f"(assert (= {n} {_text(v)}))" for n, v in [*fixed, (name, value), *wanted]))
                asked += 1
                if answer.status == "sat":
                    break
            if answer.status == "sat":
                values = answer.values
                break
    return values


def _text(value: int) -> str:
    return str(value) if value >= 0 else f"(- {-value})"
