// SPDX-License-Identifier: GPL-2.0
// bug: a work item is given a route that is only lent; it will put it long after the section
// from: 13
// class: B, a borrow is used outside its section
// expect: moraine_defer proved
// expect: moraine_work proved
#include <linux/workqueue.h>
#include <net/sock.h>

struct moraine_item {
	struct work_struct work;
	struct dst_entry *dst;
};

void moraine_use(struct dst_entry *dst);

static void moraine_work(struct work_struct *work)
{
	struct moraine_item *item = container_of(work, struct moraine_item, work);

	moraine_use(item->dst);
	dst_release(item->dst);
	kfree(item);
}

int moraine_defer(struct sock *sk)
{
	struct moraine_item *item;
	struct dst_entry *dst;

	item = kzalloc(sizeof(*item), GFP_ATOMIC);
	if (!item)
		return -ENOMEM;
	rcu_read_lock();
	dst = __sk_dst_get(sk);
	if (!dst || !dst_hold_safe(dst)) {
		rcu_read_unlock();
		kfree(item);
		return -ENOENT;
	}
	item->dst = dst;
	rcu_read_unlock();
	INIT_WORK(&item->work, moraine_work);
	schedule_work(&item->work);
	return 0;
}
