# SPDX-License-Identifier: GPL-2.0-only
"""Analyses of a text that changes: what is verified again, what is not, and in which order it is said."""

import os
import statistics
from pathlib import Path
from unittest import mock

import typed
from command import GENEVE, run

from refcheck.base.limits import Limits
from refcheck.certificate import digest
from refcheck.lsp import check
from refcheck.lsp.check import Checker
from refcheck.run import function
from refcheck.run import repaired as run_repaired
from refcheck.run.one_file import Options
from refcheck.run.repaired import repaired

TEXT = GENEVE.read_text(encoding="utf-8")


def analyses(checker: Checker, text: str) -> tuple[list[check.Analysis], list[str]]:
    """What is said of the model with this text, and the functions that were proved for it."""
    path, proved = str(GENEVE), list[str]()
    honest = function.verify

    def counting(cfg, limits):
        proved.append(cfg.function)
        return honest(cfg, limits)

    with mock.patch.object(function, "verify", counting):
        return list(checker.analyse(path, {os.path.realpath(path): text}, lambda: False)), proved


def facts(analysis: check.Analysis) -> list[tuple]:
    return [(r.name, r.verdict, r.as_expected, [(f.code, f.place.line) for f in r.findings]) for r in analysis.records]


def test_only_what_changed_is_proved_again_and_it_is_said_first():
    checker = Checker(Options(), None)
    first, proved = analyses(checker, TEXT)
    assert first[0].records == ()
    assert first[-1].pending == frozenset()
    assert len(proved) == len(first[-1].records) > 3
    # Given the same text, then nothing is proved, and there is one answer
    same, proved = analyses(checker, TEXT)
    assert (len(same), proved) == (1, [])
    assert facts(same[0]) == facts(first[-1])
    # Given another body of one function in front of others, then that alone is proved, and said before what moved
    changed = TEXT.replace("\terr = skb_cow_head(skb);", "\tif (err == 77)\n\t\treturn 0;\n\terr = skb_cow_head(skb);", 1)
    assert changed != TEXT
    found, proved = analyses(checker, changed)
    assert proved == ["geneve_build_skb"]
    assert "geneve_build_skb" in {r.function for r in found[1].records}
    assert found[1].pending
    # and all is as if nothing had been known
    fresh, _ = analyses(Checker(Options(), None), changed)
    assert facts(found[-1]) == facts(fresh[-1])


def test_what_can_wait_is_done_behind_the_verdict(monkeypatch):
    # Given a text of which one function changed and others moved
    checker, done = Checker(Options(), None), list[str]()
    analyses(checker, TEXT)
    changed = TEXT.replace("\terr = skb_cow_head(skb);", "\tif (err == 77)\n\t\treturn 0;\n\terr = skb_cow_head(skb);", 1)
    for module, name in ((digest, "_digest"), (check, "keep")):
        honest = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *a, honest=honest, name=name: (done.append(name), honest(*a))[1])
    # When its verdict is said, one digest was needed for that
    said = checker.analyse(str(GENEVE), {os.path.realpath(GENEVE): changed}, lambda: False)
    assert "geneve_build_skb" in next(said).pending
    assert "geneve_build_skb" not in next(said).pending
    assert done == ["_digest"]
    # and what comes behind it keeps its certificate, also where the text is stale by then
    said.close()
    assert done == ["_digest", "keep"]


def test_a_text_that_is_stale_is_given_up():
    path = str(GENEVE)
    asked = iter([False, False, True])
    found = list(Checker(Options(), None).analyse(path, {}, lambda: next(asked)))
    assert found[-1].pending


def test_a_function_with_an_error_leaves_the_others_their_verdicts():
    text = TEXT.replace("\tdst_release(d);", "\tdst_releas(d);", 1)
    found, _ = analyses(Checker(Options(), None), text)
    assert [p.name for p in found[-1].problems] == ["unknown-name"]
    assert "geneve_build_skb" not in {r.function for r in found[-1].records}
    assert len(found[-1].records) > 2


MODEL = """use "thing.spec";
int leaks(bool big)
{
	thing t = thing_get();
	if (big)
		return -EINVAL;
	if (!big)
		return -ENOENT;
	thing_put(t);
	return 0;
}
"""
SPEC = "resource thing;\nthing thing_get() { got: return hold; }\nvoid thing_put(thing t) { ok: release t; }\n"


def mended(folder: Path, text: str, name: str = "leaks") -> str | None:
    (folder / "thing.spec").write_text(SPEC)
    found = repaired(folder / "m.rc", text, name, None, Limits(), {})
    return found.text if found else None


def test_all_repairs_of_a_function_are_made_or_none(tmp_path: Path):
    text = MODEL.replace("\tif (!big)\n\t\treturn -ENOENT;\n", "")
    new = mended(tmp_path, text)
    assert new is not None
    (tmp_path / "m.rc").write_text(new)
    assert run("verify", "--no-store", tmp_path / "m.rc").status == 0
    assert mended(tmp_path, new) is None
    # Given something that no repair mends, then nothing is proposed
    assert mended(tmp_path, text.replace("\tthing_put(t);", '\tunreachable("no");\n\tthing_put(t);')) is None
    assert mended(tmp_path, text.replace("thing_put", "thing_putt")) is None
    assert mended(tmp_path, text.replace("big)", "big")) is None
    # Given two leaks, then both are mended, but what nothing reaches is no proof
    assert mended(tmp_path, MODEL) is None
    two = mended(tmp_path, MODEL.replace("if (!big)", 'if (nondet("b"))'))
    assert two is not None
    assert two.count("thing_put(t);") == 3


def test_a_change_that_harms_another_function_is_seen(tmp_path: Path):
    (tmp_path / "thing.spec").write_text(SPEC)
    good = MODEL.replace("\tif (!big)\n\t\treturn -ENOENT;\n", "") + "void g()\n{\n\tthing_put(thing_get());\n}\n"
    bad = good.replace("thing_put(thing_get());", "thing t = thing_get();\n\tuse(t);")
    old, new = (run_repaired._version(tmp_path / "m.rc", text, None, {}) for text in (good, bad))
    assert old is not None
    assert new is not None
    assert run_repaired._worse(old, new, "leaks", Limits())
    assert not run_repaired._worse(new, old, "leaks", Limits())
    assert not run_repaired._worse(old, new, "g", Limits())


def test_without_pygls_the_command_says_what_to_install():
    with mock.patch("refcheck.cli.lsp.find_spec", return_value=None):
        ran = run("lsp")
    assert ran.status == 2
    assert "pip install 'kernel-refcheck[lsp]'" in ran.err


def test_a_verdict_is_there_while_one_types():
    # Processor time, and three times what it takes where this was written: a machine may be slow
    found = typed.times(GENEVE)
    assert len(found) > 3
    assert statistics.median(found.values()) < 100, found
