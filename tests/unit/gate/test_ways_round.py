# SPDX-License-Identifier: GPL-2.0-only
"""Ways to talk the gate round that change what is written, and not what git shows: each fails, by its rule."""

from collections.abc import Callable
from pathlib import Path

import pytest
from gated import MODEL, broken, edit, judged
from gated_models import MODELS, MORE
from repository import LEAKS, commit, git

A, B, CALLERS, KINDS, PATHS, AGAIN, CALLEE, SPEC = (
    *(f"models/{n}.rc" for n in ("a", "b", "callers", "kinds", "paths", "again", "callee")), "specs/b.spec",
)  # fmt: skip

REPAIRED = (" expect refuted(leaked-ref)", "")
LEAK = "\tif (!ok)\n\t\treturn -EACCES;\n"
MENDED = "\tif (!ok) {\n\t\tdst_release(rt);\n\t\treturn -EACCES;\n\t}\n"
TOO_LONG = '\tif (nondet("too long"))\n\t\tgoto drop;\n'
REFUSE = "\t\tdst_release(rt);\n\t\treturn -EMSGSIZE;"
OUTCOME = "\tno:  use d, return false;\n"
LESS = ("no:  use d, return false;", "no: return false;")
BORROWS = "void borrows(dst d) __must_hold(rcu)"
CALL_BORROWS = "\tok = may_send(rt);\n\tlocal_bh_disable();\n\tborrows(rt);\n\tlocal_bh_enable();\n"
BUGGY = MODEL.replace("\t\tdst_release(rt);\n", "").replace("(softirq)\n", "(softirq) expect refuted(leaked-ref)\n")


@pytest.fixture(autouse=True)
def _more(repo: Path) -> None:
    """More models, and contracts for them."""
    add(SPEC, MORE)
    for name, model in MODELS.items():
        Path(f"models/{name}.rc").write_text(model, encoding="utf-8")
    commit(repo, "more")


def add(path: str, *texts: str) -> None:
    Path(path).write_text("\n".join([Path(path).read_text(encoding="utf-8"), *texts]), encoding="utf-8")


def needs_rcu() -> None:
    edit(CALLERS, ("needy(dst d)\n", "needy(dst d) __must_hold(rcu)\n"))


def caller(name: str, how: str, *lines: str) -> str:
    return "\n".join([f"void {name}(dst d){how}", "{", *(f"\t{line}" for line in lines), "}", ""])


# ------------------------------------------------------------------------------------------------ what passes

