// SPDX-License-Identifier: GPL-2.0
// What stands behind `?:`, a jump in a macro, the rest of a scope: what is done on some paths only is done on these only.
// thwaite_send: certain leaked-ref
// thwaite_number: certain leaked-ref
// thwaite_sent: proved
// thwaite_flag: proved
// thwaite_once: certain leaked-ref; possible leaked-ref
// thwaite_twice: certain leaked-ref
// thwaite_each: proved
// thwaite_scope: certain leaked-ref
// thwaite_whole: proved
// thwaite_some: unknown
// thwaite_all: certain missing-context
// thwaite_value: unknown
// thwaite_find: unknown
// thwaite_read: possible leaked-ref
// thwaite_shown: proved

struct thwaite {
	spinlock_t lock;
	int on;
};

#define THWAITE_BAIL(cond) if (cond) break
#define thwaite_number_of(n, at) ({ n = *(at); 0; })
#define thwaite_print(n) printk("%d", n)
#define thwaite_dev(net) ({ guard(rcu)(); dev_get_by_index_rcu(net, 3); })
int printk(const char *fmt, ...);

int thwaite_send(void)
{
	struct sk_buff *skb = alloc_skb(8, GFP_ATOMIC);

	if (!skb)
		return -ENOMEM;
	return skb_cow_head(skb, 8) ?: dev_queue_xmit(skb);
}

int thwaite_number(struct thwaite *thwaite)
{
	struct sk_buff *skb = alloc_skb(8, GFP_ATOMIC);
	int err;

	if (!skb)
		return -ENOMEM;
	err = thwaite->on ?: dev_queue_xmit(skb);
	return err;
}

int thwaite_sent(void)
{
	struct sk_buff *skb = alloc_skb(8, GFP_ATOMIC);
	int err, sent;

	if (!skb)
		return -ENOMEM;
	err = skb_cow_head(skb, 8);
	sent = err ?: dev_queue_xmit(skb);
	if (err)
		kfree_skb(skb);
	return sent;
}

bool thwaite_flag(struct sock *sk, bool wanted)
{
	struct dst_entry *dst = sk_dst_get(sk);
	bool done = wanted ?: dst != NULL;

	if (done)
		dst_release(dst);
	return done;
}

int thwaite_once(struct sock *sk, struct thwaite *thwaite)
{
	struct dst_entry *dst;
	int n;

	for (n = 0; n < 3; n++) {
		dst = sk_dst_get(sk);
		do {
			THWAITE_BAIL(thwaite->on);
			dst_release(dst);
		} while (0);
	}
	return 0;
}

int thwaite_twice(struct sock *sk, struct thwaite *thwaite)
{
	struct dst_entry *dst = NULL;
	int n;

	for (n = 0; n < 3; n++) {
		dst = sk_dst_get(sk);
		do {
			({ if (thwaite->on) break; 0; });
			dst_release(dst);
			dst = NULL;
		} while (0);
	}
	dst_release(dst);
	return 0;
}

int thwaite_each(struct sock *sk, struct thwaite *thwaite)
{
	struct dst_entry *dst;
	int n;

	for (n = 0; n < 3; n++) {
		dst = sk_dst_get(sk);
		do {
			THWAITE_BAIL(thwaite->on);
			thwaite->on++;
		} while (0);
		dst_release(dst);
	}
	return 0;
}

int thwaite_scope(struct sock *sk, struct thwaite *thwaite)
{
	struct dst_entry *dst = sk_dst_get(sk);

	scoped_guard(thwaite_lock, &thwaite->lock) {
		if (thwaite->on)
			continue;
		dst_release(dst);
	}
	return 0;
}

int thwaite_whole(struct sock *sk, struct thwaite *thwaite)
{
	struct dst_entry *dst = sk_dst_get(sk);

	scoped_guard(thwaite_lock, &thwaite->lock) {
		if (thwaite->on)
			continue;
		thwaite->on = 1;
	}
	dst_release(dst);
	return 0;
}

void thwaite_some(struct thwaite *thwaite)
{
#ifdef CONFIG_THWAITE
	guard(spinlock)(&thwaite->lock);
#endif
	synchronize_rcu();
}

void thwaite_all(struct thwaite *thwaite)
{
	guard(spinlock)(&thwaite->lock);
#ifdef CONFIG_THWAITE
	thwaite->on = 1;
#endif
	synchronize_rcu();
}

int thwaite_value(struct net *net)
{
	struct net_device *dev = ({ guard(rcu)(); dev_get_by_index_rcu(net, 3); });

	return dev ? dev->mtu : 0;
}

int thwaite_find(struct net *net)
{
	struct net_device *dev = thwaite_dev(net);

	return dev ? dev->mtu : 0;
}

int thwaite_read(struct sock *sk, unsigned int n, int *at)
{
	struct dst_entry *dst = NULL;

	if (n & 3)
		dst = sk_dst_get(sk);
	thwaite_number_of(n, at);
	if (n & 3)
		dst_release(dst);
	return 0;
}

int thwaite_shown(struct sock *sk, unsigned int n)
{
	struct dst_entry *dst = NULL;

	if (n & 3)
		dst = sk_dst_get(sk);
	thwaite_print(n);
	if (n & 3)
		dst_release(dst);
	return 0;
}
