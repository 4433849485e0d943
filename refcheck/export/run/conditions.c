// SPDX-License-Identifier: GPL-2.0-only
/*
 * The arguments of a call as they are when it begins, and what conditions and sets of values say of them.
 */
#include <string.h>

#include "judge.h"

bool rc_compare(enum rc_relation op, long a, long b)
{
	switch (op) {
	case RC_LT: return a < b;
	case RC_LE: return a <= b;
	case RC_GT: return a > b;
	case RC_GE: return a >= b;
	case RC_EQ: return a == b;
	case RC_NE: return a != b;
	default: return true;
	}
}

static bool listed(int count, const int *list, long n)
{
	for (int i = 0; i < count; i++)
		if (list[i] == n)
			return true;
	return false;
}

/* A number is one of those that a value stands for. */
bool rc_among(const struct rc_source *value, long n)
{
	if (value->op == RC_CODE)
		return n < 0 && n >= -4095 && (!value->constants || listed(value->constants, value->constant, n));
	if (value->op == RC_IN)
		return listed(value->constants, value->constant, n);
	return rc_compare(value->op, n, value->constants ? value->constant[0] : 0) &&
	       !listed(value->excepted, value->except, n);
}

/* ---- the arguments as they are when the call begins */
static void look_at(const struct rc_param *p, const struct rc_value *given, struct rc_arg *to)
{
	struct rc_value now = *given;

	memset(to, 0, sizeof(*to));
	to->life = -1;
	if (p->out) {
		if (!given->cell) {
			to->none = true;
			return;
		}
		now.set = *(bool *)given->cell;
		if (p->type == RC_OBJECT)
			now.at = ((rc_ref *)given->cell)->v;
		else
			now.n = p->type == RC_BOOL ? ((rc_bool *)given->cell)->v : ((rc_int *)given->cell)->v;
	}
	to->set = now.set;
	if (!to->set)
		return;
	to->n = now.n;
	to->at = now.at;
	if (p->type != RC_OBJECT)
		return;
	to->n = (long)now.at;
	if (!rc_is_object(now.at))
		return;
	to->life = rc_find(now.at);
	for (int s = 0; s < rc.program->resource[p->of].slots && !rc.life[to->life].freed; s++) {
		to->slot[s].how = now.at->slot[s].how;
		to->slot[s].content = now.at->slot[s].how ? rc_find(now.at->slot[s].to) : -1;
	}
}

void rc_look(const struct rc_contract *c, const struct rc_value *given, struct rc_arg *view)
{
	for (int i = 0; i < c->params; i++)
		look_at(&c->param[i], &given[i], &view[i]);
}

/* 1, 0, or -1 where a condition reads what was never written, or asks a slot of no object. */
int rc_ask(const struct rc_cond *cond, const struct rc_arg *view)
{
	const struct rc_arg *a;
	int first;

	if (!cond)
		return 1;
	switch (cond->kind) {
	case RC_NOT:
		first = rc_ask(cond->a, view);
		return first < 0 ? first : !first;
	case RC_AND:
	case RC_OR:
		first = rc_ask(cond->a, view);
		return first == (cond->kind == RC_AND) ? rc_ask(cond->b, view) : first;
	case RC_OPTION:
		return rc_config(cond->param);
	case RC_SLOT_IS:
		a = &view[cond->param];
		if (a->none)
			return 0;
		return a->life < 0 ? -1 : (int)(cond->states >> a->slot[cond->slot].how & 1);
	case RC_TEST:
		a = &view[cond->param];
		if (a->none)
			return cond->op == RC_EQ;
		return a->set ? rc_compare(cond->op, a->n, cond->value) : -1;
	}
	return -1;
}

/* All conditions of an outcome can be read. */
bool rc_known(const struct rc_outcome *o, const struct rc_arg *view)
{
	for (int i = 0; i < o->effects; i++)
		if (rc_ask(o->effect[i].when, view) < 0)
			return false;
	return true;
}

bool rc_applies(const struct rc_effect *e, const struct rc_arg *view)
{
	return rc_ask(e->when, view) > 0;
}
