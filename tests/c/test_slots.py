# SPDX-License-Identifier: GPL-2.0-only
"""Which fields are followed as slots, and what a verdict says of those that are not: nothing is dropped without a word."""

from pathlib import Path

import pytest
from c_verdicts import assumed, verdicts

PUTS = "void tidy({struct} *s)\n{{\n	dst_release(s->dst);\n	s->dst = NULL;\n}}\n"
PLAIN = "struct stow { struct dst_entry *dst; struct dst_entry *other; int id; };\n"
FOLLOWED = "`struct stow.dst` owns what it holds, and nobody else changes it meanwhile"


def slots(text: str, folder: Path) -> list[str]:
    return [said for kind, said in assumed(text, folder, "tidy") if kind == "slot"]


def test_a_field_that_is_filled_and_put_is_followed(tmp_path: Path):
    assert slots(PLAIN + PUTS.format(struct="struct stow"), tmp_path) == [FOLLOWED]


@pytest.mark.parametrize(
    "more",
    [
        "void fill(struct dst_entry **p);\nvoid by_address(struct stow *s) { fill(&s->dst); }\n",
        "void copied(struct stow *s, struct stow *t) { *s = *t; }\n",
        "void *memcpy(void *, const void *, size_t);\nvoid c(struct stow *s, struct stow *t) { memcpy(s, t, 8); }\n",
        "void counted(struct stow *s, int n) { while (n--) { tidy(s); s++; } }\n",
        "void element(struct stow *s, int n) { dst_release(s[n].dst); s[n].dst = NULL; }\n",
        "struct hold { struct stow in; };\nvoid part(struct hold *h) { dst_release(h->in.dst); h->in.dst = NULL; }\n",
        "void held(struct stow *s) { dst_hold(s->dst); }\n",
    ],
    ids=["address", "copy", "memcpy", "calculated", "array", "embedded", "held through it"],
)
def test_one_that_cannot_be_is_not(more: str, tmp_path: Path):
    text = PLAIN + PUTS.format(struct="struct stow") + more
    assert slots(text, tmp_path) == []
    assert ("owned source", "struct stow.dst") in assumed(text, tmp_path, "tidy")


def test_the_fields_of_a_union_are_not_told_apart(tmp_path: Path):
    text = "struct stow { union { struct dst_entry *dst; void *p; }; };\n" + PUTS.format(struct="struct stow")
    assert slots(text, tmp_path) == []
    assert ("owned source", "struct stow.dst") in assumed(text, tmp_path, "tidy")


def test_what_nobody_puts_is_not_owned(tmp_path: Path):
    text = PLAIN + PUTS.format(struct="struct stow") + "void keep(struct stow *s, struct dst_entry *d) { s->other = d; }\n"
    assert ("store", "struct stow.other keeps no reference") in assumed(text, tmp_path, "keep")


def test_two_pointers_are_taken_for_two_structs(tmp_path: Path):
    text = PLAIN + PUTS.format(struct="struct stow") + "void both(struct stow *s, struct stow *t) { tidy(s); tidy(t); }\n"
    assert ("slot", "each pointer to a `struct stow` here is to another one") in assumed(text, tmp_path, "both")


def test_memory_that_is_not_cleared_is_taken_to_be_written_first(tmp_path: Path):
    made = "struct stow *make(void) { struct stow *s = kmalloc(sizeof(*s), GFP_KERNEL); if (s) s->dst = NULL; return s; }\n"
    text = PLAIN + PUTS.format(struct="struct stow") + made
    said = [t for kind, t in assumed(text, tmp_path, "make") if kind == "slot"]
    assert said == ["`dst` of `kmalloc(sizeof(*s), GFP_KERNEL)` is written before it is read", FOLLOWED]


def test_a_callee_elsewhere_is_taken_to_leave_fields_alone(tmp_path: Path):
    ask = "void look(struct stow *s);\nvoid ask(struct stow *s) { look(s); tidy(s); }\n"
    text = PLAIN + PUTS.format(struct="struct stow") + ask
    assert ("lends", "look") in assumed(text, tmp_path, "ask")


def test_a_guess_that_most_functions_contradict_is_given_up(tmp_path: Path):
    """The file puts the field in one function, and everywhere else stores what it was only lent."""
    store = "void keep{n}(struct stow *s, struct sock *sk)\n{{\n	rcu_read_lock();\n	s->dst = __sk_dst_get(sk);\n"
    store += "	rcu_read_unlock();\n}}\n"
    text = PLAIN + PUTS.format(struct="struct stow") + "".join(store.format(n=n) for n in range(3))
    assert slots(text, tmp_path) == []
    one = PLAIN + PUTS.format(struct="struct stow") + store.format(n=0)
    assert slots(one, tmp_path) == [FOLLOWED]
    assert verdicts(one, tmp_path)["keep0"] == "possible noref-escape"


def test_a_test_that_could_not_come_out_one_way_gives_the_guess_up(tmp_path: Path):
    """A callee that nothing is known of fills the field: who asks behind it must not be told that it is empty."""
    ask = "struct ops { void (*fill)(struct stow *s); };\nvoid ask(struct stow *s, const struct ops *ops)\n{\n	tidy(s);\n"
    ask += "	ops->fill(s);\n	if (s->dst)\n		dst_release(s->dst);\n	s->dst = NULL;\n}\n"
    text = PLAIN + PUTS.format(struct="struct stow") + ask
    assert slots(text, tmp_path) == []
    assert "vacuous" not in verdicts(text, tmp_path)["ask"]


def test_a_goto_into_the_scope_of_a_variable_is_not_read(tmp_path: Path):
    text = "int into(struct net *net, int n)\n{\n	if (n)\n		goto out;\n"
    text += '	struct net_device *d __free(dev_put) = dev_get_by_name(net, "x");\nout:\n	return 0;\n}\n'
    assert verdicts(text, tmp_path)["into"] == "unknown"
