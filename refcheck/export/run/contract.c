// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a contract says, in one place for both who use it: a call makes these changes (call.c), and a body is held to them
 * at its exit (harness.c).  Conditions and sources are read on entry.
 */
#include <string.h>

#include "judge.h"

/* The effect takes one reference of the caller on the argument itself. */
bool rc_gives(const struct rc_effect *e, int param)
{
	if (e->value && e->value->how == RC_MOVE)
		return e->value->param == param;
	return e->param == param && e->slot < 0 &&
	       (e->verb == RC_RELEASE || e->verb == RC_CONSUME || e->verb == RC_QUEUE || e->verb == RC_FREE);
}

/* The caller hands a reference over: some outcome that is possible now takes one that it has not taken itself. */
bool rc_handed(const struct rc_contract *c, const struct rc_arg *view, int param)
{
	for (int i = 0; i < c->outcomes; i++) {
		const struct rc_outcome *o = &c->outcome[i];
		int net = 0;

		if (rc_ask(o->when, view) <= 0)
			continue;
		for (int k = 0; k < o->effects; k++) {
			const struct rc_effect *e = &o->effect[k];

			if (!rc_applies(e, view))
				continue;
			net += rc_gives(e, param);
			net -= (e->verb == RC_HOLDS || e->verb == RC_TRY_HOLD) && e->param == param && e->slot < 0;
		}
		if (net > 0)
			return true;
	}
	return false;
}

/* ---- the change */

/* What an outcome puts into the slot of an object that it makes itself. */
bool rc_of_fresh(const struct rc_outcome *o, const struct rc_effect *e)
{
	if (e->param == RC_RESULT)
		return true;
	for (int i = 0; i < o->effects; i++)
		if (o->effect[i].verb == RC_SET && o->effect[i].param == e->param && o->effect[i].slot < 0)
			return true;
	return false;
}

static struct rc_put *put_of(const struct rc_outcome *o, const struct rc_effect *e, int param, int slot,
			     const struct rc_arg *view, struct rc_change *to)
{
	bool fresh = e && rc_of_fresh(o, e);
	int life = fresh ? -1 : view[param].life;
	struct rc_put *p;

	if (!fresh && life < 0)
		return NULL;
	for (int i = 0; i < to->puts; i++) {
		p = &to->put[i];
		if (p->slot == slot && p->life == life && (life >= 0 || p->param == param))
			return p;
	}
	if (!fresh && view[param].slot[slot].how == RC_UNSPOKEN)	/* which was reported */
		return NULL;
	if (to->puts == RC_PUTS)
		rc_abandon(RC_LONG);
	p = &to->put[to->puts++];
	*p = (struct rc_put){ .life = life, .slot = slot, .param = param, .content = -1 };
	if (!fresh) {
		p->how = view[param].slot[slot].how;
		p->content = view[param].slot[slot].content;
	}
	return p;
}

static void emptied(struct rc_put *p)
{
	p->how = RC_EMPTY;
	p->content = -1;
	p->until = 0;
}

/* The slot lets go of its content; a reference that it owned is the caller's. */
static void unpublished(struct rc_put *p, struct rc_change *to)
{
	if (p->how == RC_OWNED && p->content >= 0) {
		to->more[p->content]++;
		p->unpublished = p->content + 1;
	}
	emptied(p);
}

