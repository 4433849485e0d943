// SPDX-License-Identifier: GPL-2.0
// bug: a timer puts what its object owns and leaves the field; the next round puts it again
// from: 52
// class: C, something is put that is not held
// expect: oxbow_expire refuted(double-release)
// expect: oxbow_start proved
#include <linux/timer.h>
#include <net/sock.h>

struct oxbow {
	struct timer_list timer;
	struct dst_entry *dst;
};

static void oxbow_expire(struct timer_list *timer)
{
	struct oxbow *oxbow = timer_container_of(oxbow, timer, timer);
	struct dst_entry *dst = oxbow->dst;

	dst_release(dst);
	mod_timer(&oxbow->timer, jiffies + 100);
}

void oxbow_start(struct oxbow *oxbow, struct sock *sk)
{
	oxbow->dst = sk_dst_get(sk);
	timer_setup(&oxbow->timer, oxbow_expire, 0);
	mod_timer(&oxbow->timer, jiffies + 100);
}
