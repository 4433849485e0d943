# SPDX-License-Identifier: GPL-2.0-only
"""A small C file in which a field of a struct owns what it points to."""

OWNING = """#include <net/dst.h>
#include <net/route.h>
struct gill {
	struct dst_entry *dst;
};
static void gill_fill(struct gill *g, struct dst_entry *dst)
{
	dst_hold(dst);
	g->dst = dst;
}
static void gill_drop(struct gill *g)
{
	dst_release(g->dst);
	g->dst = NULL;
}
void gill_swap(struct gill *g, struct dst_entry *dst)
{
	gill_drop(g);
	gill_fill(g, dst);
}
"""
