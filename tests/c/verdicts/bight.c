// SPDX-License-Identifier: GPL-2.0
// a socket that is put may have another reference of the caller, a packet has none; loops may always have a round
// bight_close: possible use-after-release
// bight_free: certain use-after-release
// bight_fill: possible bad-pointer
// bight_out: certain noref-escape
// bight_hold: proved

static void bight_close(struct sock *sk)
{
	sock_put(sk);
	sk->sk_state = 7;
}

static void bight_free(struct sk_buff *skb)
{
	kfree_skb(skb);
	skb->mark = 7;
}

static int bight_fill(struct sk_buff *skb, int most)
{
	int err, k;

	for (k = 0; k < most; k++)
		err = pskb_may_pull(skb, k);
	if (err)
		return -EINVAL;
	return 0;
}

int bight_out(struct net *net)
{
	struct net_device *dev;

	rcu_read_lock();
	dev = dev_get_by_index_rcu(net, 3);
	rcu_read_unlock();
	if (dev)
		dev->mtu = 3;
	return 0;
}

void bight_hold(struct sock *sk)
{
	sock_hold(sk);
	sk->sk_state = 7;
	sock_put(sk);
}
