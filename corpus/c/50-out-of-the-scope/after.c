// SPDX-License-Identifier: GPL-2.0
// bug: the section ends with the scope of its guard, and what was found in it is used behind
// class: B, a borrow is used outside its section
// expect: canyon_state proved
#include <net/neighbour.h>

int canyon_report(int state);

int canyon_state(struct net_device *dev, u32 key)
{
	struct neighbour *neigh = NULL;
	int state = 0;

	scoped_guard(rcu) {
		neigh = __ipv4_neigh_lookup_noref(dev, key);
		if (neigh)
			state = neigh->nud_state;
	}
	return canyon_report(state);
}
