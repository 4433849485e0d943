/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORPUS_NET_SOCK_H
#define CORPUS_NET_SOCK_H

#include <net/dst.h>
#include <linux/timer.h>

struct sock {
	int sk_family, sk_err, sk_mark;
	unsigned long sk_flags;
	struct dst_entry __rcu *sk_dst_cache;
	struct sk_buff_head sk_receive_queue, sk_write_queue;
	void *sk_user_data;
};

void sock_hold(struct sock *sk);
void sock_put(struct sock *sk);
void lock_sock(struct sock *sk);
void release_sock(struct sock *sk);
struct dst_entry *sk_dst_get(const struct sock *sk);
struct dst_entry *__sk_dst_get(const struct sock *sk);
struct dst_entry *sk_dst_check(struct sock *sk, u32 cookie);
struct dst_entry *__sk_dst_check(struct sock *sk, u32 cookie);
void sk_dst_set(struct sock *sk, struct dst_entry *dst);
void sk_setup_caps(struct sock *sk, struct dst_entry *dst);
int sock_queue_rcv_skb(struct sock *sk, struct sk_buff *skb);
void sk_reset_timer(struct sock *sk, struct timer_list *timer, unsigned long expires);
struct net *sock_net(const struct sock *sk);

#endif
