// SPDX-License-Identifier: GPL-2.0
// a helper that sleeps makes its caller one that does
// rill_settle: proved
// rill_change: proved
// rill_badly: certain missing-context

static void rill_settle(struct net_device *dev)
{
	dev->mtu = 0;
	synchronize_rcu();
}

int rill_change(struct net_device *dev)
{
	rill_settle(dev);
	return 0;
}

int rill_badly(struct net_device *dev)
{
	rcu_read_lock();
	rill_settle(dev);
	rcu_read_unlock();
	return 0;
}
