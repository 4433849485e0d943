// SPDX-License-Identifier: GPL-2.0
// A reference on an argument that only some ways out take, and no result tells of, is nobody's; what somebody may keep is assumed.
// wath_start: possible leaked-ref
// wath_zero: possible leaked-ref
// wath_drop: possible leaked-ref
// wath_again: proved
// wath_take: proved
// wath_told: proved
// wath_set: proved
// wath_arm: proved
// wath_asked: proved
// wath_queue: proved

struct wath {
	int on;
	struct net_device *dev;
};

void wath_start(struct sock *sk, struct wath *wath)
{
	sock_hold(sk);
	if (wath->on)
		return;
	wath->on = 1;
	sock_put(sk);
}

int wath_zero(struct dst_entry *dst, struct wath *wath)
{
	dst_hold(dst);
	if (wath->on)
		return 0;
	dst_release(dst);
	return 0;
}

void wath_drop(struct sk_buff *skb, struct wath *wath)
{
	skb_get(skb);
	if (wath->on)
		return;
	kfree_skb(skb);
}

void wath_again(struct sock *sk, struct wath *wath)
{
	sock_hold(sk);
	if (wath->on)
		goto out;
	wath->on = 1;
out:
	sock_put(sk);
}

void wath_take(struct sock *sk)
{
	sock_hold(sk);
}

bool wath_told(struct sock *sk, struct wath *wath)
{
	if (wath->on)
		return false;
	sock_hold(sk);
	return true;
}

void wath_set(struct net_device *dev, struct wath *wath)
{
	if (wath->dev)
		return;
	wath->dev = dev;
	dev_hold(dev);
}

void wath_arm(struct sock *sk)
{
	if (!mod_timer(&sk->sk_timer, 3))
		sock_hold(sk);
}

void wath_asked(struct sock *sk, int count)
{
	if (count > 3)
		sock_hold(sk);
}

void wath_queue(struct sk_buff *skb, struct sk_buff_head *queue)
{
	skb_get(skb);
	skb_queue_tail(queue, skb);
}
