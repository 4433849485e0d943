// SPDX-License-Identifier: GPL-2.0
// what is asked twice and answered both ways would have to change in between; a list may not be empty
// combe_mtu: possible leaked-ref
// combe_first: possible bad-pointer
struct combe {
	struct sock *sk;
	int on;
};

int combe_mtu(struct combe *combe, struct sock *sk)
{
	struct dst_entry *dst = NULL;
	int mtu;

	if (combe->on)
		dst = sk_dst_get(sk);
	if (!combe->on)
		return 0;
	mtu = dst_mtu(dst);
	dst_release(dst);
	return mtu;
}

int combe_first(struct sk_buff_head *list)
{
	struct sk_buff *skb, *first = NULL;

	skb_queue_walk(list, skb) {
		if (!first)
			first = skb;
	}
	return first->len;
}
