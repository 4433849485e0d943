# SPDX-License-Identifier: GPL-2.0-only
"""What generated callees and callers are made of: trusted contracts, one for each thing that can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generator.choices import Choices

_TEXT = """context rcu;
context lk;
fact gp = rcu;
fact any = rcu | lk;
resource node {NODE }
resource dev;
resource pkt { slot s: nodePUBLISHED; slot t: node;PKT }
void rcu_lock() contract { ok: enter rcu; };
void rcu_unlock() contract { ok: leave rcu; };
void lk_lock() contract { ok: enter lk; };
void lk_unlock() contract { ok: leave lk; };
void nap() __may_sleep contract { ok: ; };
node get() contract { ok: return hold; };
node null() contract { ok: return immortal; };
node find() __must_hold(gp) contract { ok: return borrow(gp); };
void unlink() contract { ok: revoke lk; };
node peek() __must_hold(lk) contract { ok: return borrow(lk); };
void put(node n __nullable) contract { ok: release n; };
void eat(node n __nullable) contract { ok: consume n; };
void ref(node n __counted) contract { ok: hold n; };
bool tryget(node n) contract { ok: try_hold n, return true; no: return false; };
void touch(node n) contract { ok: use n; };
dev dev_of(node n) contract { ok: return borrow(n); };
void dev_touch(dev d) contract { ok: use d; };
void dev_ref(dev d __counted) contract { ok: hold d; };
void dev_put(dev d) contract { ok: release d; };
pkt alloc() contract { ok: return hold; };
pkt full() contract { ok: return hold, result->s = hold; };
pkt seek() __must_hold(gp) contract { ok: return borrow(gp), result->s = hold; };
pkt under() __must_hold(lk) contract { ok: return borrow(lk); };
void free(pkt p __nullable) contract { ok: release p; };
void xmit(pkt p) contract { ok: consume p; };
void backlog(pkt p) contract { ok: queue p; };
void fill(pkt p, node n) contract { ok: p->s = move n; };
void lend(pkt p, node n) contract { ok: p->s = noref n; };
void drop(pkt p) contract { ok: drop p->s; };
void clear(pkt p) contract { ok: p->s = NULL; };
node steal(pkt p) contract { ok: return take p->s; };
node look(pkt p) contract { ok: return p->s; };
void copy(pkt p, pkt q) contract { ok: p->s = copy q->s; };
void shift(pkt p, pkt q) contract { ok: p->s = move q->s; };
bool force(pkt p) contract {
	none if p->s is empty: return false;
	held if p->s is noref | owned: try_hold p->s, return true;
	lost if p->s is noref: p->s = NULL, return false;
};
bool owned(pkt p) contract { yes if p->s is owned: return true; no if !(p->s is owned): return false; };
void drop_t(pkt p) contract { ok: drop p->t; };
node look_t(pkt p) contract { ok: return p->t; };
"""


def library(c: Choices) -> str:
    """The declarations; what a node is freed after, and whether two of them may be one, is drawn."""
    node = c.weighted(((5, " freed after gp;"), (3, ""), (2, " freed after gp; shared;"), (1, " shared;")))
    pkt = c.weighted(((4, ""), (1, " freed after gp;")))
    published = " published" if c.chance(5) else ""
    return _TEXT.replace("NODE", node).replace("PKT", pkt).replace("PUBLISHED", published)
