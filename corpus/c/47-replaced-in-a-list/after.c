// SPDX-License-Identifier: GPL-2.0
// bug: each entry of a list gets a new route, and the old one is lost
// class: G, a slot that owns is overwritten
// expect: shore_renew proved
#include <linux/list.h>
#include <net/dst.h>

struct shore_peer {
	struct list_head node;
	struct dst_entry *dst;
};

struct shore {
	struct list_head peers;
	spinlock_t lock;
};

void shore_forget(struct shore_peer *peer)
{
	dst_release(peer->dst);
	peer->dst = NULL;
}

void shore_renew(struct shore *shore, struct dst_entry *dst)
{
	struct shore_peer *peer;

	spin_lock_bh(&shore->lock);
	list_for_each_entry(peer, &shore->peers, node) {
		dst_release(peer->dst);
		peer->dst = dst_clone(dst);
	}
	spin_unlock_bh(&shore->lock);
}
