# SPDX-License-Identifier: GPL-2.0-only
"""Help is given only where it mends: what was tried, what was refused, and that nothing that is offered does not."""

from pathlib import Path

import helps
import pytest
from command import ROOT, model
from generator import program
from rendered import records

from refcheck.result.edits import edited, edits
from refcheck.result.record import Finding
from refcheck.run.mend import Mender

HEAD = """context rcu, lock;
fact gp = rcu;
resource obj { freed after gp; }
obj get() contract { ok: return hold; };
obj try_get() contract { ok: return hold; none: return NULL; };
obj peek() __must_hold(rcu) contract { ok: return borrow(gp); };
void put(obj o) contract { ok: release o; };
void put_any(obj o __nullable) contract { ok: release o; };
void rcu_read_lock() contract { ok: enter rcu; };
void rcu_read_unlock() contract { ok: leave rcu; };
void needs(obj o) __must_hold(lock) contract { ok: use o; };
void lock_it() contract { ok: enter lock; };
void unlock_it() contract { ok: leave lock; };
void nap() __may_sleep contract { ok: ; };
obj either(bool *noref) __must_hold(rcu)
contract { hit: *noref = true, return borrow(gp); miss: *noref = false, return hold; };
"""


def found(folder: Path, body: str, attributes: str = "", result: str = "void") -> list[Finding]:
    return [f for r in records(model(folder, f"{HEAD}{result} f(){attributes}\n{{\n{body}}}\n")) for f in r.findings]


