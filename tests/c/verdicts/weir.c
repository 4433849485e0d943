// SPDX-License-Identifier: GPL-2.0
// a negative number is a large one without a sign
// weir: certain leaked-ref

int weir(struct sock *sk, struct sk_buff *skb)
{
	struct dst_entry *dst = sk_dst_get(sk);
	u32 n = skb_cow_head(skb, 8);

	if (n > 0)
		return -ENOMEM;
	if (!n)
		dst_release(dst);
	return 0;
}
