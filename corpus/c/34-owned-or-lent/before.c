// SPDX-License-Identifier: GPL-2.0
// bug: a getter lends what it has and gives what it makes, and nobody can tell which
// from: 42
// class: F, a cache
// expect: tide_mtu refuted(release-of-borrowed, noref-escape)
#include <net/sock.h>
#include <net/route.h>

static struct dst_entry *tide_route(struct net *net, struct sock *sk, struct flowi4 *fl)
{
	struct dst_entry *dst;
	struct rtable *rt;

	dst = __sk_dst_get(sk);
	if (dst)
		return dst;
	rt = ip_route_output_flow(net, fl, sk);
	if (IS_ERR(rt))
		return NULL;
	return &rt->dst;
}

int tide_mtu(struct net *net, struct sock *sk, struct flowi4 *fl)
{
	struct dst_entry *dst;
	int mtu = -ENETUNREACH;

	rcu_read_lock();
	dst = tide_route(net, sk, fl);
	if (dst) {
		mtu = dst_mtu(dst);
		dst_release(dst);
	}
	rcu_read_unlock();
	return mtu;
}
