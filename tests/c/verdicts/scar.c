// SPDX-License-Identifier: GPL-2.0
// counts that are changed by hand, and queues that are known
// scar_put: proved
// scar_next: possible bad-pointer
// scar_late: possible use-after-consume
// scar_gone: certain bad-pointer

struct scar {
	struct sk_buff_head queue;
	int n;
};

static void scar_put(struct sock *sk, struct scar *scar)
{
	sock_hold(sk);
	if (refcount_dec_and_test(&sk->sk_refcnt))
		sk->sk_state = 7;
}

int scar_next(struct scar *scar)
{
	struct sk_buff *skb;

	if (!scar->n)
		return 0;
	skb = skb_dequeue(&scar->queue);
	scar->n = skb->len;
	kfree_skb(skb);
	return 0;
}

void scar_late(struct scar *scar)
{
	struct sk_buff *skb = alloc_skb(100, GFP_KERNEL);

	if (!skb)
		return;
	skb_queue_tail(&scar->queue, skb);
	scar->n = skb->len;
}

int scar_gone(struct sk_buff *skb)
{
	struct sk_buff *mine = skb_clone(skb, GFP_ATOMIC);

	mine->mark = 3;
	kfree_skb(mine);
	return 0;
}
