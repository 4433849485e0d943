// SPDX-License-Identifier: GPL-2.0
// the address of a variable stays one under a cast: what is there may be written, now or later
// wold_done: proved
// wold_late: unknown
struct wold {
	unsigned long data;
};

int wold_next(struct wold *wold, void **context);
int wold_show(struct sk_buff *skb);

int wold_done(struct wold *wold)
{
	struct sk_buff *skb;

	while (wold_next(wold, (void **)&skb) == 0) {
		if (!skb)
			continue;
		wold_show(skb);
	}
	return 0;
}

int wold_late(struct wold *wold, struct sock *sk)
{
	struct dst_entry *dst = NULL;

	wold->data = (unsigned long)&dst;
	wold_show(NULL);
	if (dst)
		dst_release(dst);
	return 0;
}
