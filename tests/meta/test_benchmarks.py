# SPDX-License-Identifier: GPL-2.0-only
"""The programs of the benchmark are what they say: the safe ones hold, the others break what their family names."""

import shutil
import subprocess

import by_hand
import figures
import pytest
from command import ROOT, model
from families import FAMILIES, Family

from refcheck.base.verdicts import Verdict
from refcheck.export.program import FORMS, file_text, plain
from refcheck.prove.prove import Limits, verify
from refcheck.run.tasks import prepare


@pytest.mark.parametrize("family", FAMILIES.values(), ids=lambda f: f.name)
@pytest.mark.parametrize("n", [1, 3])
def test_a_family_is_safe_or_has_its_bug(family: Family, n: int, tmp_path):
    for bug in (False, True):
        path = model(tmp_path, family.text(n, bug), f"{family.name}_{bug}.rc")
        tasks = prepare(path, ROOT / "specs", (family.function,) if family.function else ())[0]
        results = [verify(t.cfg, Limits()) for t in tasks]
        broken = {v.property for r in results for v in r.verdicts if v.verdict == Verdict.REFUTED}
        if bug:
            assert family.breaks in broken
        else:
            assert {r.verdict for r in results} == {Verdict.PROVED}


@pytest.mark.parametrize("family", FAMILIES.values(), ids=lambda f: f.name)
def test_a_family_grows_with_its_size(family: Family, tmp_path):
    sizes = []
    for n in (4, 8):
        path = model(tmp_path, family.text(n, False), f"{family.name}_{n}.rc")
        tasks = prepare(path, ROOT / "specs", (family.function,) if family.function else ())[0]
        programs = plain([t.cfg for t in tasks])
        texts = [file_text(programs, form) for form in FORMS]
        sizes.append((sum(t.cfg.locations for t in tasks), *map(len, texts)))
    assert all(small < large < 2.5 * small for small, large in zip(*sizes, strict=True))


def test_ratios_say_where_a_tool_was_stopped():
    ours = {"verdict": "holds", "seconds": 0.5}
    row = {"refcheck": ours, "cbmc": {"verdict": "limit", "seconds": 60.0}, "spin": {"verdict": "holds", "seconds": 2.0}}
    assert figures.ratio(row, "cbmc") == "> 120.0"
    assert figures.ratio(row, "spin") == "4.0"
    assert figures.ratio({**row, "refcheck": {"verdict": "unknown", "seconds": 1.0}}, "spin") == "unknown"
    assert figures.ratio({"refcheck": ours}, "cbmc") == "-"


@pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed: run `make peers`")
def test_the_chain_by_hand_is_c_and_has_its_bug(tmp_path):
    safe, bad = (by_hand.program(3, bug) for bug in (False, True))
    assert safe.count(by_hand.RELEASE) == bad.count(by_hand.RELEASE) + 1 == 4
    prelude = "void __CPROVER_assert(_Bool condition, const char *what);\nvoid __CPROVER_assume(_Bool condition);\n"
    for text in (safe, bad):
        (tmp_path / "h.c").write_text(prelude + text)
        subprocess.run(["gcc", "-fsyntax-only", "-Wall", "-Werror", "h.c"], cwd=tmp_path, check=True)
