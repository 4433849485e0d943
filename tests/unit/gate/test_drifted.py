# SPDX-License-Identifier: GPL-2.0-only
"""With a tree the gate says no to a model that its source has left, and to one that cannot be held against it."""

import json
import subprocess
from pathlib import Path

import pytest
from command import run
from drifting import Tree

MODEL = "int send(thing t)\ncontract { gone: consume t, return any; }\n{\n	return thing_push(t);\n}\n"
SAME = "int send(struct thing *t)\n{\n	return thing_push(t);\n}\n"
LEAKS = "int send(struct thing *t)\n{\n	if (t->n > 3)\n		return -EINVAL;\n	return thing_push(t);\n}\n"
UNREAD = "int send(struct thing *t)\n{\n	struct thing **where = &t;\n\n	return thing_push(*where);\n}\n"


@pytest.fixture
def tree(tmp_path) -> Tree:
    return Tree(tmp_path)


def gate(tree: Tree, *more: object, status: int) -> dict:
    words = ("--tree", tree.root, "--spec", "thing.spec", "--specs", tree.models / "specs", "--no-store", "--format", "json")
    ran = run("gate", tree.models, *words, *more)
    assert ran.status == status, ran.err
    found: dict = json.loads(ran.out)
    return found


def test_a_model_with_the_paths_of_its_source_passes(tree: Tree):
    tree.source(SAME)
    tree.model(MODEL)
    assert gate(tree, status=0)["breaches"] == []


def test_a_model_that_has_drifted_is_a_breach_with_the_path(tree: Tree):
    tree.source(LEAKS)
    tree.model(MODEL)
    (breach,) = gate(tree, status=1)["breaches"]
    assert (breach["code"], breach["rule"], breach["subject"]) == ("RC410", "drifted-model", "send")
    assert breach["message"] == "send() of net/thing.c has a path that its model lacks"
    assert breach["head"] == "t->n > 3: yes (line 17); return -EINVAL (line 18)"
    assert breach["base"] == "here the model has thing_push at line 6"


def test_without_a_tree_nobody_looks(tree: Tree):
    tree.source(LEAKS)
    tree.model(MODEL)
    assert run("gate", tree.models, "--specs", tree.models / "specs", "--no-store").status == 0


def test_what_only_the_model_has_is_a_note(tree: Tree):
    tree.source(SAME)
    tree.model(
        MODEL.replace(
            "{\n	return", '{\n	if (nondet("x")) {\n		thing_put(t);\n		return 0;\n	}\n	return'
        )
    )
    assert gate(tree, status=0)["accepted"] == ["the model of send() has a path that net/thing.c lacks"]


def test_a_source_that_is_not_read_is_unknown(tree: Tree):
    tree.source(UNREAD)
    tree.model(MODEL)
    (breach,) = gate(tree, status=3)["breaches"]
    assert breach["only_unknown"]
    assert breach["head"].startswith("not read: ")


def test_a_model_that_names_no_source_does_not_slip_by(tree: Tree):
    tree.source(LEAKS)
    tree.model(MODEL, sources=())
    (breach,) = gate(tree, status=1)["breaches"]
    assert breach["message"].endswith("thing.rc` names no source")


def test_only_what_a_change_touches_is_held_against_the_tree(tree: Tree, monkeypatch):
    # Given a base whose model has drifted already
    tree.source(LEAKS)
    tree.model(MODEL)
    monkeypatch.chdir(tree.models)
    for words in (("init", "-q"), ("add", "."), ("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "base")):
        subprocess.run(["git", *words], check=True, cwd=tree.models)
    assert gate(tree, "--base", "HEAD", status=0)["breaches"] == []
    # Then it is judged as soon as it changes
    Path("thing.rc").write_text(
        Path("thing.rc").read_text().replace("return thing_push(t);", "int err = thing_push(t);\n\n	return err;")
    )
    assert [b["rule"] for b in gate(tree, "--base", "HEAD", status=1)["breaches"]] == ["drifted-model"]


def test_a_tree_that_is_none_is_a_wrong_command_line(tree: Tree):
    tree.model(MODEL)
    ran = run("gate", tree.models, "--tree", tree.root / "nowhere")
    assert ran.status == 2
    assert "is no folder" in ran.err
