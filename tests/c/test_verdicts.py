# SPDX-License-Identifier: GPL-2.0-only
"""Small C in kernel style and what is said of it: a proof that is not earned is none, and what is right is no finding.

The files of verdicts/ start with what they are about, and the verdict of each function that matters.
"""

import re
from pathlib import Path

import pytest
from c_verdicts import assumed, verdicts

FOLDER = Path(__file__).parent / "verdicts"
FILES = sorted(p.stem for p in FOLDER.glob("*.c"))
_SAID = re.compile(r"// (\w+): ([a-z-]+(?:[ ;]+[a-z-]+)*)")


def text_of(name: str) -> str:
    return (FOLDER / f"{name}.c").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FILES)
def test_it_is_said(name: str, tmp_path: Path):
    text = text_of(name)
    expected = {m[1]: m[2] for line in text.splitlines()[1:] if (m := _SAID.fullmatch(line))}
    assert expected
    found = verdicts(text, tmp_path)
    assert {f: found[f] for f in expected} == expected


@pytest.mark.parametrize(
    ("name", "function", "kind", "text"),
    [
        ("kelp", "kelp_len", "not read", "`kelp_look` is not read, and is taken to lend"),
        ("shoal", "shoal_try", "ambiguous", "`shoal_send` returns -22 with `skb` given away or kept"),
        ("dale", "dale_wait", "entry", "whoever calls `dale_wait` may sleep"),
        ("scar", "scar_put", "counts", "`refcount_dec_and_test` changes no reference"),
        ("dale", "dale_find", "entry", "whoever calls `dale_find` holds gp"),
        ("bield", "bield_fill", "slot", "who is given the address of `b` leaves what it points to as it is"),
        ("sough", "sough_again", "entry", "whoever calls `sough_again` may sleep"),
        ("sough", "sough_told", "entry", "whoever calls `sough_told` may sleep"),
        ("sough", "sough_by", "lends", "sough_look"),
        ("sough", "sough_lock", "ambiguous", "`sough_try` enters or leaves a section on some of its exits"),
        ("wath", "wath_take", "entry", "whoever calls `wath_take` puts the reference that it takes on `sk`"),
        ("wath", "wath_arm", "entry", "whoever calls `wath_arm` puts the reference that it takes on `sk`"),
        ("byre", "byre_kept", "store", "`queue` is empty where its scope ends"),
        ("byre", "byre_inside", "store", "`list.queue` is empty where its scope ends"),
        ("haugh", "haugh_stop", "left", "nobody takes `struct haugh.rt` from where `haugh_stop` leaves it"),
        ("eyot", "eyot_two", "owned source", "struct eyot.rt, where each expression for it is for another one"),
        ("haugh", "haugh_tries", "left", "what `haugh_tries` reads of `struct haugh.rt` is not what a callee has put"),
        ("haugh", "haugh_shares", "owned source", "struct haugh_part.dev, of which each read gives another reference"),
        ("gill", "gill_drain", "entry", "whoever calls `gill_drain` brings `skb->dst is empty | owned`"),
        ("fold", "fold_kept", "lends", "fold_begin"),
        ("shippon", "shippon_kill", "lends", "shippon_free"),
        ("shippon", "shippon_other", "slot", "`s` as something else than a `struct shippon` is not freed"),
    ],
)
def test_an_assumption_is_named(name: str, function: str, kind: str, text: str, tmp_path: Path):
    found = [t for k, t in assumed(text_of(name), tmp_path, function) if k == kind]
    assert [t for t in found if t.startswith(text)], found


STUB = """#if IS_ENABLED(CONFIG_NESS)
int ness_send(struct sk_buff *skb);
#else
static inline int ness_send(struct sk_buff *skb)
{
	return -EOPNOTSUPP;
}
#endif
"""
SENDS = """#include "ness.h"

static int ness_xmit(struct sk_buff *skb, struct net_device *dev)
{
	return ness_send(skb);
}

static const struct net_device_ops ness_ops = {
	.ndo_start_xmit = ness_xmit,
};
"""


def test_a_stub_does_not_speak_for_the_function_that_it_stands_in_for(tmp_path: Path):
    (tmp_path / "ness.h").write_text(STUB, encoding="utf-8")
    assert verdicts(SENDS, tmp_path)["ness_xmit"] == "possible leaked-ref"
    assert assumed(SENDS, tmp_path, "ness_xmit") == [("lends", "ness_send")]
    (tmp_path / "ness.h").write_text(STUB.replace("int ness_send(struct sk_buff *skb);", ""), encoding="utf-8")
    assert verdicts(SENDS, tmp_path)["ness_xmit"] == "certain leaked-ref"


