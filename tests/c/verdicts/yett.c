// SPDX-License-Identifier: GPL-2.0
// a path ends at panic(), and not at a function of the file that is called so
// yett_own: certain leaked-ref
// yett_other: proved

static void panic(const char *what)
{
}

int yett_own(struct sock *sk, int n)
{
	struct dst_entry *dst = sk_dst_get(sk);

	if (n) {
		panic("n");
		return n;
	}
	dst_release(dst);
	return 0;
}

int yett_other(struct sock *sk, int n)
{
	struct dst_entry *dst = sk_dst_get(sk);

	if (n)
		BUG();
	dst_release(dst);
	return 0;
}
