# SPDX-License-Identifier: GPL-2.0-only
"""The compiled judge and refcheck on litmus files, models and generated programs: what runs wrong is refuted, and back."""

from pathlib import Path

import pytest
from command import ROOT
from generator import program
from judging import GCC, Judge, examined, expected, loaded, shown, verified

pytestmark = pytest.mark.skipif(GCC is None, reason="gcc is not installed: run `make peers`")
LITMUS = sorted((ROOT / "tests" / "litmus").glob("*.rc"))
MODELS = sorted((ROOT / "models").rglob("*.rc"))
# Nothing is wrong with a run of what is VACUOUS.
NOT_RUN = {"branch_never_taken_bad", "never_returns_bad"}
SEEDS = range(60)


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    return Judge(tmp_path_factory.mktemp("judge"))


def test_what_a_litmus_file_is_named_for_is_hit(judge: Judge):
    units = loaded(verified(LITMUS))
    swept = judge.sweep(judge.build([u for u, _ in units]))
    hit = {
        Path(u.model.path).stem
        for (u, _), hits in zip(units, swept, strict=True) if any(h.faults for h in hits.values())
    }  # fmt: skip
    assert hit == {p.stem for p in LITMUS if p.stem.endswith("_bad")} - NOT_RUN


def test_litmus_files_and_models_agree(judge: Judge):
    # Given what is known to disagree, then nothing else does, and nothing is listed that agrees by now
    paths = [*LITMUS, *MODELS]
    here = {shown(str(p)) for p in paths}
    found = examined(judge, verified(paths, 20_000)).found
    listed = {(e.file, e.function, e.kind) for e in expected() if e.file in here}
    assert [d for d in found if (d.file, d.function, d.kind) not in listed] == []
    assert listed == {(d.file, d.function, d.kind) for d in found}


def test_generated_programs_agree(judge: Judge, tmp_path: Path):
    paths = [tmp_path / f"seed{seed}.rc" for seed in SEEDS]
    for path, seed in zip(paths, SEEDS, strict=True):
        path.write_text(program(seed), encoding="utf-8")
    got = examined(judge, verified(paths))
    assert got.found == []
    assert got.figures["hit"] > 20
    assert got.figures["traces reproduced"] > 40
