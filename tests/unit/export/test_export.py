# SPDX-License-Identifier: GPL-2.0-only
"""Programs for SPIN and CBMC: what they look like, that their tools take them, and that those agree with refcheck."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from command import GENEVE, ROOT, model, run
from generated import tasks
from generator import program

from refcheck.base.diagnostics import InputError
from refcheck.base.verdicts import Verdict
from refcheck.export import plain as plain_module
from refcheck.export import promela
from refcheck.export.plain import both, either, negate
from refcheck.export.program import FORMS, SUFFIX, file_text, plain
from refcheck.graph import ops
from refcheck.graph.cfg import CFG
from refcheck.lower.task import Task
from refcheck.prove.prove import Limits, verify
from refcheck.run.tasks import prepare

DATA = ROOT / "tests" / "data" / "export"
GCC, SPIN, CBMC = shutil.which("gcc"), shutil.which("spin"), shutil.which("cbmc")
needs_gcc = pytest.mark.skipif(GCC is None, reason="gcc is not installed: run `make peers`")
needs_spin = pytest.mark.skipif(SPIN is None or GCC is None, reason="spin or gcc is not installed: run `make peers`")
needs_cbmc = pytest.mark.skipif(CBMC is None, reason="cbmc is not installed: run `make peers`")
# What these are about are the integers themselves, of which the exports have classes.
INTEGERS = {
    "calculated_then_changed_bad", "copied_integers_are_equal_ok", "counted_to_three_ok", "relation_is_known_ok",
    "same_mask_ok", "shift_by_too_much_bad", "sum_wraps_around_bad",
}  # fmt: skip
LITMUS = [p for p in sorted((ROOT / "tests" / "litmus").glob("*.rc")) if p.stem not in INTEGERS]
SEEDS = range(24)


def exported(cfgs: list[CFG], form: str, prop: str | None = None) -> str:
    """All graphs in one text."""
    return file_text(plain(cfgs), form, prop)


def refuted(task: Task) -> set[str]:
    """The properties that refcheck refutes."""
    result = verify(task.cfg, Limits(states=3000))
    return {v.property for v in result.verdicts if v.verdict == Verdict.REFUTED}


def of_spin(text: str, folder: Path) -> set[str]:
    """The properties that an exhaustive search of SPIN refutes."""
    (folder / "p.pml").write_text(text)
    for command in (["spin", "-a", "p.pml"], ["gcc", "-O0", "-w", "-DSAFETY", "-o", "pan", "pan.c"]):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
        assert "rror" not in done.stdout
    done = subprocess.run(["./pan", "-E", "-c0", "-m100000"], cwd=folder, capture_output=True, text=True, check=True)
    assert "errors:" in done.stdout
    assert "too small" not in done.stdout
    return {m[1].replace("_", "-") for m in re.finditer(r"assertion violated \(*\w+?__(\w+?)\|\|", done.stdout)}


def of_cbmc(text: str, folder: Path) -> set[str]:
    """The properties that CBMC refutes in four rounds of each loop."""
    (folder / "p.c").write_text(text)
    command = ["cbmc", "--no-standard-checks", "--unwind", "4", "--no-unwinding-assertions", "p.c"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 10), done.stdout[-1000:] + done.stderr[-1000:]
    return set(re.findall(r"^\[.*\] line \d+ ([a-z-]+): .*: FAILURE$", done.stdout, re.MULTILINE))


# -- what they look like
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["small", "kept"])
def test_a_small_program_looks_as_it_should(name: str, form: str, golden):
    [task], _ = prepare(DATA / f"{name}.rc", None, ())
    golden(DATA / f"{name}.{SUFFIX[form]}", exported([task.cfg], form))


@pytest.mark.parametrize("form", FORMS)
def test_the_command_writes_the_same_text_twice(form: str, tmp_path: Path):
    out = tmp_path / "all"
    first, second = run("export", "--to", form, GENEVE), run("export", "--to", form, GENEVE, "--output", out)
    assert (first.status, second.status, second.out) == (0, 0, "")
    assert out.read_text() == first.out
    assert "int main(void)" in first.out or "init {" in first.out


def test_a_folder_gets_one_file_for_each_function_and_entry(tmp_path: Path):
    assert run("export", "--to", "c", GENEVE, "--output", tmp_path).status == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "geneve6_xmit_skb.c", "geneve_build_skb.c", "geneve_fill_metadata_dst-ndo_fill_metadata_dst.c",
        "geneve_xmit-ndo_start_xmit.c", "geneve_xmit_skb.c",
    ]  # fmt: skip


def test_one_property_keeps_its_assertions_only():
    text = run("export", "--to", "c", GENEVE, "-f", "geneve_xmit_skb", "--property", "leaked-ref").out
    assert set(re.findall(r'assert\(.*, "([a-z-]+):', text)) == {"leaked-ref"}


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--property", "leaked"], "no property `leaked`"),
        (["-f", "nobody"], "no function `nobody`"),
        (["--entry", "softirq"], "in `softirq`"),
        (["--output", "/nowhere/at/all"], "cannot be written"),
    ],
)
def test_what_makes_no_sense_is_said(args: list[str], said: str):
    ran = run("export", "--to", "c", GENEVE, *args)
    assert ran.status == 2
    assert said in ran.err
    assert ran.out == ""


@pytest.mark.parametrize("form", FORMS)
def test_text_of_a_model_stays_inside_its_comment(form: str):
    [task], _ = prepare(DATA / "hostile.rc", None, ())
    text = exported([task.cfg], form)
    assert "#error" in text
    assert text.isascii()
    code = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    assert "#error" not in code
    assert "%s" not in code


def test_what_has_no_translation_is_refused():
    # Given an operation that the exporter does not know
    [task], _ = prepare(DATA / "small.rc", None, ())
    strange = task.cfg.edges[0]._replace(ops=(("an operation of tomorrow",),))
    with pytest.raises(InputError, match="no translation"):
        plain([task.cfg._replace(edges=(strange, *task.cfg.edges[1:]))])


def test_more_objects_than_registers_are_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("refcheck.export.scene.MOST_REGISTERS", 0)
    [task], _ = prepare(DATA / "small.rc", None, ())
    with pytest.raises(InputError, match="at once cannot be exported"):
        plain([task.cfg])


def test_more_steps_than_spin_takes_are_atomic_sequences(monkeypatch: pytest.MonkeyPatch):
    cfgs = [t.cfg for t in prepare(GENEVE, None, ("geneve_xmit_skb",))[0]]
    text = exported(cfgs, "promela")
    steps = text.count("d_step {")
    monkeypatch.setattr(promela, "MOST_D_STEPS", steps)
    assert exported(cfgs, "promela") == text
    monkeypatch.setattr(promela, "MOST_D_STEPS", steps - 1)
    assert exported(cfgs, "promela") == text.replace("d_step {", "atomic {")


def test_expressions_fold():
    assert both("1", "a", "a") == "a"
    assert both("a", "0") == "0"
    assert both("a", "!(a)") == "0"
    assert both() == "1"
    assert either("a", "1") == "1"
    assert either("a", "!(a)") == "1"
    assert either() == "0"
    assert negate("x == 1") == "x != 1"
    assert negate("(a) + (b) == 0") == "!((a) + (b) == 0)"
    assert negate(negate("(a && b)")) == "(a && b)"


def test_a_loop_of_the_c_program_has_one_jump_back(tmp_path: Path):
    text = 'use "route.spec";\nvoid f()\n{\n\twhile (nondet("a")) {\n\t\tif (nondet("b"))\n\t\t\tcontinue;\n'
    text += '\t\tif (nondet("c"))\n\t\t\tcontinue;\n\t\tuse(ip_route_output_key());\n\t}\n}\n'
    [task], _ = prepare(model(tmp_path, text), ROOT / "specs", ())
    lines = exported([task.cfg], "c").splitlines()
    at = {m[1]: i for i, line in enumerate(lines) if (m := re.match(r"(L\d+):;", line))}
    back = [m[1] for i, line in enumerate(lines) if (m := re.search(r"goto (L\d+);", line)) and at[m[1]] < i]
    assert len(back) == 1


@pytest.mark.parametrize("form", ["c", "promela"])
def test_what_calculates_is_refused_in_words(form: str):
    [task], _ = prepare(ROOT / "tests" / "litmus" / "same_mask_ok.rc", ROOT / "specs", ())
    with pytest.raises(InputError, match="calculates with integers"):
        exported([task.cfg], form)


# -- that their tools take them
@needs_gcc
@pytest.mark.parametrize("path", [*LITMUS, GENEVE, DATA / "hostile.rc"], ids=lambda p: p.stem)
def test_gcc_takes_the_c_program(path: Path, tmp_path: Path):
    (tmp_path / "p.c").write_text(exported([t.cfg for t in prepare(path, ROOT / "specs", ())[0]], "c"))
    command = ["gcc", "-fsyntax-only", "-Wall", "-Wextra", "-Wno-unused", "-Wno-trigraphs", "-Werror", "p.c"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


# -- and that those agree
@needs_spin
@pytest.mark.parametrize("path", [*LITMUS, ROOT / "models" / "bareudp.rc"], ids=lambda p: p.stem)
def test_spin_agrees_on_models(path: Path, tmp_path: Path):
    for task in prepare(path, ROOT / "specs", ())[0]:
        assert of_spin(exported([task.cfg], "promela"), tmp_path) == refuted(task), task.cfg.function


@needs_cbmc
@pytest.mark.parametrize("path", [*LITMUS, ROOT / "models" / "bareudp.rc"], ids=lambda p: p.stem)
def test_cbmc_agrees_on_models(path: Path, tmp_path: Path):
    for task in prepare(path, ROOT / "specs", ())[0]:
        assert of_cbmc(exported([task.cfg], "c"), tmp_path) == refuted(task), task.cfg.function


def test_generated_programs_can_be_said():
    merged, written = 0, 0
    for seed in SEEDS:
        for task in tasks(program(seed)):
            written += len(exported([task.cfg], "c")) > 500
            merged += any(isinstance(op, ops.Merge) for e in task.cfg.edges for op in ops.flat(e.ops))
    assert written >= len(SEEDS)
    assert merged < plain_module.CEILING
