// SPDX-License-Identifier: GPL-2.0
// What is not read says so, with the line.
#include "small.h"

void assembled(int key)
{
	struct obj *o = obj_find(key);

	asm volatile("nop");
	obj_put(o);
}

void stored(int key, struct obj **where)
{
	where[key] = obj_find(key);
}

void kept_address(int key)
{
	struct obj *o = obj_find(key);
	struct obj **p = &o;

	obj_put(*p);
}
