# SPDX-License-Identifier: GPL-2.0-only
"""What is known of a body from an earlier survey, with other fields that own, changes nothing in a later one."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import ROOT

from refcheck.c.index import Index
from refcheck.c.mask import read_c
from refcheck.c.parse import parse
from refcheck.c.unit import CUnit
from refcheck.infer import owners, survey
from refcheck.infer.surveyed import Survey
from refcheck.inspect.lifecycle import contract_text
from refcheck.run.from_c import contracts_of
from refcheck.slice.file import BesideFile
from refcheck.syntax import write

TREE = ROOT / "corpus" / "c"
# gill owns what it holds; loft is given up: with it, what puts both of its fields cannot be read.
TEXT = """#include <net/dst.h>
#include <net/route.h>
#include <linux/netdevice.h>
struct gill { struct dst_entry *dst; };
struct loft { struct net_device *first; struct net_device *dev; };
void gill_fill(struct gill *g, struct dst_entry *dst)
{
	dst_hold(dst);
	dst_release(g->dst);
	g->dst = dst;
}
void gill_drop(struct gill *g)
{
	dst_release(g->dst);
	g->dst = NULL;
}
void loft_lose(struct loft *l, struct net_device *dev)
{
	dev_hold(dev);
	l->first = dev;
}
void loft_lose_again(struct loft *l, struct net_device *dev)
{
	dev_hold(dev);
	l->dev = dev;
}
void loft_drop(struct loft *l)
{
	dev_put(l->first);
	dev_put(l->dev);
}
int asked(struct dst_entry *dst)
{
	dst_release(dst);
	return 0;
}
"""
FILES = sorted(p.relative_to(TREE).as_posix() for p in TREE.glob("*/*.c"))


def surveyed(path: Path, summaries: object) -> Survey:
    source = read_c(str(path))
    index = Index(str(TREE)).at(str(path), CUnit(source))
    _, _, decl = contracts_of("kernel.spec", None)
    return owners.survey(source, parse(source), BesideFile(index, decl, {}, lambda _: False, summaries=summaries))


def said(found: Survey) -> list[object]:
    """All that a survey says, as text."""
    each = [
        (f.name, f.how, f.reason, f.assumed, write.function(f.function) if f.function is not None else "", sorted(f.made),
         sorted(f.followed), sorted(f.doubted), f.ambiguous)
        for f in found.functions
    ]  # fmt: skip
    contracts = [contract_text(c) for _, c in sorted(found.inferred.items())]
    return [*each, *contracts, found.containers]


@pytest.mark.parametrize("name", FILES[:: max(1, len(FILES) // 24)])
def test_a_file_of_the_corpus_says_the_same_whatever_is_known(name: str):
    assert said(surveyed(TREE / name, {})) == said(surveyed(TREE / name, None))


def test_what_was_summarised_with_a_struct_that_is_given_up_is_known_afterwards(tmp_path: Path, monkeypatch):
    path, rounds, real = tmp_path / "gill.c", list[list[str]](), owners.Surveyor
    path.write_text(TEXT, encoding="utf-8")

    def noted(source, file, side):
        rounds.append(sorted(side.containers))
        return real(source, file, side)

    monkeypatch.setattr(owners, "Surveyor", noted)
    found = surveyed(path, {})
    assert rounds == [["gill", "loft"], [], ["gill"]]  # between the two: whether it can be read without
    assert [c.name for c in found.containers] == ["gill"]
    assert said(found) == said(surveyed(path, None))


def test_a_summary_is_asked_for_once_where_a_struct_has_nothing_to_do_with_it(tmp_path: Path, monkeypatch):
    path, asked, real = tmp_path / "gill.c", list[str](), survey.summarise
    path.write_text(TEXT, encoding="utf-8")

    def noted(decl, f, about):
        asked.append(f.sig.name)
        return real(decl, f, about)

    monkeypatch.setattr(survey, "summarise", noted)
    surveyed(path, {})
    assert {n: asked.count(n) for n in ("gill_drop", "asked", "loft_drop")} == {"gill_drop": 1, "asked": 1, "loft_drop": 2}
