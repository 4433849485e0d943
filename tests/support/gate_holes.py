# SPDX-License-Identifier: GPL-2.0-only
"""The known ways past the gate of 0.1.0, as edits of a repository that any refcheck can read.

tests/unit/gate/test_holes.py asks today's gate, tools/gate_holes.py that of an older checkout too.
"""

from collections.abc import Callable
from typing import NamedTuple

from gate_world import (
    BASE,
    CONTRACTS,
    DENIED,
    LEAK,
    LEAKS,
    LOOSE,
    MODEL,
    PATH,
    SEND,
    TOO_LONG,
    World,
    above_the_checkout,
    add,
    build,
    edit,
    every,
    in_submodule,
    link,
    named_submodule,
    nothing,
    remove,
    rename,
    replaced,
    replaced_commit,
    ships_strict,
    submodule,
    write,
)
from repository import commit, git


class Refused(NamedTuple):
    """The rule that is broken, about whom, at the line of a file that has a text, and what the message says."""

    rule: str
    subject: str
    file: str
    line: str
    says: str


class Hole(NamedTuple):
    """A way past: its kind, what of it is tried, what the base has besides, the change, and how it is refused."""

    kind: str
    how: str
    before: Callable[[World], object]
    change: Callable[[World], object]
    refused: Refused


def stage(hole: Hole, world: World) -> None:
    """A repository whose base is committed; the change is still to be made."""
    build(world)
    hole.before(world)
    commit(world.repo)


HELD = ("void look(path p)", "void look(path p) __must_hold(rcu)")
CALLER = "void fake(path p){}\n{{\n\tlook(p);\n}}\n"
CHANGED = "changed (other effects or outcomes), and nothing backs it"
NEW_EXPECT = "a new `expect` hides what the base proves: leaked-ref"
UNDER = "under its `expect` stands a finding that the base has not: leaked-ref of `p` at"
MORE = "the function assumes more of its callers:"
LESS = "the model of the same source lost"
WAY = "under its `expect` one way more leads to what is refuted: leaked-ref at `return -EACCES` by"
ONE_EXIT = edit(
    LEAK, ("\t\treturn -EACCES;", "\t\tgoto out;"), ("\treturn 0;\n}", "\treturn 0;\nout:\n\treturn -EACCES;\n}")
)  # fmt: skip
LOOSER = ("use p, return", "return")
LINKED = every(rename("specs", "kept"), link("specs", "kept"))
LINKED_SPEC = every(rename(PATH, "specs/path.txt"), link(PATH, "path.txt"))
LINKED_MODEL = every(rename(SEND, "models/send.txt"), link(SEND, "send.txt"))
# What a branch asks once more, so that a function is called twice
TWICE = add(SEND, MODEL.split("\n\n", 1)[1].replace("send", "twice").replace("\tif (kind_of", f"{DENIED}\tif (kind_of"))


BY_SPEC = Refused("weaker-contract", "allowed", PATH, "bool allowed", CHANGED)
SHIPS = BY_SPEC._replace(file="<refcheck>/path.spec")
BUGGY = Refused("hidden-refutation", "send", SEND, "return -EMSGSIZE;", NEW_EXPECT)
THIN = Refused("thinner-model", "send", SEND, "int send", LESS)
ASKS = Refused("new-assumption", "look", LEAK, "void look", f"{MORE} must hold rcu")

