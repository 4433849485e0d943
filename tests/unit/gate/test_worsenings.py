# SPDX-License-Identifier: GPL-2.0-only
"""Each worsening fails by its rule, whatever else is renamed around it."""

from pathlib import Path

import pytest
from command import ROOT
from gated import SPEC, broken, edit, endless
from repository import LEAKS, git

from refcheck.base.diagnostics import BY_NAME
from refcheck.gate.breach import RULES


def shadowed() -> None:
    Path("models/b.spec").write_text(SPEC.replace("no:  use d,", "no:"), encoding="utf-8")


def copied() -> None:
    shadowed()
    Path("models/b.spec").rename("specs/other.spec")
    edit("models/b.rc", ('"b.spec"', '"other.spec"'))


WORSENINGS: dict[str, tuple[object, dict[str, set[str]]]] = {
    "a release is dropped": (
        lambda: edit("models/a.rc", ("\t\tdst_release(rt);\n", "")),
        {"worse-verdict": {"xmit [ndo_start_xmit]", "xmit [softirq]"}}),
    "an expected refutation is gone, the expectation not": (
        lambda: edit("models/b.rc", ("return -EACCES;", "{\n\t\tdst_release(rt);\n\t\treturn -EACCES;\n\t}")),
        {"unexpected-verdict": {"leaks"}}),
    "an expectation is dropped": (
        lambda: edit("models/b.rc", (" expect refuted(leaked-ref)", "")),
        {"unexpected-verdict": {"leaks"}}),
    "a new model is refuted": (
        lambda: Path("models/n.rc").write_text(
            LEAKS.replace(" expect refuted(leaked-ref)", "").replace("leaks", "more").replace("borrows", "other"), "utf-8"),
        {"unexpected-verdict": {"more"}}),
    "a model is deleted": (
        lambda: Path("models/a.rc").unlink(),
        {"lost-model": {"xmit", "helper"}}),
    "a model is ignored": (
        lambda: (Path(".gitignore").write_text("models/*a.rc\n", encoding="utf-8"),
                 git(Path(), "rm", "-q", "--cached", "models/a.rc")),
        {"lost-model": {"xmit", "helper"}}),
    "a model is moved out of sight": (
        lambda: Path("models/a.rc").rename("a.rc"),
        {"lost-model": {"xmit", "helper"}}),
    "a function is deleted": (
        lambda: edit("models/b.rc", ("void borrows(dst d) __must_hold(rcu)\n{\n\tuse(d);\n\tstrict(d);\n}\n", "")),
        {"lost-model": {"borrows"}}),
    "a function is renamed": (
        lambda: edit("models/b.rc", ("void borrows", "void borrowed")),
        {"lost-model": {"borrows"}}),
    "an entry context is dropped": (
        lambda: edit("models/a.rc", (" __entry(softirq)", "")),
        {"lost-model": {"xmit [softirq]"}}),
    "a trusted contract says less": (
        lambda: edit("specs/b.spec", ("no:  use d, return false;", "no: return false;")),
        {"weaker-contract": {"may_send"}}),
    "a trusted contract has an outcome less": (
        lambda: edit("specs/b.spec", ("\tno:  use d, return false;\n", "")),
        {"weaker-contract": {"may_send"}}),
    "a trusted contract asks less": (
        lambda: edit("specs/b.spec", ("__must_hold(rcu) ", "")),
        {"weaker-contract": {"strict"}}),
    "a contract is copied into another spec": (copied, {"weaker-contract": {"may_send"}}),
    "a spec stands in front of another": (shadowed, {"weaker-contract": {"may_send"}}),
    "a contract that its body does not keep": (
        lambda: edit("models/a.rc", ("ok: release d;", "ok: release d; kept: ;"),
                     ("void helper(dst d)\n", "void helper(dst d) expect vacuous(sanity)\n")),
        {"weaker-contract": {"helper"}, "hidden-refutation": {"helper"}}),
    "an entry context that gives more": (
        lambda: edit("specs/skb.spec", ("holds softirq, rcu;", "holds softirq, rcu, bh;")),
        {"weaker-contract": {"softirq"}}),
    "a fact that holds in more contexts": (
        lambda: edit("specs/contexts.spec", ("fact bh_off = rcu_bh |", "fact bh_off = rcu | rcu_bh |")),
        {"weaker-contract": {"bh_off"}}),
    "a resource that is freed later": (
        lambda: edit("specs/dst.spec", ("freed after gp;", "freed after rcu_visible;")),
        {"weaker-contract": {"dst"}}),
    "a new trusted contract without a source": (
        lambda: (edit("specs/b.spec", ('bool may_send(dst d) __from("net/b.c:may_send")',
                      'void prepare(dst d) { ok: ; }\nbool may_send(dst d) __from("net/b.c:may_send")')),
                 edit("models/b.rc", ("\tuse(d);", "\tuse(d);\n\tprepare(d);"))),
        {"weaker-contract": {"prepare"}}),
    "an expect hides": (
        lambda: edit("models/a.rc", ("\t\tdst_release(rt);\n", ""),
                     ("__entry(softirq)\n", "__entry(softirq) expect refuted(leaked-ref)\n")),
        {"hidden-refutation": {"xmit [ndo_start_xmit]", "xmit [softirq]"}}),
    "a nondet hides": (
        lambda: edit("models/b.rc", (" expect refuted(leaked-ref)", ""), ("if (!ok)\n\t\treturn -EACCES;",
                     'if (nondet("not allowed"))\n\t\tuse(rt);')),
        {"hidden-refutation": {"leaks"}}),
    "a nondet stands for a call": (
        lambda: edit("models/b.rc", ("ok = may_send(rt);", 'ok = nondet("allowed");')),
        {"thinner-model": {"leaks"}}),
    "something that nothing reaches": (
        lambda: edit("models/a.rc", ("\tuse(rt);\n", "\tuse(rt);\n\tif (!rt)\n\t\treturn 0;\n")),
        {"new-sanity-finding": {"xmit [ndo_start_xmit]", "xmit [softirq]"}}),
    "a use is dropped": (
        lambda: edit("models/a.rc", ("\tuse(rt);\n", "")),
        {"thinner-model": {"xmit"}}),
    "a body is emptied": (
        lambda: edit("models/b.rc", ("\tuse(d);\n", "")),
        {"thinner-model": {"borrows"}}),
    "more is assumed of callers": (
        lambda: edit("models/b.rc", ("__must_hold(rcu)", "__must_hold(rcu) __must_hold(bh)")),
        {"new-assumption": {"borrows"}}),
    "an unknown": (endless, {"worse-verdict": {"xmit [ndo_start_xmit]", "xmit [softirq]"}}),
}  # fmt: skip


