# SPDX-License-Identifier: GPL-2.0-only
"""The callees of generated programs that are the same in each of them."""

from typing import NamedTuple


class Callee(NamedTuple):
    """A contract: its text (without the `contract` brace form), and what a plausible caller should know.

    `params` has one word per parameter: node, pkt, dev, bool, int, node* and so on, `+` in front where the reference
    is given away in every outcome.  `gives` is the state of the result (held, borrow, value or empty for none), `fails`
    the failures among its values (n: NULL, e: ERR_PTR), `needs` a context to hold.
    """

    head: str
    outcomes: tuple[str, ...]
    params: tuple[str, ...]
    result: str = "void"
    gives: str = ""
    fails: str = ""
    needs: str = ""


FIXED = {
    "rcu_lock": Callee("void rcu_lock()", ("ok: enter rcu",), ()),
    "rcu_unlock": Callee("void rcu_unlock()", ("ok: leave rcu",), ()),
    "bh_lock": Callee("void bh_lock()", ("ok: enter bh",), ()),
    "bh_unlock": Callee("void bh_unlock()", ("ok: leave bh",), ()),
    "obj_lock": Callee("void obj_lock()", ("ok: enter lock",), ()),
    "obj_unlock": Callee("void obj_unlock()", ("ok: leave lock",), ()),
    "mtx_lock": Callee("void mtx_lock() __may_sleep", ("ok: enter mtx",), ()),
    "mtx_unlock": Callee("void mtx_unlock()", ("ok: leave mtx",), ()),
    "trylock": Callee("bool trylock()", ("got: enter lock, return true", "busy: return false"), (), "bool", "value"),
    "tryget": Callee(
        "bool tryget(node n)", ("ok: try_hold n, return true", "fail: return false"), ("node",), "bool", "value"
    ),
    "dev_of": Callee("dev dev_of(node n)", ("ok: return borrow(n)",), ("node",), "dev", "borrow"),
    "dev_touch": Callee("void dev_touch(dev d)", ("ok: use d",), ("dev",)),
    "dev_ref": Callee("void dev_ref(dev d)", ("ok: hold d",), ("dev",)),
    "dev_put": Callee("void dev_put(dev d)", ("ok: release d",), ("+dev",)),
    "set": Callee("void set(pkt p, node n)", ("ok: p->dst = move n",), ("pkt", "+node")),
    "set_null": Callee("void set_null(pkt p, node n __nullable)", ("ok: drop p->dst, p->dst = move n",), ("pkt", "+node")),
    "set_noref": Callee(
        "void set_noref(pkt p, node n) __must_hold(vis)", ("ok: p->dst = noref n",), ("pkt", "node"), needs="rcu"
    ),
    "drop": Callee("void drop(pkt p)", ("ok: drop p->dst",), ("pkt",)),
    "clear": Callee("void clear(pkt p)", ("ok: p->dst = NULL",), ("pkt",)),
    "dst": Callee("node dst(pkt p)", ("ok: return p->dst",), ("pkt",), "node", "borrow", "n"),
    "steal": Callee("node steal(pkt p)", ("ok: return take p->dst",), ("pkt",), "node", "held", "n"),
    "copy": Callee("void copy(pkt a, pkt b)", ("ok: a->dst = copy b->dst",), ("pkt", "pkt")),
    "scrub": Callee("void scrub(pkt *pp)", ("ok: drop *pp->dst", "kept: use *pp"), ("pkt&",)),
    "queue_pkt": Callee("void queue_pkt(pkt p)", ("ok: queue p",), ("+pkt",)),
    "query": Callee("void query(bool *set __nullable)", ("yes: *set = true", "no: *set = false", "off:"), ("bool*",)),
    "sleepy": Callee("void sleepy() __may_sleep", ("ok:",), ()),
    "root": Callee("node root()", ("ok: return immortal",), (), "node", "borrow"),
    "put_any": Callee("void put_any(node n __nullable __maybe_err)", ("ok: release n unless IS_ERR(n)",), ("+node",)),
    "put_valid": Callee(
        "void put_valid(node n __nullable __maybe_err)",
        ("put if !IS_ERR_OR_NULL(n): release n", "none if IS_ERR_OR_NULL(n):"),
        ("+node",),
    ),
    "nap": Callee("void nap() __must_hold(rcu)", ("ok: leave rcu, sleep, enter rcu",), (), needs="rcu"),
    "unlink": Callee("void unlink()", ("ok: revoke lock",), ()),
    "kfree": Callee("void kfree(pkt p)", ("ok: free p",), ("+pkt",)),
}
