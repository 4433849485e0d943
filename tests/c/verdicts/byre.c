// SPDX-License-Identifier: GPL-2.0
// an object that is copied as a whole is not followed, nor a queue on the stack whose address is kept
// byre_assign: unknown
// byre_memory: unknown
// byre_element: unknown
// byre_part: proved
// byre_kept: proved
// byre_inside: proved

void *memcpy(void *to, const void *from, size_t size);

struct byre_list {
	struct sk_buff_head queue;
	int n;
};

int byre_assign(struct sk_buff *from)
{
	struct sk_buff *skb = alloc_skb(8, GFP_ATOMIC);

	if (!skb)
		return -ENOMEM;
	*skb = *from;
	kfree_skb(skb);
	return 0;
}

int byre_memory(struct sk_buff *from)
{
	struct sk_buff *skb = alloc_skb(8, GFP_ATOMIC);

	if (!skb)
		return -ENOMEM;
	memcpy(skb, from, sizeof(*skb));
	kfree_skb(skb);
	return 0;
}

int byre_element(struct sk_buff *from)
{
	struct sk_buff *skb = alloc_skb(8, GFP_ATOMIC);

	if (!skb)
		return -ENOMEM;
	skb[0] = *from;
	kfree_skb(skb);
	return 0;
}

int byre_part(struct sk_buff *from)
{
	struct sk_buff *skb = alloc_skb(8, GFP_ATOMIC);

	if (!skb)
		return -ENOMEM;
	memcpy(skb->cb, from->cb, sizeof(skb->cb));
	kfree_skb(skb);
	return 0;
}

int byre_kept(void)
{
	struct sk_buff_head queue, *at = &queue;
	struct sk_buff *skb = alloc_skb(8, GFP_ATOMIC);

	if (!skb)
		return -ENOMEM;
	__skb_queue_head_init(at);
	__skb_queue_tail(at, skb);
	return 0;
}

int byre_inside(void)
{
	struct byre_list list;
	struct sk_buff *skb = alloc_skb(8, GFP_ATOMIC);

	if (!skb)
		return -ENOMEM;
	__skb_queue_head_init(&list.queue);
	__skb_queue_tail(&list.queue, skb);
	return 0;
}
