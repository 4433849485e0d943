// SPDX-License-Identifier: GPL-2.0
// A module is not built in, and what two conditions ask of one number are two questions.
// dell_kinds: certain leaked-ref
// dell_ways: possible leaked-ref
// dell_more: certain leaked-ref
// dell_names: certain leaked-ref
// dell_same: proved
// dell_either: proved
// dell_number: proved

int dell_kinds(struct sock *sk)
{
	struct dst_entry *dst = NULL;

	if (IS_BUILTIN(CONFIG_DELL))
		dst = sk_dst_get(sk);
	if (IS_MODULE(CONFIG_DELL))
		dst_release(dst);
	return 0;
}

int dell_ways(struct sock *sk)
{
	struct dst_entry *dst = NULL;

	if (IS_ENABLED(CONFIG_DELL))
		dst = sk_dst_get(sk);
#ifdef CONFIG_DELL
	dst_release(dst);
#endif
	return 0;
}

int dell_more(struct sock *sk)
{
	struct dst_entry *dst = NULL;

#if DELL_SIZE > 100
	dst = sk_dst_get(sk);
#endif
#if DELL_SIZE < 100
	dst_release(dst);
#endif
	return 0;
}

int dell_names(struct sock *sk)
{
	struct dst_entry *dst = NULL;

#ifdef CONFIG_DELL
	dst = sk_dst_get(sk);
#endif
#ifdef DELL
	dst_release(dst);
#endif
	return 0;
}

int dell_same(struct sock *sk)
{
	struct dst_entry *dst = NULL;

#if IS_ENABLED(CONFIG_DELL)
	dst = sk_dst_get(sk);
#endif
	if (IS_ENABLED(CONFIG_DELL))
		dst_release(dst);
	return 0;
}

int dell_either(struct sock *sk)
{
	struct dst_entry *dst = NULL;

#if defined(CONFIG_DELL) || defined(CONFIG_DELL_MODULE)
	dst = sk_dst_get(sk);
#endif
	if (IS_ENABLED(CONFIG_DELL))
		dst_release(dst);
	return 0;
}

int dell_number(struct sock *sk)
{
	struct dst_entry *dst = NULL;

#if DELL_SIZE > 100
	dst = sk_dst_get(sk);
#endif
#if DELL_SIZE   >   100
	dst_release(dst);
#endif
	return 0;
}
