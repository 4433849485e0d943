// SPDX-License-Identifier: GPL-2.0
// Embedded members, slots, out-parameters, casts, conditional values, nested calls.
#include "small.h"

void embedded(int key)
{
	struct wide *w = (struct wide *)obj_find(key);

	obj_put(w ? &w->base : NULL);
}

int through(int key)
{
	struct obj *o = NULL;
	int err = obj_fill(key, &o);

	if (err)
		return err;
	obj_send(err ?: key, o);
	return 0;
}

void moved(struct box *b, int key)
{
	struct obj *old = b->item;

	b->item = obj_find(key);
	obj_put(old);
}

static struct obj *pick(int key, bool other)
{
	struct obj *o = other ? obj_find(key) : NULL;

	return o;
}

void use_pick(int key)
{
	struct obj *o = pick(key, key > 3);

	if (o && obj_check(o, key))
		note(o->state);
	obj_put(o);
}

int swallow(struct obj *o)
{
	if (measure(o) > 2)
		obj_put(o);
	return 0;
}
