// SPDX-License-Identifier: GPL-2.0
// a condition is asked twice where it is the same one, whatever of it fits into a message, and made of constants
// quoin_global: possible leaked-ref
// quoin_long: possible leaked-ref
// quoin_macro: possible leaked-ref
// quoin_same: proved

static int QUOIN_ON = 1;
static int quoin_now;

#define QUOIN_NOW quoin_now
#define QUOIN_SHIFT (QUOIN_BITS - 2)
#define QUOIN_BITS CONFIG_QUOIN_BITS

void quoin_switch(void);

int quoin_global(struct sock *sk, int n)
{
	struct dst_entry *dst = NULL;

	if (QUOIN_ON > n)
		dst = sk_dst_get(sk);
	quoin_switch();
	if (QUOIN_ON > n)
		dst_release(dst);
	return 0;
}

int quoin_long(struct sock *sk, unsigned int what_is_there_now, unsigned int what_is_wanted_of_it)
{
	struct dst_entry *dst = NULL;

	if (what_is_there_now + what_is_wanted_of_it + what_is_there_now + what_is_wanted_of_it + what_is_there_now > 3)
		dst = sk_dst_get(sk);
	if (what_is_there_now + what_is_wanted_of_it + what_is_there_now + what_is_wanted_of_it + what_is_there_now > 5)
		dst_release(dst);
	return 0;
}

int quoin_macro(struct sock *sk, int n)
{
	struct dst_entry *dst = NULL;

	if (n > QUOIN_NOW)
		dst = sk_dst_get(sk);
	quoin_switch();
	if (n > QUOIN_NOW)
		dst_release(dst);
	return 0;
}

int quoin_same(struct sock *sk, unsigned int n)
{
	struct dst_entry *dst = NULL;

	if (n > QUOIN_SHIFT)
		dst = sk_dst_get(sk);
	quoin_switch();
	if (n  >  QUOIN_SHIFT)
		dst_release(dst);
	return 0;
}
