// SPDX-License-Identifier: GPL-2.0
// a pointer that a callee fills in
// moor_grow: proved

int moor_tail(struct sk_buff *skb, struct sk_buff **tail);

int moor_grow(struct sk_buff *skb)
{
	struct sk_buff *tail;
	int n = moor_tail(skb, &tail);

	if (n < 0)
		return n;
	tail->mark = 1;
	return 0;
}
