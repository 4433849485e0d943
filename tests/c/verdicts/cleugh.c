// SPDX-License-Identifier: GPL-2.0
// A function with two bodies does what either of them does, also where one of them does nothing.
// cleugh_drop: certain leaked-ref
// cleugh_give: certain double-release
// cleugh_look: proved
// cleugh_swap: unknown

#ifdef CONFIG_CLEUGH
static void cleugh_put(struct dst_entry *dst)
{
	dst_release(dst);
}

static void cleugh_peek(struct dst_entry *dst)
{
}

static void cleugh_two(struct sk_buff *skb, struct sk_buff *next)
{
	kfree_skb(skb);
}
#else
static void cleugh_put(struct dst_entry *dst)
{
}

static int cleugh_peek(struct dst_entry *dst)
{
	return dst->error;
}

static void cleugh_two(struct sk_buff *next, struct sk_buff *skb)
{
	kfree_skb(skb);
}
#endif

int cleugh_drop(struct sock *sk)
{
	struct dst_entry *dst = sk_dst_get(sk);

	if (!dst)
		return -ENOENT;
	cleugh_put(dst);
	return 0;
}

int cleugh_give(struct sock *sk)
{
	struct dst_entry *dst = sk_dst_get(sk);

	if (!dst)
		return -ENOENT;
	cleugh_put(dst);
	dst_release(dst);
	return 0;
}

int cleugh_look(struct sock *sk)
{
	struct dst_entry *dst = sk_dst_get(sk);

	if (!dst)
		return -ENOENT;
	cleugh_peek(dst);
	dst_release(dst);
	return 0;
}

void cleugh_swap(struct sk_buff *a, struct sk_buff *b)
{
	cleugh_two(a, b);
	kfree_skb(b);
}
