// SPDX-License-Identifier: GPL-2.0
// what a function asks of an argument at its end, callers may never leave out
// rigg_done: possible bad-pointer
struct rigg {
	int prio;
};

struct sk_buff *rigg_next(struct rigg *rigg);

static void rigg_done(struct rigg *rigg, struct sk_buff *skb)
{
	rigg->prio = skb->priority;
	while (skb)
		skb = rigg_next(rigg);
}

void rigg_all(struct rigg *rigg, struct sk_buff *skb)
{
	if (skb)
		rigg_done(rigg, skb);
}
