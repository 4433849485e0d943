// SPDX-License-Identifier: GPL-2.0
// one packet may be given twice to who only looks; what a function returns is the number by which it chose its way out
// hirst_one: proved
// hirst_gone: possible use-after-release
// hirst_err: proved
// hirst_role: proved
// hirst_codes: proved
// hirst_wide: possible broken-contract

struct hirst { int n; };
struct hirst *hirst_make(int n);
int hirst_setup(int n);
int hirst_between(struct sk_buff *from, struct sk_buff *to);
void hirst_tell(struct sk_buff *from, struct sk_buff *to);

int hirst_one(struct sk_buff *first, struct sk_buff *last, int n)
{
	struct sk_buff *to = n ? first : last;

	hirst_tell(first, to);
	return hirst_between(first, to);
}

int hirst_gone(struct net_device *dev)
{
	struct sk_buff *one = netdev_alloc_skb(dev, 8), *two = netdev_alloc_skb(dev, 8);
	int n = 0;

	if (one && two) {
		kfree_skb(two);
		n = hirst_between(one, two);
		kfree_skb(one);
		return n;
	}
	kfree_skb(one);
	kfree_skb(two);
	return n;
}

int hirst_err(struct sk_buff *skb, int n)
{
	struct hirst *h = hirst_make(n);

	if (IS_ERR(h)) {
		kfree_skb(skb);
		return PTR_ERR(h);
	}
	consume_skb(skb);
	return 0;
}

static int hirst_role(struct net_device *dev)
{
	struct hirst *h = hirst_make(1);
	int err;

	if (IS_ERR(h))
		return PTR_ERR(h);
	err = hirst_setup(2);
	if (err < 0)
		return err;
	return 0;
}

static int hirst_codes(struct net_device *dev)
{
	return PTR_ERR_OR_ZERO(hirst_make(3));
}

static int hirst_wide(struct net_device *dev)
{
	return hirst_setup(4);
}

static const struct net_device_ops hirst_ops = { .ndo_open = hirst_role, .ndo_stop = hirst_codes };
static const struct net_device_ops hirst_wider = { .ndo_open = hirst_wide };
