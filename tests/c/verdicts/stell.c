// SPDX-License-Identifier: GPL-2.0
// what an assignment to a field gives is what was stored there; what a callee goes on with may have another address
// stell_slot: possible broken-contract; possible use-after-release
// stell_field: certain double-release
// stell_global: certain double-release
// stell_right: proved
// stell_other: possible leaked-ref

struct stell {
	struct dst_entry *dst;
};

struct stell_look {
	struct dst_entry *seen;
};

static struct dst_entry *stell_last;

static void stell_clear(struct stell *s)
{
	dst_release(s->dst);
	s->dst = NULL;
}

int stell_slot(struct stell *s, struct sock *sk)
{
	struct dst_entry *dst;

	stell_clear(s);
	dst = s->dst = sk_dst_get(sk);
	if (dst && dst->error)
		dst_release(dst);
	stell_clear(s);
	return 0;
}

int stell_right(struct stell *s, struct sock *sk)
{
	stell_clear(s);
	if ((s->dst = sk_dst_get(sk)) == NULL)
		return -ENOENT;
	return 0;
}

int stell_field(struct stell_look *look, struct sock *sk)
{
	struct dst_entry *dst = sk_dst_get(sk), *seen;

	seen = look->seen = dst;
	dst_release(seen);
	dst_release(dst);
	return 0;
}

int stell_global(struct sock *sk)
{
	struct dst_entry *dst = sk_dst_get(sk), *seen;

	seen = stell_last = dst;
	dst_release(seen);
	dst_release(dst);
	return 0;
}

int stell_other(struct sk_buff *skb)
{
	struct sk_buff *own = skb_share_check(skb, GFP_ATOMIC);

	if (own != skb)
		return 0;
	kfree_skb(own);
	return 0;
}
