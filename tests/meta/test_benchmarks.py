# SPDX-License-Identifier: GPL-2.0-only
"""The programs of the benchmark are what they say: the safe ones hold, the others break what their family names."""

import json
import shutil
import subprocess

import by_hand
import figures
import pytest
import whole
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


def test_the_picture_of_a_kernel_tree_has_its_folders(tmp_path):
    pytest.importorskip("matplotlib", reason="pip install 'kernel-refcheck[bench]'")
    folders = {"net/ife": {"PROVED": 6}, "net/kcm": {"PROVED": 55, "SUSPECT": 9, "not read": 1}}
    whole.draw({"least": 10, "folders": folders, "times": [["net/kcm/a.c", 1000, 0.1]]}, tmp_path / "one.svg")
    text = (tmp_path / "one.svg").read_text(encoding="utf-8")
    assert "net/kcm" in text
    assert "net/ife" not in text
    whole.draw(json.loads(whole.DATA.read_text(encoding="utf-8")), tmp_path / "all.svg")
    assert (tmp_path / "all.svg").stat().st_size < 300_000


def test_the_figures_of_the_picture_are_those_of_the_page():
    page = (ROOT / "docs" / "kernel.md").read_text(encoding="utf-8")
    words = ("PROVED", "REFUTED", "SUSPECT", "VACUOUS", "UNKNOWN", "not read")
    rows = [[c.strip() for c in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("| ")]
    said = {r[0]: r[-6:] for r in rows if len(r) in (8, 9)}
    folders = json.loads(whole.DATA.read_text(encoding="utf-8"))["folders"]
    assert len(folders) > 60
    assert {n: [str(c.get(w, 0)) for w in words] for n, c in folders.items()} == {n: said[n] for n in folders}
