/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORPUS_NET_IP_H
#define CORPUS_NET_IP_H

#include <net/route.h>

int ip_local_out(struct net *net, struct sock *sk, struct sk_buff *skb);

#endif
