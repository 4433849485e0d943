// SPDX-License-Identifier: GPL-2.0
// what stands behind a test that never fails is not proved
// tarn: vacuous

int tarn(struct sock *sk)
{
	struct dst_entry *dst = sk_dst_get(sk);
	bool there = true;

	if (!there)
		return -EINVAL;
	dst_release(dst);
	return 0;
}
