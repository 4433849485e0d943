// SPDX-License-Identifier: GPL-2.0
// bug: a device is looked up by an RCU helper outside of any reader section
// from: 18
// class: B, a borrow is used outside its section
// expect: harbour_work refuted(missing-context, noref-escape)
#include <linux/netdevice.h>
#include <linux/workqueue.h>

struct harbour {
	struct work_struct work;
	struct net *net;
	int ifindex;
	unsigned int mtu;
};

static void harbour_work(struct work_struct *work)
{
	struct harbour *harbour = container_of(work, struct harbour, work);
	struct net_device *dev;

	dev = dev_get_by_index_rcu(harbour->net, harbour->ifindex);
	if (dev)
		harbour->mtu = dev->mtu;
}

void harbour_start(struct harbour *harbour)
{
	INIT_WORK(&harbour->work, harbour_work);
	schedule_work(&harbour->work);
}
