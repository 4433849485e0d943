# SPDX-License-Identifier: GPL-2.0-only
"""One run: the mutants of all models, judged here or by several processes."""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from refcheck.base.named import NamedTuple
from refcheck.mutation.judge import Judge, LoadedModel, read_model
from refcheck.mutation.judged import Judged
from refcheck.mutation.make import mutants
from refcheck.mutation.trees import Mutant, Text
from refcheck.prove.prove import Limits


class Wanted(NamedTuple):
    """What to mutate: model files, where contracts are, operators and functions (none: all), and the limits.

    The functions of `witnesses` judge mutants of contracts and are not mutated themselves.
    """

    files: tuple[Path, ...]
    witnesses: tuple[Path, ...]
    specs: Path | None
    operators: frozenset[str]
    functions: frozenset[str]
    limits: Limits


class PreparedMutants(NamedTuple):
    """The models of a run, those that only judge among them, and the mutants in order."""

    models: list[LoadedModel]
    mutants: list[Mutant]

    def lines(self, mutant: Mutant) -> tuple[tuple[int, str], ...]:
        """The changed lines of a mutant."""
        source = next(m.unit.sources[mutant.file] for m in self.models if mutant.file in m.unit.sources)
        return Text(source).difference(mutant.edits)


def prepare(wanted: Wanted) -> PreparedMutants:
    """Load the models and make their mutants; InputError where a model is wrong."""
    models = [read_model(f, wanted.specs) for f in wanted.files]
    made = mutants(models, wanted.operators, wanted.functions)
    return PreparedMutants([*models, *(read_model(f, wanted.specs) for f in wanted.witnesses)], made)


_here: list[tuple[Judge, list[Mutant]]] = []


def _start(wanted: Wanted) -> None:
    made = prepare(wanted)
    _here[:] = [(Judge(made.models, wanted.limits), made.mutants)]


def _one(n: int) -> tuple[str, str, str, str]:
    judge, made = _here[0]
    return judge.judge(made[n])[1:]


def judge_all(made: PreparedMutants, wanted: Wanted, jobs: int, progress: Callable[[int], None]) -> list[Judged]:
    """Every mutant with what became of it, in order, whatever the number of processes."""
    found: list[Judged] = []
    if jobs == 1 or len(made.mutants) < 2 * jobs:
        judge = Judge(made.models, wanted.limits)
        for n, mutant in enumerate(made.mutants):
            progress(n)
            found.append(judge.judge(mutant))
        return found
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_start, initargs=(wanted,)) as pool:
        for n, done in enumerate(pool.map(_one, range(len(made.mutants)), chunksize=8)):
            progress(n)
            found.append(Judged(made.mutants[n], *done))
    return found
