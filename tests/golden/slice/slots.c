// SPDX-License-Identifier: GPL-2.0
// Structs of which a field owns: a parameter, one that is allocated, one on the stack, one that is reached by an expression.
#include "small.h"

struct crate { struct obj *held; int size; };
struct shelf { struct crate *top; };

static void crate_fill(struct crate *c, struct obj *o)
{
	c->held = o;
	c->size = 1;
	obj_hold(o);
}

static void crate_empty(struct crate *c)
{
	obj_put(c->held);
	c->held = NULL;
}

int allocated(int key)
{
	struct crate *c = kzalloc(sizeof(*c), LIMIT);

	if (!c)
		return -1;
	c->held = obj_find(key);
	if (c->held && obj_check(c->held, key))
		note(c->size);
	crate_empty(c);
	kfree(c);
	return 0;
}

int stacked(struct obj *o, int key)
{
	struct crate c = { .size = 2 };
	int err;

	crate_fill(&c, o);
	err = obj_check(o, key);
	if (err)
		goto out;
	note(c.size);
out:
	crate_empty(&c);
	return err;
}

int lost(struct obj *o, int key)
{
	struct crate c = { .held = NULL };
	int err;

	crate_fill(&c, o);
	err = obj_check(o, key);
	if (err)
		return err;
	crate_empty(&c);
	return 0;
}

void topmost(struct shelf *s)
{
	if (s->top->held)
		crate_empty(s->top);
}

void put_twice(struct shelf *s)
{
	obj_put(s->top->held);
	obj_put(s->top->held);
	s->top->held = NULL;
}
