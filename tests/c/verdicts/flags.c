// SPDX-License-Identifier: GPL-2.0
// who owns is told by a flag: one that a helper hands back, and one that is handed on
// fin_look: proved
// fin_drop: proved
// fin_sends: proved
// fin_forgets: certain release-of-borrowed

static struct dst_entry *fin_look(struct sock *sk, struct net *net, struct flowi4 *fl, bool *noref)
{
	struct dst_entry *dst = __sk_dst_get(sk);

	*noref = dst != NULL;
	if (dst)
		return dst;
	return (struct dst_entry *)ip_route_output_key(net, fl);
}

static void fin_drop(struct dst_entry *dst, bool noref)
{
	if (!noref)
		dst_release(dst);
}

static int fin_sends(struct sock *sk, struct net *net, struct flowi4 *fl)
{
	struct dst_entry *dst;
	bool noref;

	rcu_read_lock();
	dst = fin_look(sk, net, fl, &noref);
	if (!IS_ERR(dst))
		fin_drop(dst, noref);
	rcu_read_unlock();
	return 0;
}

static int fin_forgets(struct sock *sk, struct net *net, struct flowi4 *fl)
{
	struct dst_entry *dst;
	bool noref;

	rcu_read_lock();
	dst = fin_look(sk, net, fl, &noref);
	if (!IS_ERR(dst))
		fin_drop(dst, false);
	rcu_read_unlock();
	return 0;
}
