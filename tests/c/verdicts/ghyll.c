// SPDX-License-Identifier: GPL-2.0
// a queue on the stack is followed where nobody else sees it, and elsewhere what is queued must not rest on a section
// ghyll_early: possible leaked-ref
// ghyll_purged: proved
// ghyll_last: proved
// ghyll_one: possible leaked-ref
// ghyll_spliced: proved
// ghyll_seen: proved
// ghyll_later: possible noref-escape
// ghyll_forced: proved
// ghyll_twice: possible double-release

int ghyll_collect(struct sk_buff_head *list);
bool skb_queue_empty(const struct sk_buff_head *list);

struct ghyll {
	struct sk_buff_head later;
};

int ghyll_early(int n)
{
	struct sk_buff_head list;

	skb_queue_head_init(&list);
	while (n--) {
		struct sk_buff *skb = alloc_skb(64, GFP_KERNEL);

		if (!skb)
			return -ENOMEM;
		skb_queue_tail(&list, skb);
	}
	skb_queue_purge(&list);
	return 0;
}

int ghyll_purged(int n)
{
	struct sk_buff_head list;
	int err = 0;

	__skb_queue_head_init(&list);
	while (n--) {
		struct sk_buff *skb = alloc_skb(64, GFP_KERNEL);

		if (!skb) {
			err = -ENOMEM;
			goto out;
		}
		__skb_queue_tail(&list, skb);
	}
out:
	__skb_queue_purge(&list);
	return err;
}

void ghyll_last(struct sk_buff *skb)
{
	struct sk_buff_head list;

	__skb_queue_head_init(&list);
	__skb_queue_tail(&list, skb);
	while (!skb_queue_empty(&list))
		kfree_skb(__skb_dequeue(&list));
}

void ghyll_one(struct sk_buff *skb, struct sk_buff *other)
{
	struct sk_buff_head list;

	__skb_queue_head_init(&list);
	__skb_queue_tail(&list, skb);
	__skb_queue_tail(&list, other);
	kfree_skb(__skb_dequeue(&list));
}

void ghyll_spliced(struct ghyll *ghyll)
{
	struct sk_buff_head list;
	struct sk_buff *skb;

	__skb_queue_head_init(&list);
	skb_queue_splice_init(&ghyll->later, &list);
	while ((skb = __skb_dequeue(&list)))
		dev_queue_xmit(skb);
}

int ghyll_seen(void)
{
	struct sk_buff_head list;
	struct sk_buff *skb;

	__skb_queue_head_init(&list);
	if (ghyll_collect(&list))
		return -EINVAL;
	skb = __skb_dequeue(&list);
	if (skb)
		kfree_skb(skb);
	return 0;
}

void ghyll_later(struct ghyll *ghyll, struct sk_buff *skb, struct sock *sk)
{
	struct dst_entry *dst;

	skb_dst_drop(skb);
	rcu_read_lock();
	dst = __sk_dst_get(sk);
	if (dst)
		skb_dst_set_noref(skb, dst);
	skb_queue_tail(&ghyll->later, skb);
	rcu_read_unlock();
}

void ghyll_forced(struct ghyll *ghyll, struct sk_buff *skb, struct sock *sk)
{
	struct dst_entry *dst;

	skb_dst_drop(skb);
	rcu_read_lock();
	dst = __sk_dst_get(sk);
	if (dst)
		skb_dst_set_noref(skb, dst);
	skb_dst_force(skb);
	skb_queue_tail(&ghyll->later, skb);
	rcu_read_unlock();
}

void ghyll_twice(struct sk_buff *skb)
{
	struct sk_buff_head list;

	__skb_queue_head_init(&list);
	__skb_queue_tail(&list, skb);
	__skb_queue_purge(&list);
	kfree_skb(skb);
}
