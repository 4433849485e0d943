// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an outcome makes: new objects, values of out-parameters and of the result, contents of slots.
 */
#include "judge.h"

/* Two look-ups of a shared resource can give one object; what is there for ever can be what came in, containers apart. */
static bool may_meet(const struct rc_resource *r, enum rc_how how, int n)
{
	bool came_in = how == RC_IMMORTAL && !r->slots && rc.life[n].lender != RC_NOBODY;

	return rc.life[n].of == r && (r->shared || came_in) && !rc.life[n].doomed && rc_alive(n);
}

/* A look-up: a new object, or one that is known already where they can meet. */
static int found(int resource, const struct rc_source *v, const struct rc_arg *view, int line)
{
	int known[RC_LIVES], count = 0, n;

	for (n = 0; n < rc.lives; n++)
		if (may_meet(&rc.program->resource[resource], v->how, n))
			known[count++] = n;
	n = rc_choose(count + 1, RC_OF_SAME, line, "an object that is known");
	n = n ? known[n - 1] : rc_new(resource);
	if (v->how == RC_IMMORTAL) {
		rc.life[n].lender = RC_FOREVER;
		rc.life[n].mine = 0;
	}
	rc.life[n].mine += v->how == RC_HOLD && rc.life[n].lender != RC_FOREVER;
	if (v->how == RC_BORROW && v->param >= 0 && view[v->param].life >= 0)
		rc.life[n].owners |= 1ull << view[v->param].life;
	else if (v->how == RC_BORROW)
		rc.life[n].until |= rc_holding(v->facts);
	if (rc_refs(n) > 0)
		rc.life[n].why = RC_ALIVE;
	rc_born(n);
	return n;
}

long rc_number(const struct rc_source *v, enum rc_type type, int of, int line, const char *what)
{
	const int *list = v->op == RC_IN || (v->op == RC_CODE && v->constants) ? v->constant : rc.one->number;
	int count = list == v->constant ? v->constants : rc.one->numbers;
	long fit[256];
	int n = 0;

	if (type == RC_BOOL || type == RC_ENUM) {
		for (int i = 0; i < (type == RC_BOOL ? 2 : of) && n < 256; i++)
			if (rc_among(v, i))
				fit[n++] = i;
	} else {
		for (int i = 0; i < count && n < 256; i++)
			if (rc_among(v, list[i]))
				fit[n++] = list[i];
	}
	if (!n)
		rc_abandon(RC_VOID_RUN);
	return fit[rc_choose(n, RC_OF_VALUE, line, what)];
}

static struct rc_value made(const struct rc_source *v, enum rc_type type, int of, const struct rc_arg *view, int line,
			    const char *what)
{
	struct rc_value r = { .set = true };

	switch (v->how) {
	case RC_NULL:
		break;
	case RC_NUMBER:
		r.n = rc_number(v, type == RC_OBJECT ? RC_INT : type, of, line, what);
		r.at = type == RC_OBJECT ? (struct rc_object *)r.n : NULL;
		break;
	case RC_HOLD:
	case RC_BORROW:
	case RC_IMMORTAL:
		r.at = rc.life[found(of, v, view, line)].at;
		break;
	case RC_CONTENT:
	case RC_TAKE:
		if (view[v->param].life < 0)
			rc_unset("a slot of no object", line);
		r.at = view[v->param].slot[v->slot].content < 0 ? NULL : rc.life[view[v->param].slot[v->slot].content].at;
		break;
	default:
		r.set = view[v->param].set;
		r.n = view[v->param].n;
		r.at = view[v->param].at;
	}
	return r;
}

static void write_cell(const struct rc_param *p, void *cell, struct rc_value value)
{
	if (!cell)
		return;
	if (p->type == RC_OBJECT)
		*(rc_ref *)cell = (rc_ref){ value.set, value.at };
	else if (p->type == RC_BOOL)
		*(rc_bool *)cell = (rc_bool){ value.set, value.n };
	else
		*(rc_int *)cell = (rc_int){ value.set, value.n };
}

/* Out-parameters, the result, and new objects in slots, in this order. */
struct rc_value rc_make(const struct rc_contract *c, const struct rc_outcome *o, const struct rc_arg *view,
		       const struct rc_change *ch, struct rc_value *given, int line)
{
	struct rc_value result = { 0 };

	for (int i = 0; i < o->effects; i++) {
		const struct rc_effect *e = &o->effect[i];

		if (e->verb == RC_RETURN)
			result = made(e->value, c->type, c->of, view, line, c->name);
		else if (e->verb == RC_SET && e->slot < 0 && rc_applies(e, view) && !view[e->param].none)
			write_cell(&c->param[e->param], given[e->param].cell,
				   made(e->value, c->param[e->param].type, c->param[e->param].of, view, line, c->param[e->param].name));
	}
	for (int i = 0; i < ch->puts; i++) {
		const struct rc_put *p = &ch->put[i];
		struct rc_object *at = p->life >= 0 ? rc.life[p->life].at : p->param == RC_RESULT ? result.at :
				       given[p->param].cell ? ((rc_ref *)given[p->param].cell)->v : NULL;
		struct rc_source v = { .how = p->how == RC_OWNED ? RC_HOLD : RC_BORROW, .facts = p->until, .param = -1 };
		int n = rc_is_object(at) ? rc_find(at) : -1, content = p->content;

		if (n < 0 || rc.life[n].freed || (p->life >= 0 && content != RC_FRESH))
			continue;
		if (content == RC_FRESH) {
			content = found(rc.life[n].of->slot[p->slot].target, &v, view, line);
			rc.life[content].mine -= p->how == RC_OWNED && rc.life[content].lender != RC_FOREVER;
		}
		if (p->how == RC_NOREF && !rc_alive(content) && !rc.life[content].reported)
			rc_fault(rc_ended(content), line, "slot `%s` gets a borrow that has ended", rc.life[n].of->slot[p->slot].name);
		at->slot[p->slot] = (struct rc_slot){ content < 0 ? NULL : rc.life[content].at, p->how };
	}
	rc_settle();
	return result;
}