static void filled(struct rc_put *p, const struct rc_source *v, const struct rc_arg *view, struct rc_change *to)
{
	int how = RC_NOREF, content = RC_FRESH;

	switch (v->how) {
	case RC_MOVE:
	case RC_LEND:
		content = view[v->param].life;
		if (content < 0) {	/* NULL clears the slot */
			unpublished(p, to);
			return;
		}
		how = v->how == RC_MOVE ? RC_OWNED : RC_NOREF;
		to->gives[content] += v->how == RC_MOVE;
		break;
	case RC_COPY:
		if (view[v->param].life == p->life && v->slot == p->slot && p->life >= 0)
			return;
		how = view[v->param].life < 0 ? RC_EMPTY : view[v->param].slot[v->slot].how;
		content = how ? view[v->param].slot[v->slot].content : -1;
		break;
	case RC_TAKE:		/* it was taken out of there before */
		how = view[v->param].life < 0 ? RC_EMPTY : view[v->param].slot[v->slot].how;
		content = how ? view[v->param].slot[v->slot].content : -1;
		if (how == RC_OWNED)
			to->gives[content]++;
		break;
	case RC_HOLD:
		how = RC_OWNED;
		break;
	case RC_BORROW:
	case RC_IMMORTAL:
		break;
	default:
		unpublished(p, to);
		return;
	}
	if (how == RC_EMPTY) {	/* nothing was there: NULL clears the slot */
		unpublished(p, to);
		return;
	}
	p->overwrites = p->how == RC_OWNED;
	p->how = how;
	p->content = content;
	p->until = v->how == RC_BORROW ? v->facts : 0;
}

/* The container was given away by an effect in front of this one. */
static bool given_before(const struct rc_outcome *o, int i, const struct rc_arg *view)
{
	int param = o->effect[i].param;

	for (int k = 0; k < i; k++)
		if (rc_applies(&o->effect[k], view) && o->effect[k].param >= 0 && rc_gives(&o->effect[k], o->effect[k].param) &&
		    view[o->effect[k].param].life == view[param].life)
			return true;
	return false;
}

/* Slots in the order in which nothing is lost: a borrow becomes a reference, what is there goes, something new comes. */
static void slots(const struct rc_outcome *o, const struct rc_arg *view, struct rc_change *to)
{
	for (int pass = 0; pass < 4; pass++) {
		for (int i = 0; i < o->effects; i++) {
			const struct rc_effect *e = &o->effect[i];
			bool ends = e->slot >= 0 && (e->verb == RC_DROP || e->verb == RC_RELEASE);
			struct rc_put *p = NULL;

			if (!rc_applies(e, view))
				continue;
			if (pass == 2 && e->value && e->value->how == RC_TAKE)
				p = put_of(o, NULL, e->value->param, e->value->slot, view, to);
			else if (e->slot >= 0 && (pass == 0 ? e->verb == RC_TRY_HOLD : pass == 1 ? ends : pass == 3 && e->verb == RC_SET))
				p = put_of(o, e, e->param, e->slot, view, to);
			if (!p)
				continue;
			p->behind |= p->life >= 0 && (pass == 0 || pass == 3 || (pass == 1 && given_before(o, i, view)));
			if (pass == 0 && p->how == RC_NOREF) {
				p->how = RC_OWNED;
				p->tried = p->content + 1;
			} else if (pass == 1) {
				emptied(p);
			} else if (pass == 2) {
				unpublished(p, to);
			} else if (pass == 3) {
				filled(p, e->value, view, to);
			}
		}
	}
}

void rc_change(const struct rc_outcome *o, const struct rc_arg *view, struct rc_change *to)
{
	memset(to, 0, sizeof(*to));
	slots(o, view, to);
	for (int i = 0; i < o->effects; i++) {
		const struct rc_effect *e = &o->effect[i];
		int life = e->param >= 0 && e->slot < 0 ? view[e->param].life : -1;

		if (!rc_applies(e, view))
			continue;
		to->enters[e->context] += e->verb == RC_ENTER;
		to->leaves[e->context] += e->verb == RC_LEAVE;
		if (e->verb == RC_REVOKE)
			to->revokes |= 1ull << e->context;
		if (life < 0)
			continue;
		if (rc_gives(e, e->param)) {
			to->gives[life]++;
			to->ends[life]++;
		}
		to->holds[life] += e->verb == RC_HOLDS || e->verb == RC_TRY_HOLD;
		if (e->verb == RC_HOLDS)
			to->plain |= 1ull << life;
		if (e->verb == RC_QUEUE)
			to->queued |= 1ull << life;
		if (e->verb == RC_CONSUME || e->verb == RC_QUEUE)
			to->consumed |= 1ull << life;
		if (e->verb == RC_FREE)
			to->freed |= 1ull << life;
	}
}
