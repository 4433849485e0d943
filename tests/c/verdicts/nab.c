// SPDX-License-Identifier: GPL-2.0
// a macro that is not followed may ask whether there is an object
// nab_sync: possible leaked-ref
// nab_plain: certain leaked-ref
struct sk_buff *nab_log(const char *text);
#define NAB_CHECK(cond, text) ({ bool __bad = (cond); if (__bad) nab_log(text); __bad; })

void nab_sync(struct sk_buff_head *queue)
{
	struct sk_buff *skb = skb_dequeue(queue);

	if (NAB_CHECK(!skb, "nothing waits"))
		return;
	kfree_skb(skb);
}

void nab_plain(struct sk_buff_head *queue, int len)
{
	struct sk_buff *skb = skb_dequeue(queue);

	if (!skb)
		return;
	if (NAB_CHECK(!len, "nothing is left"))
		return;
	kfree_skb(skb);
}
