// SPDX-License-Identifier: GPL-2.0
// A variable whose address is kept in an initialiser, an element, a choice or a calculation changes by others.
// dyke_initialiser: possible leaked-ref
// dyke_choice: possible leaked-ref
// dyke_object: unknown
// dyke_element: unknown
// dyke_behind: unknown
// dyke_shown: proved

struct dyke_flag {
	bool *on;
};

struct dyke_place {
	struct dst_entry **dst;
};

void dyke_run(struct dyke_flag *flag);
void dyke_go(struct dyke_place *place);
void dyke_ask(bool *on);

int dyke_initialiser(struct sock *sk, int n)
{
	struct dst_entry *dst = NULL;
	bool on = n > 3;
	struct dyke_flag flag = { .on = &on };

	if (on)
		dst = sk_dst_get(sk);
	dyke_run(&flag);
	if (on)
		dst_release(dst);
	return 0;
}

static void dyke_clear(bool *on)
{
	if (on)
		*on = false;
}

int dyke_choice(struct sock *sk, int n)
{
	struct dst_entry *dst = NULL;
	bool on = sk != NULL;

	if (on)
		dst = sk_dst_get(sk);
	dyke_clear(n ? &on : NULL);
	if (on)
		dst_release(dst);
	return 0;
}

int dyke_object(struct sock *sk)
{
	struct dst_entry *dst = sk_dst_get(sk);
	struct dyke_place place = { .dst = &dst };

	dyke_go(&place);
	dst_release(dst);
	return 0;
}

int dyke_element(struct sock *sk)
{
	struct dst_entry *dst = sk_dst_get(sk);
	struct dst_entry **places[1] = { &dst };

	*places[0] = NULL;
	dst_release(dst);
	return 0;
}

int dyke_behind(struct sock *sk)
{
	struct dst_entry *dst = sk_dst_get(sk);

	(&dst)[0] = NULL;
	dst_release(dst);
	return 0;
}

int dyke_shown(struct sock *sk)
{
	struct dst_entry *dst = sk_dst_get(sk);
	bool on = false;

	dyke_ask(&on);
	if (on) {
		dst_release(dst);
		return 1;
	}
	dst_release(dst);
	return 0;
}
