// SPDX-License-Identifier: GPL-2.0
// a struct on the stack loses what its fields own where its scope ends
// firth_good: proved
// firth_early: possible leaked-ref
// firth_round: proved
// firth_given: possible leaked-ref

struct firth {
	struct dst_entry *dst;
	int id;
};

int firth_register(int id);

static void firth_fill(struct firth *firth, struct dst_entry *dst)
{
	firth->dst = dst;
	firth->id = 3;
	dst_hold(dst);
}

static void firth_empty(struct firth *firth)
{
	dst_release(firth->dst);
	firth->dst = NULL;
}

int firth_good(struct dst_entry *dst)
{
	struct firth firth = {};
	int err;

	firth_fill(&firth, dst);
	err = firth_register(firth.id);
	if (err)
		goto out;
	err = firth_register(2);
out:
	firth_empty(&firth);
	return err;
}

int firth_early(struct dst_entry *dst)
{
	struct firth firth;
	int err;

	memset(&firth, 0, sizeof(firth));
	firth_fill(&firth, dst);
	err = firth_register(firth.id);
	if (err < 0)
		return err;
	firth_empty(&firth);
	return 0;
}

int firth_round(struct dst_entry *dst, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		struct firth firth = { .dst = NULL };

		firth_fill(&firth, dst);
		if (firth_register(i)) {
			firth_empty(&firth);
			continue;
		}
		firth_empty(&firth);
	}
	return 0;
}

int firth_given(struct net *net, struct flowi4 *fl)
{
	struct rtable *rt = ip_route_output_key(net, fl);

	if (IS_ERR(rt))
		return PTR_ERR(rt);

	struct firth firth = { .dst = &rt->dst };

	if (firth_register(1))
		return -EBUSY;
	firth_empty(&firth);
	return 0;
}
