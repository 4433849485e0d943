# SPDX-License-Identifier: GPL-2.0-only
"""Models as C programs that run: what statements, contracts and the adversary do, told by what a sweep hits."""

import json
import subprocess
from pathlib import Path

import pytest
from command import GENEVE, ROOT, model, run
from judging import GCC, SANITIZE, EntryCase, Fault, Judge, examined, verified

from refcheck.base.diagnostics import InputError
from refcheck.export.run.program import RUNTIME, SOURCES, whole, written
from refcheck.unit.load import load

pytestmark = pytest.mark.skipif(GCC is None, reason="gcc is not installed: run `make peers`")
NODE = """context rcu;
fact gp = rcu;
resource node;
guard rcu = lock, unlock;
void lock() contract { ok: enter rcu; };
void unlock() contract { ok: leave rcu; };
node get() contract { ok: return hold; };
void put(node n __nullable) contract { ok: release n; };
"""


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    return Judge(tmp_path_factory.mktemp("judge"))


def hit(judge: Judge, folder: Path, text: str, name: str = "f") -> tuple[Fault, ...]:
    """What a sweep finds in a function of a model."""
    made = judge.build([load(model(folder, text), ROOT / "specs")])
    return judge.sweep(made)[0][EntryCase(name, None)].faults


def properties(faults: tuple[Fault, ...]) -> set[str]:
    return {f.property for f in faults}


# -- what C says
def test_break_in_a_scoped_guard_leaves_the_guard_only(judge: Judge, tmp_path: Path):
    body = 'void f()\n{\n\tnode n = get();\n\tscoped_guard(rcu) {\n\t\tif (nondet("bad")) {\n\t\t\tput(n);\n\t\t\tbreak;\n'
    body += "\t\t}\n\t}\n\tput(n);\n}\n"
    [fault] = hit(judge, tmp_path, NODE + body)
    assert (fault.property, fault.line) == ("double-release", 18)


def test_a_guard_in_a_switch_ends_with_it(judge: Judge, tmp_path: Path):
    text = "void needs() __must_hold(rcu) contract { ok: ; };\n"
    text += "void f(int x)\n{\n\tswitch (x) {\n\tdefault:\n\t\tguard(rcu)();\n\t\tneeds();\n\t}\n\tneeds();\n}\n"
    [fault] = hit(judge, tmp_path, NODE + text)
    assert (fault.property, fault.line) == ("missing-context", 17)


def test_a_guard_is_left_on_every_way_out(judge: Judge, tmp_path: Path):
    text = 'int f()\n{\n\tguard(rcu)();\n\tif (nondet("a"))\n\t\treturn -EINVAL;\n\tif (nondet("b"))\n\t\tgoto out;\n'
    assert hit(judge, tmp_path, NODE + text + "\treturn 0;\nout:\n\treturn 1;\n}\n") == ()


def test_a_jump_into_a_block_finds_its_variables_unwritten(judge: Judge, tmp_path: Path):
    text = 'void f(node m)\n{\n\t{\n\t\tnode n = m;\nmid:\n\t\tuse(n);\n\t}\n\tif (nondet("again"))\n\t\tgoto mid;\n}\n'
    [fault] = hit(judge, tmp_path, NODE + text)
    assert (fault.property, fault.line) == ("bad-pointer", 14)


def test_a_bool_is_0_or_1_when_it_is_compared(judge: Judge, tmp_path: Path):
    text = "void f(bool flag, int n)\n{\n\tnode x = get();\n\tif (!(flag && n == 2 && flag != n))\n\t\tput(x);\n}\n"
    assert properties(hit(judge, tmp_path, NODE + text)) == {"leaked-ref"}


@pytest.mark.parametrize(("call", "found"), [("look(b->s, end(b))", 1), ("look(b->s, 0)", 0), ("look(NULL, end(b))", 0)])
def test_the_order_of_arguments_is_open_where_it_matters(judge: Judge, tmp_path: Path, call: str, found: int):
    # Given a slot that one argument reads and the other drops, then the pointer can be read first, and is dead at the call
    text = "resource box { slot s: node; }\nvoid look(node n __nullable, int x) contract { ok: ; };\n"
    text += "int end(box b) contract { ok: drop b->s, return 0; };\n"
    body = f"void f(box b) __requires(b->s is owned) contract {{ ok: drop b->s; }}\n{{\n\t{call};\n\tend(b);\n}}\n"
    faults = hit(judge, tmp_path, NODE + text + body)
    assert [f.line for f in faults] == [14] * found