HOLES = (
    Hole("specs/ is a link, and the name ships", "what it leads to changes", LINKED, edit("kept/path.spec", LOOSER),
         BY_SPEC._replace(file="kept/path.spec")),
    Hole("specs/ is a link, and the name ships", "it is gone", LINKED, remove("specs"), SHIPS),
    Hole("specs/ is a link, and the name ships", "it leads to what ships", LINKED, link("specs", "{shipped}"), SHIPS),
    Hole("specs/ is a submodule, and the name ships", "it is at another commit", submodule, in_submodule(LOOSER), BY_SPEC),
    Hole("specs/ is a submodule, and the name ships", "it is edited", submodule, edit(PATH, LOOSER), BY_SPEC),
    Hole("specs/ is a submodule, and the name ships", "it is not there, under a name of its own", named_submodule,
         lambda w: git(w.repo, "submodule", "--quiet", "deinit", "-f", "specs"), SHIPS),
    Hole("a model is a link to another suffix", "a bug and its `expect`", LINKED_MODEL,
         edit("models/send.txt", *LEAKS), BUGGY),
    Hole("a model is a link to another suffix", "a branch is gone", LINKED_MODEL,
         edit("models/send.txt", (DENIED, "")), THIN),
    Hole("a model is a link to another suffix", "it is gone", LINKED_MODEL, remove(SEND),
         Refused("lost-model", "send", SEND, "int send", "the function has lost its model")),
    Hole("a specs/ above the temporary checkout", "it has the contract of the change", ships_strict,
         every(above_the_checkout, write(PATH, LOOSE), write(BASE, CONTRACTS)), BY_SPEC),
    Hole("a fake caller that holds nothing", "it expects to be refuted", nothing,
         every(edit(LEAK, HELD), add(LEAK, CALLER.format(" expect refuted(missing-context)"))), ASKS),
    Hole("a fake caller that holds nothing", "it asks its own callers", nothing,
         every(edit(LEAK, HELD), add(LEAK, CALLER.format(" __must_hold(rcu)"))), ASKS),
    Hole("`__may_sleep` is added", "to a body", nothing, edit(LEAK, ("void look(path p)", "void look(path p) __may_sleep")),
         ASKS._replace(says=f"{MORE} may sleep")),
    Hole("an enum of a spec has a member less", "no test of it is left", nothing,
         every(edit(BASE, (", METADATA }", " }")), edit(SEND, ("METADATA", "TUNNEL"))),
         Refused("weaker-contract", "kind", BASE, "enum kind", "enum `kind` changed (it says something else)")),
    Hole("a call is a `nondet` with a text that was used", "it is still called elsewhere", TWICE,
         edit(SEND, (TOO_LONG + DENIED + DENIED, DENIED + DENIED.replace("!allowed(p)", 'nondet("too long")'))),
         THIN._replace(subject="twice", line="int twice", says=f"{LESS} a test, allowed()")),
    Hole("a test is `config()`", "what was tested leaked", nothing,
         edit(LEAK, (" expect refuted(leaked-ref)", ""),
              ("!allowed(p))\n\t\treturn -EACCES;", "config(X))\n\t\tallowed(p);")),
         Refused("hidden-refutation", "leak", LEAK, "int leak", "config(X) hides a refutation: leaked-ref")),
    Hole("an error branch is gone, its callees are called elsewhere", "on an unknown", nothing, edit(SEND, (TOO_LONG, "")),
         THIN._replace(says=f'{LESS} a test, nondet("too long") no')),
    Hole("an error branch is gone, its callees are called elsewhere", "on a call", nothing,
         edit(SEND, (DENIED, "\tallowed(p);\n")), THIN._replace(says=f"{LESS} a test")),
    Hole("an error branch is gone, its callees are called elsewhere", "it does not leave any more", nothing,
         edit(SEND, (DENIED, "\tif (!allowed(p))\n\t\tuse(p);\n")), THIN._replace(says=f"{LESS} -EACCES, a way out behind")),
    Hole("an error branch is gone, its callees are called elsewhere", "of a leak", nothing,
         edit(LEAK, (" expect refuted(leaked-ref)", ""), ("\t\treturn -EACCES;", "\t\tuse(p);")),
         THIN._replace(subject="leak", file=LEAK, line="int leak", says=f"{LESS} -EACCES")),
    Hole("a second leak under an `expect`", "of the same variable", nothing,
         edit(LEAK, ("\tput_path(p);", '\tif (nondet("x"))\n\t\treturn -EIO;\n\tput_path(p);')),
         Refused("hidden-refutation", "leak", LEAK, "return -EIO;", f"{UNDER} `return -EIO;`")),
    Hole("a second leak under an `expect`", "on the way to the same line", ONE_EXIT,
         edit(LEAK, ("\tput_path(p);", "\tif (kind_of(p) == TUNNEL)\n\t\tgoto out;\n\tput_path(p);")),
         Refused("hidden-refutation", "leak", LEAK, "return -EACCES;", f"{WAY} `kind_of(p) == TUNNEL: true`")),
    Hole("a second leak under an `expect`", "one more reason in a condition", nothing,
         edit(LEAK, ("if (!allowed(p))", "if (!allowed(p) || kind_of(p) == TUNNEL)")),
         Refused("hidden-refutation", "leak", LEAK, "return -EACCES;", f"{WAY} `kind_of(p) == TUNNEL: true`")),
    Hole("a copy with a bug and `expect` beside the original", "the original is as it was", nothing,
         every(write("models/copy.rc", MODEL), edit("models/copy.rc", *LEAKS)), BUGGY._replace(file="models/copy.rc")),
    Hole("a copy with a bug and `expect` beside the original", "the original is touched", nothing,
         every(write("models/copy.rc", MODEL), edit("models/copy.rc", *LEAKS), add(SEND, "// touched\n")),
         BUGGY._replace(file="models/copy.rc")),
    Hole("a copy with a bug and `expect` beside the original", "its source is spelled another way", nothing,
         every(write("models/copy.rc", MODEL.replace("net/send.c", "./net//send.c")), edit("models/copy.rc", *LEAKS)),
         BUGGY._replace(file="models/copy.rc")),
    Hole("a spec is a link to another suffix", "it is gone, and the name ships", LINKED_SPEC, remove(PATH), SHIPS),
    Hole("a spec is a link to another suffix", "what it leads to changes", LINKED_SPEC,
         edit("specs/path.txt", LOOSER), BY_SPEC),
    Hole("`git replace`", "of the base's model", nothing, replaced, BUGGY),
    Hole("`git replace`", "of the base", nothing, replaced_commit, BUGGY),
    Hole("`git replace`", "with `core.useReplaceRefs`", lambda w: git(w.repo, "config", "core.useReplaceRefs", "true"),
         replaced, BUGGY),
)  # fmt: skip
