// SPDX-License-Identifier: GPL-2.0
// bug: one case puts the route and falls into the next one, which puts it as well
// class: C, something is put that is not held
// expect: groyne_event refuted(double-release)
#include <net/sock.h>

enum groyne_kind { GROYNE_CHECK, GROYNE_DROP, GROYNE_NONE };

int groyne_event(struct sock *sk, enum groyne_kind kind)
{
	struct dst_entry *dst = sk_dst_get(sk);
	int mtu = 0;

	if (!dst)
		return -ENOENT;
	switch (kind) {
	case GROYNE_CHECK:
		mtu = dst_mtu(dst);
		dst_release(dst);
		/* fall through */
	case GROYNE_DROP:
		dst_release(dst);
		break;
	default:
		dst_release(dst);
		return -EINVAL;
	}
	return mtu;
}
