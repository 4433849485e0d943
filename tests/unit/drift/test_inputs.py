# SPDX-License-Identifier: GPL-2.0-only
"""What cannot be compared is said in one line, and the rest goes on."""

from drifting import Tree

from refcheck.result.drift import SAME
from refcheck.unit.load import load, source_notes

C = "int send(struct thing *t)\n{\n	return thing_push(t);\n}\n"
MODEL = "int send(thing t)\ncontract { gone: consume t, return any; }\n{\n	return thing_push(t);\n}\n"


def test_a_model_without_a_source_says_how_to_name_one(tree: Tree):
    tree.source(C)
    found = tree.drift(tree.model(MODEL, "one.rc", ()), tree.model(MODEL, "two.rc"))
    assert [(p.code, p.place.line) for p in found.problems] == [("RC018", 1)]
    assert found.problems[0].message.endswith("one.rc` names no source")
    # Then the other model is compared
    assert [f.state for f in found.functions] == [SAME]
    assert found.status == 2


def test_a_file_that_the_tree_lacks_is_named(tree: Tree):
    tree.source(C)
    found = tree.drift(tree.model(MODEL, "one.rc", ("net/gone.c",)), tree.model(MODEL, "two.rc"))
    assert [p.message for p in found.problems] == [f"`net/gone.c` is not in `{tree.root}`"]
    assert [p.place.line for p in found.problems] == [2]
    assert [f.function for f in found.functions] == ["send"]


def test_a_function_that_the_file_lacks_is_named(tree: Tree):
    tree.source(C)
    found = tree.drift(tree.model(MODEL + MODEL.replace("send", "send_more")))
    assert [p.message for p in found.problems] == ["there is no `send_more` in `net/thing.c`"]
    assert [(f.function, f.state) for f in found.functions] == [("send", SAME)]


def test_a_function_may_stand_in_another_file_that_the_model_names(tree: Tree):
    tree.source(C)
    tree.source("int send(struct thing *t);\n" + C.replace("send", "send_more").replace("thing_push", "send"), "net/more.c")
    # Given a second `source` above the function
    more = 'source "net/more.c", "v1";\n' + MODEL.replace("send", "send_more").replace("thing_push", "send")
    model = tree.model(MODEL + more)
    found = tree.drift(model)
    assert [(f.function, f.file, f.state) for f in found.functions] == [
        ("send", "net/thing.c", SAME), ("send_more", "net/more.c", SAME),
    ]  # fmt: skip
    assert found.status == 0


def test_a_model_that_is_wrong_leaves_the_others(tree: Tree):
    tree.source(C)
    found = tree.drift(tree.model("int send(", "one.rc"), tree.model(MODEL, "two.rc"))
    assert {p.code for p in found.problems} == {"RC001"}
    assert [f.state for f in found.functions] == [SAME]


def test_a_c_file_is_no_model(tree: Tree):
    found = tree.drift(tree.source(C))
    assert [(p.code, p.message) for p in found.problems] == [("RC013", f"`{tree.root}/net/thing.c` is no model")]


def test_a_file_that_is_no_c_is_one_diagnostic(tree: Tree):
    (tree.root / "net" / "thing.c").write_bytes(b"\xff\xfe\0")
    found = tree.drift(tree.model(MODEL))
    assert [p.code for p in found.problems] == ["RC004"]


def test_only_some_functions_are_asked_for(tree: Tree):
    from refcheck.drift.compare import drift

    tree.source(C + C.replace("send", "send_more"))
    against = tree.against()
    path = tree.model(MODEL + MODEL.replace("send", "send_more"))
    found = drift([path], against._replace(options=against.options._replace(only=("send_more",))))
    assert [f.function for f in found.functions] == ["send_more"]


def test_a_source_outside_of_the_tree_is_none_of_it(tree: Tree):
    (tree.root.parent / "out.c").write_text(C)
    found = tree.drift(tree.model(MODEL, sources=("../out.c",)))
    assert [p.message for p in found.problems] == [f"`../out.c` is not in `{tree.root}`"]


def test_a_source_holds_for_the_functions_below_it(tree: Tree):
    more = 'source "net/more.c", "v1";\n' + MODEL.replace("send", "send_more")
    unit = load(tree.model(MODEL + more), tree.models / "specs")
    assert {n: note.file for n, note in source_notes(unit.model).items()} == {
        "send": "net/thing.c",
        "send_more": "net/more.c",
    }
