// SPDX-License-Identifier: GPL-2.0
// bug: the way out releases a pointer that is written only later
// from: 10
// class: C, something is put that is not held
// expect: estuary_probe proved
#include <net/sock.h>

int estuary_probe(struct sock *sk, unsigned int size)
{
	struct dst_entry *dst = NULL;
	int err = -EMSGSIZE;

	if (size > 65535)
		goto out;
	dst = sk_dst_get(sk);
	err = dst && dst_mtu(dst) < size ? -EMSGSIZE : 0;
out:
	dst_release(dst);
	return err;
}
