# SPDX-License-Identifier: GPL-2.0-only
"""A short run of what `make soak` does at length: generated programs, on which everything must agree."""

from collections import Counter
from collections.abc import Sequence

import pytest
from agreement import compare
from generated import tasks
from generator import program, programs
from hypothesis import HealthCheck, given, settings
from reduction import disagreements

from refcheck.base.verdicts import Verdict
from refcheck.graph.obligations import NAMES

# The last seeds reach what is rare: uses and releases behind a release or a hand-over, a wrong claim, a hold of a borrow.
RARE = (179, 205, 228, 234, 256, 285, 461, 564, 819, 1379, 1420, 1541, 2762)
CHUNKS = [*(range(i, i + 40) for i in range(0, 160, 40)), RARE]
FOUND: Counter[tuple[str, str]] = Counter()


@pytest.mark.parametrize("seeds", CHUNKS, ids=lambda r: f"{r[0]}-{r[-1]}")
def test_prover_oracle_and_certificate_checker_agree(seeds: Sequence[int]):
    for seed in seeds:
        for task in tasks(program(seed)):
            found = compare(task)
            assert found.disagreements == (), seed
            FOUND.update(found.verdicts.items())


@pytest.mark.parametrize("verdict", [Verdict.PROVED, Verdict.REFUTED])
def test_every_property_is_proved_and_refuted_somewhere(verdict: str):
    have = {p for (p, v), n in FOUND.items() if v == verdict and n}
    assert set(NAMES) - have == set()


@pytest.mark.parametrize("seeds", CHUNKS, ids=lambda r: f"{r[0]}-{r[-1]}")
def test_another_cpu_frees_exactly_what_nothing_protects(seeds: Sequence[int]):
    looked = 0
    for seed in seeds:
        for task in tasks(program(seed)):
            found = disagreements(task.cfg, most=500)
            looked += found is not None
            assert not found, seed
    assert looked >= len(seeds)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(programs())
def test_what_hypothesis_makes_up_is_agreed_on(text: str):
    for task in tasks(text):
        assert compare(task).disagreements == ()
        assert not disagreements(task.cfg, most=300)