CASES = {
    "a leak": ("\tobj o = get();\n\n\tuse(o);\n", "", "release it first: put(o);"),
    "a leak of what may be NULL": (
        "\tobj o = try_get();\n\n\tif (o)\n\t\tuse(o);\n", "", "release it first: if (!IS_ERR_OR_NULL(o)) put(o);"),
    "a leak of what may be borrowed": (
        "\tbool noref;\n\tobj o = either(&noref);\n\n\tuse(o);\n", " __must_hold(rcu)",
        "release it first: if (!noref) put(o);"),
    "a leak by a jump": (
        '\twhile (nondet("more")) {\n\t\tobj o = get();\n\n\t\tif (nondet("odd"))\n\t\t\tcontinue;\n\t\tput(o);\n\t}\n',
        "", "release it first: put(o); (line 23)"),
    "a release of a borrow": (
        "\tbool noref;\n\tobj o = either(&noref);\n\n\tput(o);\n", " __must_hold(rcu)",
        "release only what is held: if (!noref) put(o);"),
    "a release of what is always borrowed": (
        "\tobj o = peek();\n\n\tput(o);\n", " __must_hold(rcu)", "it is not this path's to release: drop `put(o);`"),
    "a second release": ("\tobj o = get();\n\n\tput(o);\n\tput(o);\n", "", "it was released before: drop `put(o);`"),
    "a second release on one path": (
        '\tobj o = get();\n\n\tif (nondet("odd"))\n\t\tput(o);\n\tput_any(o);\n', "",
        "clear it where it is given away: o = NULL; (line 22)"),
    "a use behind a release": (
        "\tobj o = get();\n\n\tput(o);\n\tuse(o);\n", "", "move `put(o);` (line 21) behind this"),
    "a use behind a section": (
        "\tobj o;\n\n\trcu_read_lock();\n\to = peek();\n\trcu_read_unlock();\n\tuse(o);\n", "",
        "move `rcu_read_unlock();` (line 23) behind this"),
    "a context that is missing": (
        "\tobj o = get();\n\n\tneeds(o);\n\tput(o);\n", "", "enter it around the call: lock_it(); ... unlock_it();"),
    "a section left open": ("\tlock_it();\n\tuse(get());\n", "", "leave it first: unlock_it();"),
    "a section left twice": (
        "\tlock_it();\n\tunlock_it();\n\tunlock_it();\n", "", "it is not entered here: drop `unlock_it();`"),
    "a call that may sleep": (
        "\tnap();\n", "", "say it of the function, so that its callers are asked: f(...) __may_sleep"),
    "NULL": ("\tobj o = try_get();\n\n\tuse(o);\n\tput(o);\n", "", "test it first: if (!o) return;"),
    "a variable without a value": (
        '\tobj o;\n\n\tif (nondet("some"))\n\t\to = get();\n\tput_any(o);\n', "",
        "give it a value where it is declared: o = NULL"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_help_says_what_mends(tmp_path: Path, name: str):
    body, attributes, wanted = CASES[name]
    listed = found(tmp_path, body, attributes)
    assert wanted in [f.help for f in listed], [(f.title, f.help) for f in listed]
    assert all(bool(f.help) == bool(f.repair) for f in listed)


def test_what_is_done_in_a_branch_only_is_not_moved_out_of_it(tmp_path: Path):
    # Given what is released on some paths and used on all, then a release on all of them is no help
    some = '\tobj o = get();\n\n\tif (nondet("some"))\n\t\tput(o);\n\tuse(o);\n\tput(o);\n'
    listed = found(tmp_path, some)
    assert "use-after-release" in [f.property for f in listed]
    assert [f.help for f in listed if f.help.startswith("move")] == []
    # and within the branch it is
    inside = '\tobj o = get();\n\n\tif (nondet("some")) {\n\t\tput(o);\n\t\tuse(o);\n\t\treturn;\n\t}\n\tput(o);\n'
    (f,) = found(tmp_path, inside)
    assert f.help == "move `put(o);` (line 22) behind this"


def test_help_that_makes_it_worse_is_not_given(tmp_path: Path):
    # Given a leak where only a flag of the function's own tells a hold from a borrow, and one where nothing does
    told = """	bool noref = false;
	obj o = NULL;

	if (nondet("cached")) {
		o = peek();
		noref = o != NULL;
	}
	if (!o)
		o = get();
	if (nondet("too big"))
		return;
	if (!noref)
		put(o);
"""
    (f,) = found(tmp_path, told, " __must_hold(rcu)")
    assert f.help == "release it first: if (!noref) put(o);"
    untold = "\n".join(line for line in told.split("\n") if "noref" not in line and line != "\t\tput(o);")
    assert [(f.help, f.repair) for f in found(tmp_path, untold, " __must_hold(rcu)")] == [("", ())] * 2


@pytest.mark.parametrize(
    ("branch", "mended"),
    [
        ('\tif (nondet("x"))\n\t\treturn;\n\tput(o);\n',
         '\tif (nondet("x")) {\n\t\tput(o);\n\t\treturn;\n\t}\n\tput(o);\n'),
        ('\tif (nondet("x"))\t@7\n\t\treturn;\t@8\n\telse\n\t\tuse(o);\n\tput(o);\n',
         '\tif (nondet("x")) {\t@7\n\t\tput(o);\n\t\treturn;\t@8\n\t} else\n\t\tuse(o);\n\tput(o);\n'),
        ('\tif (nondet("x")) return;\n\tput(o);\n',
         '\tif (nondet("x")) { put(o); return; }\n\tput(o);\n'),
        ('\tif (nondet("x")) { use(o); return; }\n\tput(o);\n',
         '\tif (nondet("x")) { use(o); put(o); return; }\n\tput(o);\n'),
        ('\tif (nondet("x")) {\t// why\n\t\tuse(o);\n\t\treturn;\t/* bad */\n\t}\n\tput(o);\n',
         '\tif (nondet("x")) {\t// why\n\t\tuse(o);\n\t\tput(o);\n\t\treturn;\t/* bad */\n\t}\n\tput(o);\n'),
    ],
    ids=["branch", "else", "one-line", "one-line-block", "comments"],
)  # fmt: skip
def test_a_repair_is_written_as_the_text_around_it(tmp_path: Path, branch: str, mended: str):
    head = f"{HEAD}void f()\n{{\n\tobj o = get();\n\n"
    path = model(tmp_path, f"{head}{branch}}}\n")
    (f,) = [f for r in records(path) for f in r.findings]
    assert edited(path.read_text(encoding="utf-8"), f.repair) == f"{head}{mended}}}\n"


def test_what_breaks_where_the_body_stands_in_another_function_counts(tmp_path: Path):
    # Given a leak in a body that stands in its caller as well, which releases what it is handed back
    text = f"{HEAD}obj f()\n{{\n\tobj o = get();\n\n\tuse(get());\n\treturn o;\n}}\n\nvoid g()\n{{\n\tput(f());\n}}\n"
    for r in records(model(tmp_path, text)):
        for finding in r.findings:
            assert "put(o)" not in finding.help


def test_nothing_is_tried_where_not_all_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    asked = list[str]()
    monkeypatch.setattr(Mender, "_mends", lambda _self, text, *_: asked.append(text) or False)
    assert all(f.help == "" and f.repair == () for f in found(tmp_path, "\tobj o = get();\n\n\tuse(o);\n"))
    assert len(asked) == len(set(asked)) > 1  # the finding stands, whatever was tried
    asked.clear()
    assert found(tmp_path, "\tobj o = get();\n\n\tput(o);\n") == []
    assert asked == []


@pytest.mark.parametrize("after", ["x\na\nb\n", "a\n", "a\nb\nc\n", "b\n", "", "a\nb\n", "c"])
def test_edits_lead_from_one_text_to_the_other(after: str):
    assert edited("a\nb\n", edits("a\nb\n", after)) == after
    assert edited("c\nd\n", edits("a\nb\n", after)) is None or after.startswith("a\nb\n")


@pytest.mark.parametrize(("place", "every"), [("tests/litmus", 9), ("corpus", 9), ("models", 3)])
def test_every_help_mends(place: str, every: int):
    # A slice of what `make helps` asks of all of them and of generated programs
    files = sorted((ROOT / place).rglob("*.rc"))[::every]
    total = helps.Tally(0, 0, ())
    for path in files:
        total = total.plus(helps.judged(path))
    assert total.wrong == ()
    assert total.helps > 0


def test_every_help_of_a_generated_program_mends():
    total = helps.Tally(0, 0, ())
    for path in helps.programs(1, 12):
        total = total.plus(helps.judged(path))
    assert total.wrong == ()
    assert total.helps > 0


def test_what_stands_in_another_statement_is_not_put_behind_it(tmp_path: Path):
    # Given a program of which a release stands inside of what it would be put behind, then it is no repair, and no fault
    found = records(model(tmp_path, program(741904)))
    assert any(r.findings for r in found)


def test_a_help_that_does_not_mend_would_be_noticed(monkeypatch: pytest.MonkeyPatch):
    # Given a mender that believes whatever it tries, then the tool says what is wrong
    monkeypatch.setattr(Mender, "_mends", lambda *_: True)
    assert helps.judged(ROOT / "tests" / "litmus" / "try_hold_ignored_bad.rc").wrong != ()


def test_a_signature_that_says_more_is_no_help_where_a_caller_breaks_by_it(tmp_path: Path):
    # Given a function with a contract that sleeps and does not say so, and a caller of it
    f = f"{HEAD}int f() contract {{ ok: return 0; }}\n{{\n\tnap();\n\treturn 0;\n}}\n"
    caller = "void g() __may_sleep\n{\n\t%sf();\n\t%s;\n}\n"
    (alone,) = [x for r in records(model(tmp_path, f + caller % ("", ""))) for x in r.findings]
    assert alone.title == "`nap` may sleep, but f() is not `__may_sleep`: a caller may hold what forbids it"
    assert alone.help.endswith("f(...) __may_sleep")
    # When the caller is in a section, to say it would break that
    inside = caller % ("rcu_read_lock();\n\t", "rcu_read_unlock()")
    (f_alone,) = [x for r in records(model(tmp_path, f + inside)) for x in r.findings]
    assert f_alone.help == ""


def test_help_above_what_nothing_reaches_only_moves_that(tmp_path: Path):
    # Given a leak above code that no path comes to, then the help that puts a line in between is given, and mends
    (f,) = found(tmp_path, "\tobj o = get();\n\n\tuse(o);\n\treturn;\n\tnap();\n", " __may_sleep")
    assert f.help == "release it first: put(o);"
    body = "{\n\tobj o = get();\n\n\tuse(o);\n}\n\nvoid g() __may_sleep\n{\n\treturn;\n\tnap();\n}\n"
    assert helps.judged(model(tmp_path, f"{HEAD}void f()\n{body}"))[1:] == (1, ())
