// SPDX-License-Identifier: GPL-2.0
// memory that goes under another type takes with it what its fields own: who does so is named
// shippon_kill: proved
// shippon_other: proved
// shippon_right: proved

struct shippon {
	struct dst_entry *dst;
	int id;
};

static void shippon_free(void *memory)
{
	kfree(memory);
}

static int shippon_id(const void *memory)
{
	const struct shippon *s = memory;

	return s->id;
}

int shippon_kill(struct sock *sk)
{
	struct shippon *s = kzalloc(sizeof(*s), GFP_KERNEL);

	if (!s)
		return -ENOMEM;
	s->dst = sk_dst_get(sk);
	shippon_free(s);
	return 0;
}

int shippon_other(struct sock *sk)
{
	struct shippon *s = kzalloc(sizeof(*s), GFP_KERNEL);
	void *memory = s;

	if (!s)
		return -ENOMEM;
	s->dst = sk_dst_get(sk);
	kfree(memory);
	return 0;
}

int shippon_right(struct sock *sk)
{
	struct shippon *s = kzalloc(sizeof(*s), GFP_KERNEL);
	int id;

	if (!s)
		return -ENOMEM;
	s->dst = sk_dst_get(sk);
	id = shippon_id(s);
	dst_release(s->dst);
	kfree(s);
	return id;
}
