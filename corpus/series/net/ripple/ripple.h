/* SPDX-License-Identifier: GPL-2.0 */
#ifndef RIPPLE_H
#define RIPPLE_H

#include <linux/skbuff.h>
#include <net/route.h>

#define RIPPLE_DEEPEST 4

void ripple_output(struct rtable *rt, struct sk_buff *skb, int depth);

#endif