def test_another_order_is_a_stage_of_its_own(judge: Judge, tmp_path: Path):
    text = "resource box { slot s: node; }\nvoid look(int x, node n __nullable) contract { ok: ; };\n"
    text += "int end(box b) contract { ok: drop b->s, return 0; };\n"
    body = "void f(box b) __requires(b->s is owned) contract { ok: drop b->s; }\n{\n\tlook(end(b), b->s);\n}\n"
    assert [f.stage for f in hit(judge, tmp_path, NODE + text + body)] == ["order"]


# -- what contracts say
def test_two_names_of_one_variable(judge: Judge, tmp_path: Path):
    text = "void two(bool *a, bool *b) contract { ok: *a = true, *b = false; } { *b = false; *a = true; }\n"
    text += "void f()\n{\n\tbool x;\n\tnode n = get();\n\ttwo(&x, &x);\n\tif (!x)\n\t\tput(n);\n}\n"
    [fault] = hit(judge, tmp_path, NODE + text)
    assert (fault.property, fault.stage, fault.through) == ("leaked-ref", "bodies", ("two",))


def test_one_object_as_two_arguments(judge: Judge, tmp_path: Path):
    text = 'void f(node a, node b) contract { ok: ; }\n{\n\tif (a == b)\n\t\tunreachable("never");\n}\n'
    [fault] = hit(judge, tmp_path, NODE + text)
    assert (fault.property, fault.stage) == ("sanity", "aliases")


def test_what_an_outcome_reads_is_read_on_entry(judge: Judge, tmp_path: Path):
    text = "resource box { slot s: node; }\nbox make() contract { ok: return hold; };\n"
    text += "void box_put(box b) contract { ok: release b; };\nvoid give(box b, node n) contract { ok: b->s = move n; };\n"
    text += "node swap(box b, node n) contract { ok: return take b->s, b->s = move n; };\n"
    body = "void f()\n{\n\tbox b = make();\n\tgive(b, get());\n\tput(swap(b, get()));\n\tbox_put(b);\n}\n"
    assert hit(judge, tmp_path, NODE + text + body) == ()


@pytest.mark.parametrize(("verb", "found"), [("release", set()), ("free", {"leaked-ref"}), ("consume", set())])
def test_memory_that_is_freed_takes_no_reference_along(judge: Judge, tmp_path: Path, verb: str, found: set[str]):
    text = "resource box { slot s: node; }\nbox make() contract { ok: return hold; };\n"
    text += f"void end(box b) contract {{ ok: {verb} b; }};\n"
    body = "void f()\n{\n\tbox b = make();\n\tb->s = get();\n\tend(b);\n}\n"
    assert properties(hit(judge, tmp_path, NODE + text + body)) == found


# -- the adversary
def test_it_frees_at_once_or_later(judge: Judge, tmp_path: Path):
    # Given two uses of what may be gone, then the first is hit where it frees at once, the second where it waits
    faults = hit(judge, tmp_path, NODE + "void f()\n{\n\tnode n = get();\n\tput(n);\n\tuse(n);\n\tuse(n);\n}\n")
    assert [(f.line, f.stage) for f in faults] == [(13, "contracts"), (14, "waiting")]


def test_a_tape_is_run_again_and_the_sanitizer_reports_the_use(judge: Judge, tmp_path: Path):
    [fault, *_] = hit(judge, tmp_path, NODE + "void f()\n{\n\tnode n = get();\n\tput(n);\n\tuse(n);\n}\n")
    command = [str(judge.folder / "judge"), "run", "0", "0", fault.features, fault.tape]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "AddressSanitizer: heap-use-after-free" in done.stderr
    assert "m.rc:13" in done.stderr or "p0_b_f" in done.stderr


def test_a_run_without_end_that_loses_references_is_a_leak(judge: Judge, tmp_path: Path):
    text = "void f()\n{\n\tnode n;\n\twhile (true)\n\t\tn = get();\n}\n"
    assert properties(hit(judge, tmp_path, NODE + text)) == {"leaked-ref"}


