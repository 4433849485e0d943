# SPDX-License-Identifier: GPL-2.0-only
"""`refcheck drift` as a user has it: statuses, streams, and one fact in every form."""

import json
import re

from command import ROOT, run
from drifting import Tree

MODEL = "int send(thing t)\ncontract { gone: consume t, return any; }\n{\n	return thing_push(t);\n}\n"
SAME = "int send(struct thing *t)\n{\n	return thing_push(t);\n}\n"
LEAKS = "int send(struct thing *t)\n{\n	if (t->n > 3)\n		return -EINVAL;\n	return thing_push(t);\n}\n"
UNREAD = "int send(struct thing *t)\n{\n	struct thing **where = &t;\n\n	return thing_push(*where);\n}\n"


def drift(tree: Tree, *more: object):
    specs = tree.models / "specs"
    return run(
        "drift", tree.models / "thing.rc", "--tree", tree.root, "--specs", specs, "--spec", "thing.spec", "--no-store", *more
    )


def test_a_model_that_says_what_its_source_says_has_status_0(tree: Tree):
    tree.source(SAME)
    tree.model(MODEL)
    ran = drift(tree)
    assert (ran.status, ran.err) == (0, "")
    said = "1 function: 1 with the paths of the source, 0 drifted, 0 with a warning, 0 not compared"
    assert " ".join(ran.out.split()) == said


def test_drift_has_status_1_and_shows_the_path_in_two_columns(tree: Tree):
    tree.source(LEAKS)
    tree.model(MODEL)
    ran = drift(tree)
    assert ran.status == 1
    assert (
        ran.out
        == f"""\
error[drifted-model]: send() of net/thing.c has a path that its model lacks
  --> {tree.models}/thing.rc:3   (net/thing.c:15)

source                               | model
   17 t->n > 3: yes                  |
   18 return -EINVAL                 |

  note: here the model has thing_push at line 6

1 function: 0 with the paths of the source, 1 drifted, 0 with a warning, 0
  not compared
"""
    )


def test_what_is_not_compared_has_status_3(tree: Tree):
    tree.source(UNREAD)
    tree.model(MODEL)
    ran = drift(tree)
    assert ran.status == 3
    assert "send is not compared: not read: " in " ".join(ran.out.split())


def test_bad_input_has_status_2_and_goes_to_the_other_stream(tree: Tree):
    tree.source(SAME)
    tree.model(MODEL, sources=("net/gone.c",))
    ran = drift(tree)
    assert ran.status == 2
    assert ran.err.startswith("error[no-source]: `net/gone.c` is not in")


def test_a_tree_is_asked_for(tree: Tree):
    path = tree.model(MODEL)
    for more in ((), ("--tree", tree.root / "nowhere")):
        ran = run("drift", path, *more)
        assert ran.status == 2
        assert "name the root of a kernel tree with --tree DIR" in " ".join(ran.err.split())


def test_every_form_has_the_same_path(tree: Tree):
    tree.source(LEAKS)
    tree.model(MODEL)
    text, page = drift(tree).out, drift(tree, "--format", "markdown").out
    data = json.loads(drift(tree, "--format", "json").out)
    assert data["schema"] == 1
    (found,) = data["functions"]
    assert (found["function"], found["state"], found["source_line"]) == ("send", "drifted", 15)
    (difference,) = found["differences"]
    assert [r["source"] for r in difference["rows"]] == ["t->n > 3: yes", "return -EINVAL"]
    for row in difference["rows"]:
        assert row["source"] in text
        assert f"| {row['source_line']} | `{row['source']}` |" in page
    assert "**1 function: 0 with the paths of the source, 1 drifted" in page


def test_what_a_model_contains_makes_no_markup_and_steers_no_terminal(tree: Tree):
    tree.source(LEAKS.replace("t->n > 3", 't->n > 3 && "|`<b>\\x1b[1m"[0]'))
    tree.model(MODEL)
    for form in ("text", "markdown", "json"):
        out = drift(tree, "--format", form).out
        assert "\x1b" not in out
    assert "<b>" not in drift(tree, "--format", "markdown").out


def test_the_page_shows_what_the_command_prints(monkeypatch):
    monkeypatch.chdir(ROOT)
    page = (ROOT / "docs" / "drift.md").read_text(encoding="utf-8")
    words, shown = re.findall(r"^```\n\$ refcheck ([^\n]+)\n(.*?)^```", page, re.MULTILINE | re.DOTALL)[0]
    ran = run(*words.split(), "--no-store")
    assert ran.status == 1
    assert ran.out == shown
