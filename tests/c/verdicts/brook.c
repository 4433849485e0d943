// SPDX-License-Identifier: GPL-2.0
// what an inner variable is asked does not excuse the outer one
// brook: certain leaked-ref

int brook(struct net *net, struct flowi4 *fl)
{
	struct rtable *rt = ip_route_output_key(net, fl);

	if (IS_ERR(rt))
		return PTR_ERR(rt);
	{
		struct rtable *rt = ip_route_output_key(net, fl);

		if (!IS_ERR(rt))
			ip_rt_put(rt);
	}
	return 0;
}