HELPERS = """static inline void rean_lock(struct rean *rean)
{
	spin_lock_bh(&rean->lock);
}
static inline void rean_wait(struct rean *rean)
{
	synchronize_rcu();
}
static inline void rean_wait_more(struct rean *rean)
{
	rean_wait(rean);
}
static inline struct net_device *rean_dev(struct net *net)
{
	return dev_get_by_index_rcu(net, 3);
}
static inline void rean_mark(struct rean *rean)
{
	spin_lock_bh(&rean->lock);
	rean->on = 1;
	spin_unlock_bh(&rean->lock);
}
static inline int rean_on(struct rean *rean)
{
	return rean->on;
}
"""
CALLS = """struct rean {
	spinlock_t lock;
	int on;
};
#include "rean.h"
"""


@pytest.mark.parametrize(
    ("call", "named"),
    [
        ("rean_lock(rean)", True), ("rean_wait(rean)", True), ("rean_wait_more(rean)", True), ("rean_dev(net)", True),
        ("rean_mark(rean)", False), ("rean_on(rean)", False),
    ],
)  # fmt: skip
def test_a_helper_of_a_header_that_has_to_do_with_sections_is_named(call: str, named: bool, tmp_path: Path):
    (tmp_path / "rean.h").write_text(HELPERS, encoding="utf-8")
    text = f"{CALLS}\nvoid rean_do(struct rean *rean, struct net *net)\n{{\n\t{call};\n}}\n"
    assert verdicts(text, tmp_path)["rean_do"] == "proved"
    said = f"`{call.partition('(')[0]}` needs no section, leaves none open or closed, and does not sleep"
    assert (("sections", said) in assumed(text, tmp_path, "rean_do")) == named


LOOKS = """#define laithe_give dst_release
#define laithe_zero(skb) ((skb)->_skb_refdst = 0)
#define laithe_call(f, dst) ((*(f))(dst))
#define laithe_field(dst) ((dst)->ops->laithe(dst))
#define laithe_op(op, dst) dst_##op(dst)
#define laithe_next(n) ((n)++)
#define laithe_least(a, b) ((a) < (b) ? (a) : (b))
static inline void laithe_put(struct dst_entry *dst)
{
	laithe_give(dst);
}
static inline void laithe_drop(struct sk_buff *skb)
{
	skb->_skb_refdst = 0;
}
static inline void laithe_copy(struct sk_buff *skb, struct sk_buff *from)
{
	*skb = *from;
}
static inline void laithe_reset(struct sk_buff *skb)
{
	laithe_zero(skb);
}
static inline void laithe_calls(void (*f)(struct dst_entry *), struct dst_entry *dst)
{
	laithe_call(f, dst);
}
static inline void laithe_through(struct dst_entry *dst)
{
	laithe_field(dst);
}
static inline void laithe_release(struct dst_entry *dst)
{
	laithe_op(release, dst);
}
static inline int laithe_error(struct dst_entry *dst)
{
	return dst->error;
}
static inline int laithe_bound(struct dst_entry *dst)
{
	int n = 0;

	laithe_next(n);
	return laithe_least(dst->error, n);
}
"""
ASKS = """#include "laithe.h"

int laithe_ask(struct sock *sk, struct sk_buff *skb)
{{
	struct dst_entry *dst = sk_dst_get(sk);

	if (!dst)
		return -ENOENT;
	{};
	dst_release(dst);
	return 0;
}}
"""


@pytest.mark.parametrize(
    "callee",
    [
        "laithe_put(dst)", "laithe_drop(skb)", "laithe_copy(skb, skb)",
        "laithe_reset(skb)", "laithe_calls(NULL, dst)", "laithe_through(dst)", "laithe_release(dst)",
    ],
)  # fmt: skip
def test_a_body_that_puts_by_another_name_or_writes_a_slot_does_more_than_look(callee: str, tmp_path: Path):
    (tmp_path / "laithe.h").write_text(LOOKS, encoding="utf-8")
    assert ("lends", callee.partition("(")[0]) in assumed(ASKS.format(callee), tmp_path, "laithe_ask")


@pytest.mark.parametrize("function", ["haugh_free", "haugh_clear", "haugh_once", "haugh_zeroed"])
def test_a_field_that_is_cleared_or_goes_is_not_left(function: str, tmp_path: Path):
    assert "left" not in {kind for kind, _ in assumed(text_of("haugh"), tmp_path, function)}


@pytest.mark.parametrize("function", ["fold_seen", "fold_once"])
def test_an_address_that_is_not_kept_or_a_number_that_is_asked_once_is_no_assumption(function: str, tmp_path: Path):
    assert assumed(text_of("fold"), tmp_path, function) == []


@pytest.mark.parametrize("callee", ["laithe_error(dst)", "laithe_bound(dst)"])
def test_a_body_that_looks_is_no_assumption(callee: str, tmp_path: Path):
    (tmp_path / "laithe.h").write_text(LOOKS, encoding="utf-8")
    assert assumed(ASKS.format(callee), tmp_path, "laithe_ask") == []
