// SPDX-License-Identifier: GPL-2.0
// bug: each case of a switch leaves the reader section, and the default forgets it
// from: 27
// class: D, a section is not left, or not entered
// expect: torrent_call proved
#include <linux/netdevice.h>

enum torrent_kind { TORRENT_PLAIN, TORRENT_MUTEX, TORRENT_BATCH };

int torrent_do(struct net_device *dev);
int torrent_do_slow(int ifindex);

int torrent_call(struct net *net, int ifindex, enum torrent_kind kind)
{
	struct net_device *dev;
	int err;

	rcu_read_lock();
	dev = dev_get_by_index_rcu(net, ifindex);
	if (!dev) {
		rcu_read_unlock();
		return -ENODEV;
	}
	switch (kind) {
	case TORRENT_PLAIN:
		err = torrent_do(dev);
		rcu_read_unlock();
		break;
	case TORRENT_MUTEX:
		rcu_read_unlock();
		err = torrent_do_slow(ifindex);
		break;
	default:
		rcu_read_unlock();
		err = -EINVAL;
		break;
	}
	return err;
}
