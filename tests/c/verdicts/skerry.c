// SPDX-License-Identifier: GPL-2.0
// a macro that enters a section, and one that leaves it
// skerry_mtu: proved
// skerry_stay: possible unbalanced-context

#define skerry_lock(n) do { skerry_count(n); rcu_read_lock(); } while (0)
#define skerry_unlock() rcu_read_unlock()

int skerry_mtu(struct net *net)
{
	struct net_device *dev;
	int mtu = 0;

	skerry_lock(1);
	dev = dev_get_by_index_rcu(net, 1);
	if (dev)
		mtu = dev->mtu;
	skerry_unlock();
	return mtu;
}

int skerry_stay(struct net *net)
{
	skerry_lock(1);
	return 0;
}
