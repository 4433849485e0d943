// SPDX-License-Identifier: GPL-2.0
// Conditions, gotos, loops, switches; scalars that decide something stay, all others go.
#include "small.h"

int tidy(int key, int weight)
{
	struct obj *o = obj_find(key);
	int total = 0, err;

	if (!o)
		return -ENOENT;
	total += weight * o->state;
	err = obj_check(o, total & 3);
	if (err)
		goto out;
	for (total = 0; total < LIMIT; total++)
		note(total);
	switch (o->state) {
	case KIND_A:
		err = -EAGAIN;
		break;
	case KIND_C:
		goto out;
	default:
		break;
	}
out:
	obj_put(o);
	return err;
}

int leaky(int key)
{
	struct obj *o = obj_get(key);

	if (IS_ERR(o))
		return PTR_ERR(o);
	if (o->state > LIMIT && key)
		return -EBUSY;
	obj_put(o);
	return 0;
}

void again(int key)
{
	struct obj *o;
	int n = 0;

	do {
		o = obj_find(key);
		if (!o)
			continue;
		obj_put(o);
	} while (n++ < 3);
	while ((o = obj_find(key)) && o->state)
		obj_put(o);
	obj_put(o);
}

void late(int key)
{
	struct obj *o = obj_find(key);

	obj_put(o);
	if (key && o->state == 2)
		note(1);
}
