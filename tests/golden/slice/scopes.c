// SPDX-License-Identifier: GPL-2.0
// The scope of a variable that is declared with __free() ends: at its block, by a jump, by a return.
#include "small.h"

int by_return(int key)
{
	struct obj *o __free(obj_put) = obj_find(key);

	if (!o)
		return -1;
	return o->state;
}

int by_jump(int key)
{
	while (key) {
		struct obj *o __free(obj_put) = obj_find(key);

		if (!o)
			continue;
		if (o->state)
			break;
		if (obj_check(o, key))
			goto out;
		note(o->state);
	}
	return 0;
out:
	return 1;
}

static struct obj *kept(int key)
{
	struct obj *o __free(obj_put) = obj_find(key);

	if (!o || o->state)
		return NULL;
	return_ptr(o);
}

int given_on(int key)
{
	struct obj *o = kept(key);

	if (!o)
		return -1;
	obj_send(key, o);
	return 0;
}

int kept_twice(int key)
{
	struct obj *o __free(obj_put) = obj_find(key);

	if (!o)
		return -1;
	obj_send(key, o);
	return 0;
}