# -- files and commands
def test_the_file_stands_alone(tmp_path: Path):
    out = tmp_path / "geneve.c"
    assert run("export", "--to", "run", GENEVE, "--output", out).status == 0
    assert out.read_text() == run("export", "--to", "run", GENEVE).out
    done = subprocess.run(
        [str(GCC), "-Wall", "-Wno-unused", "-Werror", *SANITIZE, "-o", "judge", "geneve.c"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    swept = subprocess.run(
        ["./judge", "sweep", "100"], cwd=tmp_path, capture_output=True, text=True, check=True,
        env={"ASAN_OPTIONS": "detect_leaks=0"},
    )  # fmt: skip
    assert "fault" not in swept.stdout
    assert swept.stdout.count("done") == 5


def test_a_target_for_libfuzzer(tmp_path: Path):
    # Given its driver's place taken by a loop over tapes, then what is right is run without a crash and what is wrong is not
    drive = "\nint main(void)\n{\n\tunsigned char t[40];\n\tfor (int i = 0; i < 3000; i++) {\n"
    drive += "\t\tfor (int k = 0; k < 40; k++)\n\t\t\tt[k] = rand();\n\t\tLLVMFuzzerTestOneInput(t, 40);\n\t}\n}\n"
    for body, status in (("use(n);\n\tput(n);", 0), ("put(n);\n\tuse(n);", -6)):
        text = NODE + f"void f()\n{{\n\tnode n = get();\n\t{body}\n}}\n"
        (tmp_path / "f.c").write_text(whole(load(model(tmp_path, text)), "0") + drive)
        subprocess.run([str(GCC), "-w", "-DRC_FUZZ", *SANITIZE, "-o", "fuzz", "f.c"], cwd=tmp_path, check=True)
        assert subprocess.run(["./fuzz"], cwd=tmp_path, capture_output=True, check=False).returncode == status


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--entry", "softirq"], "do not go with `--to run`"),
        (["--property", "leaked-ref"], "do not go with `--to run`"),
        (["--traces", "nowhere.json"], "does not exist"),
        (["--traces", str(GENEVE)], "is no JSON report"),
    ],
)
def test_what_makes_no_sense_is_said(args: list[str], said: str):
    ran = run("export", "--to", "run", GENEVE, *args)
    assert ran.status == 2
    assert said in " ".join(ran.err.split())
    assert ran.out == ""


def test_text_of_a_model_stays_inside_its_strings(tmp_path: Path):
    text = 'void f()\n{\n\tif (nondet("\\\\\\"); #error ??/ */ %s"))\n\t\t;\n}\n'
    made = written([load(model(tmp_path, text))]).text
    (tmp_path / "p.c").write_text(made, encoding="utf-8")
    command = [str(GCC), "-fsyntax-only", "-Wall", "-Wno-unused", "-I", str(RUNTIME), str(tmp_path / "p.c")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_effect_that_is_none_is_refused(tmp_path: Path):
    text = NODE + "resource box { slot s: node; }\nnode f(box b) contract { ok: return noref b->s; };\n"
    text += "void g(box b) { f(b); }\n"
    with pytest.raises(InputError, match="is no effect"):
        written([load(model(tmp_path, text))])


def test_a_report_becomes_scripts_that_the_program_follows(judge: Judge, tmp_path: Path):
    # Given a function that is refuted, then its trace is a script, and a tape is found that hits the same place
    text = 'void f(bool a)\n{\n\tnode n = get();\n\tif (a || nondet("b"))\n\t\treturn;\n\tput(n);\n}\n'
    path = model(tmp_path, NODE + text)
    report = tmp_path / "r.json"
    report.write_text(run("verify", "--format", "json", path).out)
    said = run("export", "--to", "run", path, "--traces", report).out
    line = json.loads(report.read_text())["results"][0]["findings"][0]["place"]["line"]
    assert said.startswith(f"follow 0 0 {line}\nargument 0 ")
    got = examined(judge, verified([path]))
    assert (got.figures["traces reproduced"], got.found) == (1, [])


def test_every_part_of_the_support_is_shipped():
    assert {p.name for p in RUNTIME.glob("*.c")} == set(SOURCES)
