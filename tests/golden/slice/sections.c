// SPDX-License-Identifier: GPL-2.0
// Guards, #if, roles, statement expressions, side effects in conditions.
#include "small.h"

int guarded(int key)
{
	guard(lock)();
	if (key)
		return -EINVAL;
	scoped_guard(lock)
		note(key);
	return 0;
}

int peeked(int key)
{
	struct obj *o;
	int state = -ENOENT;

	rcu_read_lock();
	o = obj_peek(key);
#ifdef CONFIG_SMALL_DEBUG
	if (o)
		note(o->state);
#endif
	if (o && (state = obj_check(o, ({ note(1); 3; }))) < 0)
		note(2);
	rcu_read_unlock();
	return state;
}

static int runner(struct obj *o)
{
	if (obj_check(o, 0))
		note(4);
	obj_send(1, o);
	return 0;
}

const struct small_ops small = {
	.run = runner,
};

int kept_open(int key)
{
	rcu_read_lock();
	if (key)
		return -EINVAL;
	rcu_read_unlock();
	return 0;
}
