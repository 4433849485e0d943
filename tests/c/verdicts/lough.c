// SPDX-License-Identifier: GPL-2.0
// functions that call each other sleep as one
// lough_drop: proved
// lough_drop_group: proved
// lough_flush: proved

struct lough {
	struct lough *in;
	bool group;
};

static bool lough_drop(struct lough *lough);

static void lough_drop_group(struct lough *lough)
{
	if (lough->in)
		lough_drop(lough->in);
	synchronize_rcu();
}

static bool lough_drop(struct lough *lough)
{
	bool flush = false;

	if (lough->group)
		lough_drop_group(lough);
	else
		flush = true;
	return flush;
}

static void lough_flush(struct lough *lough)
{
	lough_drop(lough);
}
