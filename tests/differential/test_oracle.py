# SPDX-License-Identifier: GPL-2.0-only
"""The explicit-state oracle by itself: shortest paths, obligations, and what it says when it is cut off."""

from itertools import pairwise

from generated import graphs, tasks
from oracles.oracle import judge, walk

from refcheck.base.verdicts import Verdict

HEAD = """resource node;
node get() contract { ok: return hold; none: return NULL; };
void put(node n __nullable) contract { ok: release n; };
"""


def test_a_path_leads_to_what_it_breaks_and_none_is_shorter():
    # Given a leak that a short and a long way lead to
    body = 'node n = get();\n\tif (nondet("a")) { put(n); put(n); }\n\tif (nondet("b")) return;'
    (cfg,) = graphs(f"{HEAD}void f()\n{{\n\t{body}\n}}\n")
    seen = walk(cfg)
    lengths = {v.property: n for (_, _, v), (_, _, n) in seen.broken.items()}
    assert set(lengths) == {"leaked-ref", "double-release"}
    for cause, (edge, _, length) in seen.broken.items():
        path = seen.path(cause)
        assert len(path) == length == seen.shortest(cause[2].property)
        assert path[-1] == edge
        assert path[0].src == cfg.start
        assert all(a.dst == b.src for a, b in pairwise(path))
    assert seen.shortest("noref-escape") == 0


def test_every_verdict_is_given():
    # Given a function without references, one that is fine, and one with a branch that nothing takes
    idle = "int g(bool a)\n{\n\tif (a) {\n\t\tif (!a)\n\t\t\tput(NULL);\n\t}\n\treturn 0;\n}\n"
    text = f"{HEAD}{idle}void f()\n{{\n\tput(get());\n}}\n"
    verdicts = {t.cfg.function: judge(t.cfg, walk(t.cfg)) for t in tasks(text)}
    assert verdicts["f"]["leaked-ref"] == verdicts["f"]["sanity"] == Verdict.PROVED
    assert verdicts["f"]["hold-of-borrowed"] == Verdict.NOTHING
    assert verdicts["g"]["sanity"] == Verdict.VACUOUS
    assert judge(*_leak())["leaked-ref"] == Verdict.REFUTED


def _leak():
    (task,) = tasks(HEAD + "void f()\n{\n\tget();\n}\n")
    return task.cfg, walk(task.cfg)


def test_a_walk_that_is_cut_off_decides_only_what_it_saw():
    # Given a loop that holds once more in each round
    loop = 'void ref(node n) contract { ok: hold n; };\nvoid f(node n __counted)\n{\n\twhile (nondet("x"))\n\t\tref(n);\n}\n'
    (task,) = tasks(HEAD + loop)
    seen = walk(task.cfg, 30)
    assert not seen.complete
    verdicts = judge(task.cfg, seen)
    assert verdicts["leaked-ref"] == Verdict.REFUTED
    assert verdicts["bad-pointer"] == verdicts["sanity"] == Verdict.UNKNOWN
