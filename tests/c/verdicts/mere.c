// SPDX-License-Identifier: GPL-2.0
// an error code fits into an int
// mere: proved

int mere(struct net *net, struct flowi4 *fl)
{
	struct rtable *rt = ip_route_output_key(net, fl);
	int err = PTR_ERR_OR_ZERO(rt);

	if (err)
		return err;
	ip_rt_put(rt);
	return 0;
}
