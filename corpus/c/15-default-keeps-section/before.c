// SPDX-License-Identifier: GPL-2.0
// bug: each case of a switch leaves the reader section, and the default forgets it
// from: 27
// class: D, a section is not left, or not entered
// expect: torrent_work refuted(unbalanced-context)
#include <linux/netdevice.h>
#include <linux/workqueue.h>

enum torrent_kind { TORRENT_PLAIN, TORRENT_MUTEX, TORRENT_BATCH };

struct torrent {
	struct work_struct work;
	struct net *net;
	int ifindex;
	enum torrent_kind kind;
	int err;
};

int torrent_do(struct net_device *dev);
int torrent_do_slow(int ifindex);

static void torrent_work(struct work_struct *work)
{
	struct torrent *torrent = container_of(work, struct torrent, work);
	struct net_device *dev;

	rcu_read_lock();
	dev = dev_get_by_index_rcu(torrent->net, torrent->ifindex);
	if (!dev) {
		rcu_read_unlock();
		torrent->err = -ENODEV;
		return;
	}
	switch (torrent->kind) {
	case TORRENT_PLAIN:
		torrent->err = torrent_do(dev);
		rcu_read_unlock();
		break;
	case TORRENT_MUTEX:
		rcu_read_unlock();
		torrent->err = torrent_do_slow(torrent->ifindex);
		break;
	default:
		torrent->err = -EINVAL;
		break;
	}
}

void torrent_start(struct torrent *torrent, enum torrent_kind kind)
{
	torrent->kind = kind;
	INIT_WORK(&torrent->work, torrent_work);
	schedule_work(&torrent->work);
}
