# SPDX-License-Identifier: GPL-2.0-only
"""More models for the repository of the gate's tests, and contracts for them."""

MORE = """
enum kind { PLAIN, TUNNEL, METADATA };
enum kind kind_of(dst d) __from("net/b.c:kind_of") { ok: use d, return any; }
resource token;
resource conn { slot route: dst published; embeds base; }
void conn_look(conn c, token t) __from("net/b.c:conn_look") { ok: use c, use t; }
"""

MODELS = {
    "callers": """use "route.spec", "b.spec";
source "net/c.c", "v6.19";

void needy(dst d)
{
	use(d);
}

void known(dst d)
{
	rcu_read_lock();
	needy(d);
	rcu_read_unlock();
}
""",
    "kinds": """use "route.spec", "b.spec";
source "net/d.c", "v6.19";

int kinds(dst d, conn c, token t)
{
	enum kind k = kind_of(d);

	conn_look(c, t);
	if (k == METADATA)
		return -EINVAL;
	return 0;
}
""",
    "paths": """use "route.spec", "b.spec";
source "net/e.c", "v6.19";

int paths() expect refuted(leaked-ref)
{
	dst rt = ip_route_output_key();
	bool ok;

	if (IS_ERR(rt))
		return PTR_ERR(rt);
	if (nondet("too long"))
		goto drop;
	ok = may_send(rt);
	if (!ok)
		return -EACCES;
	use(rt);
	ok = may_send(rt);
	if (nondet("too long"))
		goto drop;
	dst_release(rt);
	return 0;
drop:
	dst_release(rt);
	return -EMSGSIZE;
}

static bool allowed(dst d)
{
	return may_send(d);
}

int helped()
{
	dst rt = ip_route_output_key();
	bool ok;

	if (IS_ERR(rt))
		return PTR_ERR(rt);
	ok = allowed(rt);
	dst_release(rt);
	if (!ok)
		return -EPERM;
	return 0;
}
""",
    "again": """use "route.spec", "b.spec";
source "net/f.c", "v6.19";

int again() expect refuted(use-after-release)
{
	dst rt = ip_route_output_key();

	if (IS_ERR(rt))
		return PTR_ERR(rt);
	use(rt);
	dst_release(rt);
	if (nondet("debug"))
		use(rt);
	return 0;
}
""",
    "callee": """use "route.spec", "b.spec";
source "net/g.c", "v6.19";

int callee() expect refuted(leaked-ref) contract { ok: return any; }
{
	dst rt = ip_route_output_key();

	return 0;
}

int careful(int err)
{
	return err;
}
""",
}
