// SPDX-License-Identifier: GPL-2.0
// bug: owning the route does not keep the device that it points to
// from: 16
// class: B, a borrow is used outside its section
// expect: spring_device proved
#include <net/sock.h>

struct net_device *spring_device(struct sock *sk)
{
	struct net_device *dev = NULL;
	struct dst_entry *dst;

	rcu_read_lock();
	dst = __sk_dst_get(sk);
	if (dst) {
		dev = dst_dev_rcu(dst);
		dev_hold(dev);
	}
	rcu_read_unlock();
	return dev;
}