@pytest.mark.usefixtures("repo")
@pytest.mark.parametrize("name", WORSENINGS)
def test_a_worsening_fails_by_its_rule(name: str):
    change, wanted = WORSENINGS[name]
    assert callable(change)
    change()
    found = broken()
    for rule, subjects in wanted.items():
        assert subjects <= found.get(rule, set()), found
    # Comments and a new name for the file change nothing about it
    for path in [*Path("models").glob("*.rc"), *Path("specs").glob("b*.spec")]:
        path.write_text(f"// words\n\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
    for path in sorted(Path("models").glob("*.rc")):
        path.rename(path.with_name(f"renamed-{path.name}"))
    again = broken()
    for rule, subjects in wanted.items():
        assert subjects <= again.get(rule, set()), again


def test_every_rule_has_a_code_a_page_and_a_test():
    elsewhere = {"incomparable-base", "drifted-model"}  # test_gate.py, test_drifted.py
    tested = {rule for _, wanted in WORSENINGS.values() for rule in wanted} | elsewhere
    assert set(RULES) == tested
    for rule in RULES:
        assert BY_NAME[rule].number.startswith("RC4")
        page = (ROOT / "docs" / "diagnostics" / f"{BY_NAME[rule].number}.md").read_text(encoding="utf-8")
        assert page.startswith(f"# {BY_NAME[rule].number} {rule}\n")
