// SPDX-License-Identifier: GPL-2.0
// bug: the reader section is entered on one of two ways to the look-up
// from: 18
// class: D, a section is not left, or not entered
// expect: jetty_state refuted(missing-context)
#include <net/neighbour.h>

int jetty_state(struct net_device *dev, u32 key, bool slow)
{
	struct neighbour *neigh;
	int state = 0;

	if (slow)
		rcu_read_lock();
	neigh = __ipv4_neigh_lookup_noref(dev, key);
	if (neigh)
		state = neigh->nud_state & NUD_VALID;
	if (slow)
		rcu_read_unlock();
	return state;
}
