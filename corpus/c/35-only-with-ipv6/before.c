// SPDX-License-Identifier: GPL-2.0
// bug: the arm that is compiled with IPv6 only keeps its route
// class: A, a reference is leaked
// expect: isthmus_mtu refuted(leaked-ref)
#include <net/sock.h>
#include <net/route.h>
#include <net/ipv6.h>

int isthmus_mtu(struct net *net, struct sock *sk, struct flowi4 *fl4, struct flowi6 *fl6)
{
	struct rtable *rt;
	int mtu;

#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == 10) {
		struct dst_entry *dst = ip6_dst_lookup_flow(net, sk, fl6, NULL);

		if (IS_ERR(dst))
			return PTR_ERR(dst);
		mtu = dst_mtu(dst);
		return mtu;
	}
#endif
	rt = ip_route_output_flow(net, fl4, sk);
	if (IS_ERR(rt))
		return PTR_ERR(rt);
	mtu = dst_mtu(&rt->dst);
	ip_rt_put(rt);
	return mtu;
}