PASSES: dict[str, Callable[[], object]] = {
    "a caller of the base gives it": needs_rcu,
    "a caller that is cited gives it": lambda: (
        edit(B, (BORROWS, f"{BORROWS} __must_hold(bh)")),
        add(B, caller("cited", ' __must_hold(rcu) __from("net/b.c:cited")', "local_bh_disable();", "borrows(d);",
                      "local_bh_enable();"))),
    "a member behind the others": lambda: edit(SPEC, ("METADATA }", "METADATA, BLACKHOLE }")),
    "two releases become one": lambda: edit(
        A, (REFUSE, "\t\tgoto drop;"),
        ("\thelper(rt);\n\treturn 0;", f"\thelper(rt);\n\treturn 0;\ndrop:\n{REFUSE}")),
    "the text of an unknown": lambda: edit(A, ('"too long"', '"skb->len > mtu"')),
    "a leak is repaired": lambda: edit(PATHS, REPAIRED, (LEAK, MENDED)),
    "variables of what is refuted": lambda: edit(
        PATHS, ("dst rt", "dst way"), ("(rt)", "(way)"), ("bool ok", "bool yes"), ("ok =", "yes ="), ("(!ok)", "(!yes)")),
    "a parameter": lambda: edit(B, ("dst d)", "dst way)"), ("(d);", "(way);")),
    "comments in what is refuted": lambda: edit(PATHS, ("return -EACCES;", "return -EACCES; /* why */ @17")),
    "another unknown leads to what is refuted": lambda: edit(AGAIN, ('nondet("debug")', 'nondet("verbose")')),
    "a branch on the way to what is refuted": lambda: edit(
        PATHS, ("\t\treturn -EACCES;", '\t{\n\t\tif (nondet("debug"))\n\t\t\tuse(rt);\n\t\treturn -EACCES;\n\t}')),
    "an error is another": lambda: edit(A, ("-EMSGSIZE", "-E2BIG")),
    "an error goes by a variable": lambda: edit(
        A, ("\tdst rt;\n", "\tdst rt;\n\tint err = -EMSGSIZE;\n"), ("return -EMSGSIZE", "return err")),
    "a repair goes by a label": lambda: edit(
        PATHS, REPAIRED, (LEAK, "\tif (!ok)\n\t\tgoto denied;\n"),
        ("return -EMSGSIZE;\n}", "return -EMSGSIZE;\ndenied:\n\tuse(rt);\n\tdst_release(rt);\n\treturn -EACCES;\n}")),
    "code moves into a helper": lambda: edit(
        A, (REFUSE, "\t\treturn refuse(rt);"),
        ("int xmit", f"static int refuse(dst rt)\n{{\n{REFUSE}\n}}\n\nint xmit")),
    "code moves into a helper with a contract": lambda: edit(
        A, (REFUSE, "\t\treturn refuse(rt);"),
        ("int xmit", f"int refuse(dst rt)\ncontract {{ ok: release rt, return -EMSGSIZE; }}\n{{\n{REFUSE}\n}}\n\nint xmit")),
    "a slot more in a resource with slots": lambda: edit(SPEC, ("published;", "published; slot other: dst;")),
    "an extension with a member": lambda: add(KINDS, "extend resource conn { embeds inner; }", ""),
    "a new version of the source": lambda: edit(PATHS, REPAIRED, (LEAK, ""), ("v6.19", "v6.20")),
    "an override that says the same": lambda: add(
        B, "override bool may_send(dst d) contract { yes: use d, return true; no: use d, return false; };", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", PASSES)
def test_what_takes_nothing_away_passes(name: str):
    PASSES[name]()
    assert broken() == {}


# ------------------------------------------------------------------------------------------------ what does not

CALLS: dict[str, tuple[Callable[[], object], dict[str, set[str]]]] = {
    "a caller that holds nothing": (
        lambda: (needs_rcu(), edit(CALLERS, ("\trcu_read_lock();\n", ""), ("\trcu_read_unlock();\n", ""),
                                   ("known(dst d)", "known(dst d) expect refuted(missing-context)"))),
        {"new-assumption": {"needy"}, "hidden-refutation": {"known"}}),
    "a caller that takes it for granted": (
        lambda: (needs_rcu(), edit(CALLERS, ("\trcu_read_lock();\n", ""), ("\trcu_read_unlock();\n", ""),
                                   ("known(dst d)", "known(dst d) __must_hold(rcu)"))),
        {"new-assumption": {"needy", "known"}}),
    "a caller that nobody knows": (
        lambda: (edit(B, (BORROWS, f"{BORROWS} __must_hold(bh)")),
                 add(B, caller("fake", " __must_hold(rcu)", "local_bh_disable();", "borrows(d);", "local_bh_enable();"))),
        {"new-assumption": {"borrows"}}),
    "a call that nobody knows": (
        lambda: (edit(B, (BORROWS, f"{BORROWS} __must_hold(bh)")),
                 edit(B, ("\tok = may_send(rt);\n", CALL_BORROWS))),
        {"new-assumption": {"borrows"}}),
    "a caller that rests on what is refuted": (
        lambda: (edit(B, (BORROWS, f"{BORROWS} __must_hold(bh)")),
                 add(B, "int bad() expect refuted(leaked-ref) contract { ok: return any; }",
                     "{\n\tdst rt = ip_route_output_key();\n\n\treturn 0;\n}",
                     caller("fake", ' __must_hold(rcu) __from("net/b.c:fake") expect kept(bad)', "local_bh_disable();",
                            "bad();", "borrows(d);", "local_bh_enable();"))),
        {"new-assumption": {"borrows"}}),
    "callers in a circle": (
        lambda: (needs_rcu(), edit(CALLERS, ("\trcu_read_lock();\n", ""), ("\trcu_read_unlock();\n", ""),
                                   ("known(dst d)\n", "known(dst d) __must_hold(rcu)\n")),
                 add(CALLERS, caller("one", " __must_hold(rcu)\ncontract { ok: use d; }", "known(d);", "two(d);"),
                     caller("two", " __must_hold(rcu)\ncontract { ok: use d; }", 'if (nondet("x"))', "\tone(d);",
                            "use(d);"))),
        {"new-assumption": {"needy", "known"}}),
    "it may sleep": (
        lambda: edit(B, (BORROWS, f"{BORROWS} __may_sleep")), {"new-assumption": {"borrows"}}),
    "a parameter that is counted": (
        lambda: edit(B, ("borrows(dst d)", "borrows(dst d __counted)")), {"new-assumption": {"borrows"}}),
    "a parameter that is no NULL": (
        lambda: (edit(B, ("borrows(dst d)", "borrows(dst d __nullable)"),
                      ("\tuse(d);\n\tstrict(d);", "\tif (d)\n\t\tstrict(d);")),
                 git(Path(), "commit", "-q", "-a", "-m", "x"), edit(B, (" __nullable", " __any"))),
        {"new-assumption": {"borrows"}}),
    "a parameter that answers a test": (
        lambda: edit(PATHS, ("int helped()", "int helped(bool yes)"),
                     ("\tif (!ok)\n\t\treturn -EPERM", "\tif (!yes)\n\t\treturn -EPERM")),
        {"new-assumption": {"helped"}}),
    "a precondition": (
        lambda: edit(CALLEE, ("careful(int err)", "careful(int err) __requires(err < 0)")),
        {"new-assumption": {"careful"}}),
    "an entry context says nothing of arguments": (
        lambda: edit(A, ("xmit(skb s)", "xmit(skb s __counted)")), {"new-assumption": {"xmit"}}),
    "a parameter that answers a test, in an entry context": (
        lambda: edit(A, ("xmit(skb s)", "xmit(skb s, bool yes)"), ('nondet("too long")', "yes")),
        {"new-assumption": {"xmit"}}),
    "static": (lambda: edit(CALLERS, ("void needy", "static void needy")), {"lost-model": {"needy"}}),
    "static, and called where it was not": (
        lambda: (edit(CALLERS, ("void known", "static inline void known")),
                 add(CALLERS, caller("needless", "", "known(d);"))),
        {"lost-model": {"known"}}),
    "an entry context of its own": (
        lambda: (add(B, "entry easy { holds rcu, bh; }", ""), edit(B, (BORROWS, f"{BORROWS} __entry(easy)"))),
        {"lost-model": {"borrows"}}),
}  # fmt: skip

GROUNDS: dict[str, tuple[Callable[[], object], dict[str, set[str]]]] = {
    "an enum has a member less": (
        lambda: (edit(SPEC, (", METADATA }", " }")), edit(KINDS, ("METADATA", "TUNNEL"))), {"weaker-contract": {"kind"}}),
    "an enum has a member in front": (lambda: edit(SPEC, ("{ PLAIN,", "{ NONE, PLAIN,")), {"weaker-contract": {"kind"}}),
    "a resource is not shared": (lambda: edit("specs/dst.spec", ("\tshared;\n", "")), {"weaker-contract": {"dst"}}),
    "a resource is shared": (
        lambda: edit(SPEC, ("resource token;", "resource token { shared; }")), {"weaker-contract": {"token"}}),
    "a slot is not published": (lambda: edit(SPEC, (" published", "")), {"weaker-contract": {"conn"}}),
    "a resource gets its first slot": (
        lambda: add(KINDS, "extend resource token { slot next: dst; }", ""), {"weaker-contract": {"token"}}),
    "of two extensions one is another": (
        lambda: (add(KINDS, "extend resource conn { slot x: dst published; }\nextend resource conn { embeds y; }", ""),
                 git(Path(), "commit", "-q", "-a", "-m", "x"), edit(KINDS, ("slot x: dst published", "slot x: dst"))),
        {"weaker-contract": {"conn"}}),
    "a member is no alias any more": (lambda: edit(SPEC, (" embeds base;", "")), {"weaker-contract": {"conn"}}),
    "a context sleeps": (
        lambda: edit("specs/contexts.spec", ("fact gp", "context spare sleeps;\nfact gp")) or
                edit("specs/contexts.spec", ("fact bh_off = rcu_bh |", "fact bh_off = rcu_bh | spare |")),
        {"weaker-contract": {"bh_off"}}),
    "an override": (
        lambda: add(B, "override bool may_send(dst d) contract { yes: use d, return true; };", ""),
        {"weaker-contract": {"may_send"}}),
    "an entry requires more": (
        lambda: edit("specs/skb.spec", ("holds softirq, rcu;", "holds softirq, rcu; requires len > 0;")),
        {"weaker-contract": {"softirq"}}),
    "an entry has a slot in fewer states": (
        lambda: edit("specs/skb.spec", ("slot skb.dst: empty | owned;", "slot skb.dst: empty;")),
        {"weaker-contract": {"ndo_start_xmit"}}),
    "a body that nobody knows keeps it": (
        lambda: (edit(SPEC, (OUTCOME, "")), add(B, "bool may_send(dst d)\n{\n\tuse(d);\n\treturn true;\n}\n")),
        {"weaker-contract": {"may_send"}}),
    "a body stands in place of a contract": (
        lambda: (edit(SPEC, ("bool may_send(dst d)", "bool might_send(dst d)")),
                 *(add(p, "static bool may_send(dst d)\n{\n\treturn true;\n}\n") for p in (B, PATHS))),
        {"weaker-contract": {"may_send"}}),
    "a citation of spaces": (
        lambda: edit(SPEC, LESS, ("b.c:may_send", "b.c:may_send ")), {"weaker-contract": {"may_send"}}),
    "a citation of nothing": (
        lambda: edit(SPEC, LESS, ("b.c:may_send", "b.c:\u200bmay_send")), {"weaker-contract": {"may_send"}}),
    "a version of spaces": (
        lambda: edit(A, ('"v6.19"', '"v6.19 "'), ("\tuse(rt);\n", "")), {"thinner-model": {"xmit"}}),
    "a source that is named no more": (
        lambda: edit(A, ('source "net/a.c", "v6.19";\n', ""), ("\tuse(rt);\n", "")), {"thinner-model": {"xmit"}}),
    "a new function rests on another contract of that name": (
        lambda: (Path("models/x/specs").mkdir(parents=True), Path("models/x/n.rc").write_text(
            LEAKS.replace("leaks", "more").replace("borrows", "lends"), "utf-8"),
            Path("models/x/specs/b.spec").write_text(Path(SPEC).read_text("utf-8").replace(*LESS), "utf-8")),
        {"weaker-contract": {"may_send"}}),
    "a spec beside the model": (
        lambda: Path("models/b.spec").write_text(
            Path(SPEC).read_text(encoding="utf-8").replace(OUTCOME, ""), encoding="utf-8"),
        {"weaker-contract": {"may_send"}}),
    "a spec folder beside the model": (
        lambda: (Path("models/specs").mkdir(), Path("models/specs/b.spec").write_text(
            Path(SPEC).read_text(encoding="utf-8").replace(OUTCOME, ""), encoding="utf-8")),
        {"weaker-contract": {"may_send"}}),
}  # fmt: skip

LINES: dict[str, tuple[Callable[[], object], dict[str, set[str]]]] = {
    "a call is an unknown that was used before": (
        lambda: edit(PATHS, (f"\tok = may_send(rt);\n{TOO_LONG}", '\tok = nondet("too long");\n')),
        {"thinner-model": {"paths"}}),
    "a test is a build option": (
        lambda: edit(PATHS, REPAIRED, (LEAK, "\tif (config(X))\n\t\tuse(rt);\n")), {"hidden-refutation": {"paths"}}),
    "a test is an unknown of a text that was used before": (
        lambda: edit(PATHS, REPAIRED, (f"{TOO_LONG}\tdst", "\tdst"), (LEAK, TOO_LONG)), {"hidden-refutation": {"paths"}}),
    "a test is a function that is new": (
        lambda: (edit(PATHS, REPAIRED, (LEAK, "\tif (other())\n\t\tuse(rt);\n")),
                 add(PATHS, 'static bool other()\n{\n\treturn nondet("x");\n}\n')),
        {"hidden-refutation": {"paths"}}),
    "a test is an unknown, and the variables have other names": (
        lambda: edit(PATHS, REPAIRED, ("\tbool ok;\n\n\tif (IS_ERR(rt))\n\t\treturn PTR_ERR(rt);\n\tif",
                                       "\tbool ok;\n\tint n = 0;\n\n\tif (IS_ERR(rt))\n\t\treturn PTR_ERR(rt);\n\tif"),
                     ("dst rt", "dst way"), ("(rt)", "(way)"), (LEAK, '\tif (nondet("no"))\n\t\tuse(way);\n')),
        {"hidden-refutation": {"paths"}}),
    "unknowns stand in front of the one that hides": (
        lambda: edit(PATHS, REPAIRED, (LEAK, '\tif (nondet("no"))\n\t\tuse(rt);\n'), ("\tuse(rt);\n\tok", "".join(
            f'\tif (nondet("x{i}"))\n\t\tuse(rt);\n\tuse(rt);\n' for i in range(12)) + "\tok")),
        {"hidden-refutation": {"paths"}}),
    "a branch is gone": (
        lambda: edit(PATHS, REPAIRED, (LEAK, "")), {"thinner-model": {"paths"}}),
    "a branch of a void function does not leave any more": (
        lambda: (add(PATHS, "void quiet()\n{\n\tdst rt = ip_route_output_key();\n\n\tif (IS_ERR(rt))\n\t\treturn;",
                     "\tif (!may_send(rt)) {\n\t\tdst_release(rt);\n\t\treturn;\n\t}",
                     "\tif (kind_of(rt) == PLAIN)\n\t\tuse(rt);\n\tdst_release(rt);\n}\n"),
                 git(Path(), "commit", "-q", "-a", "-m", "x"),
                 edit(PATHS, ("{\n\t\tdst_release(rt);\n\t\treturn;\n\t}", "\n\t\tuse(rt);"))),
        {"thinner-model": {"quiet"}}),
    "an error branch is gone whose callees are called elsewhere": (
        lambda: edit(A, (f'\tif (nondet("too long")) {{\n{REFUSE}\n\t}}\n', "")), {"thinner-model": {"xmit"}}),
    "a branch does nothing whose callees are called elsewhere": (
        lambda: edit(A, (REFUSE, "\t\treturn -EMSGSIZE;")), {"thinner-model": {"xmit"}}),
    "a use is gone of which there is another": (
        lambda: edit(AGAIN, (" expect refuted(use-after-release)", ""),
                     ('"debug"))\n\t\tuse(rt);', '"debug"))\n\t\treturn 1;')),
        {"thinner-model": {"again"}}),
    "an error that only a comment of a helper names": (
        lambda: edit(A, (REFUSE, "\t\treturn refuse(rt);"), ("int xmit", (
            "int refuse(dst rt)\ncontract { ok: release rt, return 0; }\n"
            "{\n\tdst_release(rt); // -EMSGSIZE\n\treturn 0;\n}\n\nint xmit"))),
        {"thinner-model": {"xmit"}}),
    "a helper does nothing": (
        lambda: edit(PATHS, ("\treturn may_send(d);", "\treturn true;")), {"thinner-model": {"helped"}}),
    "a line moves to a function that nobody calls": (
        lambda: (edit(A, ("\tuse(rt);\n", "")), add(A, caller("elsewhere", "", "use(d);"))), {"thinner-model": {"xmit"}}),
    "a copy without a source": (
        lambda: Path("models/copy.rc").write_text(
            MODEL.replace('source "net/a.c", "v6.19";\n', "").replace("\tuse(rt);\n", ""), "utf-8"),
        {"thinner-model": {"xmit"}}),
}  # fmt: skip

EXPECTED: dict[str, tuple[Callable[[], object], dict[str, set[str]]]] = {
    "a second leak": (
        lambda: edit(PATHS, ("\tdst_release(rt);\n\treturn 0;\ndrop",
                             '\tif (nondet("x"))\n\t\treturn -EIO;\n\tdst_release(rt);\n\treturn 0;\ndrop')),
        {"hidden-refutation": {"paths"}}),
    "a second leak on an equal line": (
        lambda: edit(PATHS, (f"{TOO_LONG}\tdst", f"{TOO_LONG}{LEAK}\tdst")), {"hidden-refutation": {"paths"}}),
    "a second acquisition of what leaks": (
        lambda: edit(PATHS, (LEAK, ('\tif (nondet("again")) {\n\t\tdst_release(rt);\n\t\trt = ip_route_output_flow();\n'
                                   f"\t\tif (IS_ERR(rt))\n\t\t\treturn 0;\n\t\tok = false;\n\t}}\n{LEAK}"))),
        {"hidden-refutation": {"paths"}}),
    "a leak in place of another": (
        lambda: edit(PATHS, (LEAK, MENDED), ("drop:\n\tdst_release(rt);", "drop:\n\tuse(rt);")),
        {"hidden-refutation": {"paths"}}),
    "a leak in place of another on the way to the same line": (
        lambda: (edit(PATHS, ("\t\treturn -EACCES;", "\t\tgoto out;"),
                      ("return -EMSGSIZE;\n}", "return -EMSGSIZE;\nout:\n\treturn -EACCES;\n}")),
                 git(Path(), "commit", "-q", "-a", "-m", "x"),
                 edit(PATHS, ("\tif (!ok)\n\t\tgoto out;", "\tif (!ok) {\n\t\tdst_release(rt);\n\t\tgoto out;\n\t}"),
                      (f"\tok = may_send(rt);\n{TOO_LONG}", f"\tok = may_send(rt);\n\tif (ok)\n\t\tgoto out;\n{TOO_LONG}"))),
        {"hidden-refutation": {"paths"}}),
    "a copy with a bug beside the original": (
        lambda: Path("models/copy.rc").write_text(BUGGY, "utf-8"),
        {"hidden-refutation": {"xmit [ndo_start_xmit]", "xmit [softirq]"}}),
    "a copy with a bug beside an original that is touched": (
        lambda: (edit(A, ("int xmit", "// touched\nint xmit")), Path("models/copy.rc").write_text(BUGGY, "utf-8")),
        {"hidden-refutation": {"xmit [ndo_start_xmit]", "xmit [softirq]"}}),
    "what is refuted is called": (
        lambda: edit(CALLEE, ("careful(int err)\n{\n", "careful(int err) expect kept(callee)\n{\n\tcallee();\n")),
        {"hidden-refutation": {"careful"}}),
    "something that nothing reaches": (
        lambda: edit(CALLEE, ("careful(int err)\n{\n",
                              "careful(int err) expect vacuous(sanity)\n{\n\tif (err && !err)\n\t\treturn 0;\n")),
        {"hidden-refutation": {"careful"}}),
}  # fmt: skip

ROUND = {**CALLS, **GROUNDS, **LINES, **EXPECTED}


@pytest.mark.parametrize("name", ROUND)
def test_a_way_round_fails_by_its_rule(name: str):
    change, wanted = ROUND[name]
    change()
    found = broken()
    for rule, subjects in wanted.items():
        assert subjects <= found.get(rule, set()), found


def test_the_place_and_the_cause_are_named():
    EXPECTED["a second leak"][0]()
    [b] = [b for b in judged()["breaches"] if b["rule"] == "hidden-refutation"]
    assert b["message"] == "under its `expect` stands a finding that the base has not: leaked-ref of `rt` at `return -EIO;`"
    assert (b["base"], b["head"]) == ("leaked-ref of `rt` at `return -EACCES;`", "leaked-ref of `rt` at `return -EIO;`")
    assert b["place"]["line"] == Path(PATHS).read_text(encoding="utf-8").split("\n").index("\t\treturn -EIO;") + 1


def test_a_function_of_that_name_in_another_source_is_another_and_is_mentioned():
    text = LEAKS.replace("net/b.c", "net/other.c").replace("int leaks", "int helped").replace("borrows", "lends")
    Path("models/h.rc").write_text(text, encoding="utf-8")
    data = judged()
    assert data["accepted"] == ["`helped` is taken for another function than the one that is known, of another source file"]
    assert data["passed"]


def test_a_contract_that_some_model_of_the_base_has_is_no_news():
    edit(CALLERS, ("\tuse(d);", "\tuse(d);\n\tkind_of(d);"))
    data = judged()
    assert (data["passed"], data["accepted"]) == (True, [])
