// SPDX-License-Identifier: GPL-2.0
// bug: one of two makers of an object stores a loan in the field that its destructor puts
// from: 54
// class: I, an extra or a missing reference of a field
// expect: inlet_accept refuted(noref-escape)
// expect: inlet_connect proved
#include <net/neighbour.h>

struct inlet {
	struct neighbour *neigh;
	int calls;
};

int inlet_call(int calls);

static void inlet_destroy(struct inlet *inlet)
{
	if (inlet->neigh)
		neigh_release(inlet->neigh);
	kfree(inlet);
}

int inlet_connect(struct net_device *dev, u32 key)
{
	struct inlet *inlet = kzalloc(sizeof(*inlet), GFP_KERNEL);
	int err;

	if (!inlet)
		return -ENOMEM;
	inlet->neigh = __ipv4_neigh_lookup(dev, key);
	err = inlet_call(inlet->calls);
	inlet_destroy(inlet);
	return err;
}

int inlet_accept(struct net_device *dev, u32 key)
{
	struct inlet *inlet = kzalloc(sizeof(*inlet), GFP_ATOMIC);
	int err;

	if (!inlet)
		return -ENOMEM;
	rcu_read_lock();
	inlet->neigh = __ipv4_neigh_lookup_noref(dev, key);
	err = inlet_call(inlet->calls);
	inlet_destroy(inlet);
	rcu_read_unlock();
	return err;
}
