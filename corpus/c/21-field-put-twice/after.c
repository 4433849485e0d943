// SPDX-License-Identifier: GPL-2.0
// bug: an error path puts what a field owns, leaves the field as it is, and the destructor puts it again
// from: 52
// class: C, something is put that is not held
// expect: cove_new proved
#include <net/route.h>

struct cove {
	struct dst_entry *dst;
	int id;
};

int cove_register(int id);

static void cove_destroy(struct cove *cove)
{
	dst_release(cove->dst);
	kfree(cove);
}

int cove_new(struct net *net, struct flowi4 *fl, int id)
{
	struct cove *cove;
	struct rtable *rt;
	int err;

	cove = kzalloc(sizeof(*cove), GFP_KERNEL);
	if (!cove)
		return -ENOMEM;
	cove->id = id;
	rt = ip_route_output_key(net, fl);
	if (IS_ERR(rt)) {
		err = PTR_ERR(rt);
		goto out;
	}
	cove->dst = &rt->dst;
	err = cove_register(id);
	if (err) {
		dst_release(cove->dst);
		cove->dst = NULL;
	}
out:
	cove_destroy(cove);
	return err;
}
