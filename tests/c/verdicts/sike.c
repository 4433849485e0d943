// SPDX-License-Identifier: GPL-2.0
// bits that are set, cleared and asked for decide what is put
// sike_bits: proved
// sike_wrong: certain leaked-ref
// sike_cleared: certain leaked-ref
// sike_unsigned: proved
// sike_sum: proved
// sike_unknown: certain leaked-ref
// sike_step: certain leaked-ref
// sike_given: proved

#define SIKE_HELD 0x4
#define SIKE_OTHER 0x1

int sike_ask(int what);

int sike_bits(struct net *net, struct flowi4 *fl, int what)
{
	struct rtable *rt = NULL;
	int flags = 0;

	if (sike_ask(what))
		flags |= SIKE_OTHER;
	if (sike_ask(what + 1)) {
		rt = ip_route_output_key(net, fl);
		if (IS_ERR(rt))
			return PTR_ERR(rt);
		flags |= SIKE_HELD;
	}
	if (flags & SIKE_HELD)
		ip_rt_put(rt);
	return 0;
}

int sike_wrong(struct net *net, struct flowi4 *fl, int what)
{
	struct rtable *rt = NULL;
	int flags = 0;

	if (sike_ask(what)) {
		rt = ip_route_output_key(net, fl);
		if (IS_ERR(rt))
			return PTR_ERR(rt);
		flags |= SIKE_HELD;
	}
	if (flags & SIKE_OTHER)
		ip_rt_put(rt);
	return 0;
}

int sike_cleared(struct net *net, struct flowi4 *fl, int what)
{
	struct rtable *rt = NULL;
	int flags = 0;

	if (sike_ask(what)) {
		rt = ip_route_output_key(net, fl);
		if (IS_ERR(rt))
			return PTR_ERR(rt);
		flags |= SIKE_HELD | SIKE_OTHER;
	}
	if (sike_ask(what + 1))
		flags &= ~SIKE_HELD;
	if (flags & SIKE_HELD)
		ip_rt_put(rt);
	return 0;
}

int sike_unsigned(struct net *net, struct flowi4 *fl, int what)
{
	struct rtable *rt = NULL;
	unsigned long flags = 0;

	if (sike_ask(what)) {
		rt = ip_route_output_key(net, fl);
		if (IS_ERR(rt))
			return PTR_ERR(rt);
		flags |= SIKE_HELD;
	}
	flags ^= SIKE_OTHER;
	if (flags & SIKE_HELD)
		ip_rt_put(rt);
	return 0;
}

int sike_sum(struct net *net, struct flowi4 *fl, int what)
{
	struct rtable *rt = NULL;
	int held = 0;

	if (sike_ask(what)) {
		rt = ip_route_output_key(net, fl);
		if (IS_ERR(rt))
			return PTR_ERR(rt);
		held = 1;
	}
	held += 2;
	if (held == 3)
		ip_rt_put(rt);
	return 0;
}

int sike_unknown(struct net *net, struct flowi4 *fl, int what)
{
	struct rtable *rt = ip_route_output_key(net, fl);

	if (IS_ERR(rt))
		return PTR_ERR(rt);
	if (what + 8 > 1400)
		return -EMSGSIZE;
	ip_rt_put(rt);
	return 0;
}

int sike_step(struct net *net, struct flowi4 *fl, int n)
{
	struct rtable *rt = ip_route_output_key(net, fl);
	int i;

	if (IS_ERR(rt))
		return PTR_ERR(rt);
	for (i = 0; i < n; i += 2)
		if (sike_ask(i))
			return -EINVAL;
	ip_rt_put(rt);
	return 0;
}

int sike_given(struct net *net, struct flowi4 *fl, int flags)
{
	struct rtable *rt = NULL;

	if (flags & SIKE_HELD) {
		rt = ip_route_output_key(net, fl);
		if (IS_ERR(rt))
			return PTR_ERR(rt);
	}
	if (flags & SIKE_HELD)
		ip_rt_put(rt);
	return 0;
}
