// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a function owes at its exit: the state is one that some outcome gives, which was possible on entry.
 */
#include <string.h>

#include "judge.h"

struct misfit { int stage; const char *property; char text[160]; };

static bool misses(struct misfit *m, int stage, const char *property, const char *text)
{
	if (stage <= m->stage)
		return true;
	m->stage = stage;
	m->property = property;
	m->text[0] = 0;
	strncat(m->text, text, sizeof(m->text) - 1);
	return true;
}

/* An argument, or what a slot of one named on entry. */
bool rc_came_in(int n)
{
	for (int i = 0; i < rc.one->contract->params; i++) {
		const struct rc_arg *a = &rc_entered.view[i];

		if (a->life == n)
			return true;
		for (int s = 0; a->life >= 0 && s < rc.life[a->life].of->slots; s++)
			if (a->slot[s].content == n && a->slot[s].how != RC_EMPTY)
				return true;
	}
	return false;
}

/* No new object, unless acquisitions can meet, or it is there for ever. */
static bool came_in(const struct rc_object *p)
{
	const struct rc_life *l = &rc.life[rc_find(p)];

	return !l->of->shared && l->lender != RC_FOREVER && rc_came_in(rc_find(p));
}

static bool is_new(const struct rc_source *v)
{
	return v && (v->how == RC_HOLD || v->how == RC_BORROW || v->how == RC_IMMORTAL);
}

static bool is(const struct rc_source *v, enum rc_type type, struct rc_value r)
{
	const struct rc_was *slot = v->param >= 0 && v->slot >= 0 ? &rc_entered.view[v->param].slot[v->slot] : NULL;

	if (!r.set)
		return false;
	switch (v->how) {
	case RC_NULL:
		return !r.at && !r.n;
	case RC_NUMBER:
		return type == RC_OBJECT ? rc_is_err(r.at) && rc_among(v, (long)r.at) : rc_among(v, r.n);
	case RC_HOLD:
	case RC_BORROW:
	case RC_IMMORTAL:
		return rc_is_object(r.at) && !came_in(r.at);
	case RC_CONTENT:
	case RC_TAKE:
		return rc_entered.view[v->param].life >= 0 && r.at == (slot->content < 0 ? NULL : rc.life[slot->content].at);
	default:
		return type == RC_OBJECT ? r.at == rc_entered.view[v->param].at : r.n == rc_entered.view[v->param].n;
	}
}

static struct rc_value now(int i)
{
	const struct rc_param *p = &rc.one->contract->param[i];

	if (p->type == RC_OBJECT)
		return (struct rc_value){ .set = rc_entered.cell[i].set, .at = rc_entered.cell[i].r.v };
	return (struct rc_value){ .set = rc_entered.cell[i].set, .n = p->type == RC_BOOL ? rc_entered.cell[i].b.v : rc_entered.cell[i].i.v };
}

/* The effect that says what an out-parameter has at the end. */
static const struct rc_effect *said(const struct rc_outcome *o, int param)
{
	const struct rc_effect *last = NULL;

	for (int i = 0; o && i < o->effects; i++)
		if (o->effect[i].verb == RC_SET && o->effect[i].param == param && o->effect[i].slot < 0 && rc_applies(&o->effect[i], rc_entered.view))
			last = &o->effect[i];
	return last;
}

static const struct rc_source *returned(const struct rc_outcome *o)
{
	for (int i = 0; o && i < o->effects; i++)
		if (o->effect[i].verb == RC_RETURN)
			return o->effect[i].value;
	return NULL;
}

/* The object stays to the end of the section of a fact, whatever the caller gives up when the call is over. */
static bool kept_until(int n, int fact)
{
	const struct rc_life *l = &rc.life[n];
	uint64_t contexts = rc.program->fact[fact].contexts;
	int after = l->of->freed_after;

	if (l->lender == RC_FOREVER)
		return true;
	for (int f = 0; f < rc.program->facts; f++)
		if (l->until >> f & 1 && !(contexts & ~rc.program->fact[f].contexts))
			return true;
	return after >= 0 && rc_holds(after) && rc_alive(n) && !(contexts & ~rc.program->fact[after].contexts);
}

/* A borrow that is handed out is alive, and stays so as long as was said. */
static const char *escapes(const struct rc_object *p, uint64_t facts)
{
	int n = rc_is_object(p) ? rc_find(p) : -1;

	if (n < 0)
		return NULL;
	if (!rc_alive(n))
		return rc_ended(n);
	facts = rc_holding(facts);
	for (int f = 0; f < rc.program->facts; f++)
		if (facts >> f & 1 && !kept_until(n, f))
			return "noref-escape";
	return NULL;
}

/* The object lives as long as another one: it is owned by that, or by what is. */
static bool owned_by(int n, int owner, uint64_t above)
{
	if (rc.life[n].lender == RC_FOREVER || rc.life[n].owners >> owner & 1)
		return true;
	for (int m = 0; m < rc.lives; m++)
		if (rc.life[n].owners >> m & 1 && !(above >> m & 1) && owned_by(m, owner, above | 1ull << m))
			return true;
	return false;
}

/* What is handed out as a borrow lasts as long as the section or the owner of which the outcome speaks. */
static const char *breaks(const struct rc_source *v, const struct rc_object *p)
{
	int owner = v && v->how == RC_BORROW && v->param >= 0 ? rc_entered.view[v->param].life : -1;
	const char *bad = escapes(p, v && v->how == RC_BORROW ? v->facts : 0);

	if (bad || owner < 0 || !rc_is_object(p) || owned_by(rc_find(p), owner, 0))
		return bad;
	return "noref-escape";
}

static bool slot_fits(int n, int s, int how, int content, uint64_t until, bool changed)
{
	const struct rc_slot *have = &rc.life[n].at->slot[s];
	int there = have->to ? rc_find(have->to) : -1;

	if (have->how != how)
		return false;
	if (how == RC_EMPTY || how == RC_UNSPOKEN)
		return true;
	if (content == RC_FRESH ? came_in(have->to) : there != content)
		return false;
	return how == RC_OWNED || !changed || !escapes(have->to, until);
}

static const struct rc_put *put_into(const struct rc_change *ch, int life, int param, int slot)
{
	for (int i = 0; i < ch->puts; i++)
		if (ch->put[i].slot == slot && (life >= 0 ? ch->put[i].life == life : ch->put[i].life < 0 && ch->put[i].param == param))
			return &ch->put[i];
	return NULL;
}

static bool slots_fit(const struct rc_change *ch)
{
	for (int i = 0; i < rc.one->contract->params; i++) {
		int n = rc_entered.view[i].life;

		if (n < 0 || !rc_alive(n))
			continue;
		for (int s = 0; s < rc.life[n].of->slots; s++) {
			const struct rc_put *p = put_into(ch, n, i, s);

			/* What the outcome gives away itself may be gone: a caller that has no other reference is not right. */
			bool lasts = p && p->content != rc_entered.view[i].slot[s].content && (p->content < 0 || !ch->gives[p->content]);

			if (!slot_fits(n, s, p ? p->how : rc_entered.view[i].slot[s].how, p ? p->content : rc_entered.view[i].slot[s].content,
				       p ? p->until : 0, lasts))
				return false;
		}
	}
	return true;
}

/* A new object has the slots that were promised, and the others are empty. */
static bool fresh_fits(const struct rc_change *ch, const struct rc_source *v, struct rc_value r, int param)
{
	int n = v && (v->how == RC_HOLD || v->how == RC_BORROW) && rc_is_object(r.at) ? rc_find(r.at) : -1;

	for (int s = 0; n >= 0 && rc_alive(n) && s < rc.life[n].of->slots; s++) {
		const struct rc_put *p = put_into(ch, -1, param, s);

		if (!slot_fits(n, s, p ? p->how : RC_EMPTY, p ? p->content : -1, p ? p->until : 0, true))
			return false;
	}
	return true;
}

static void owed(const struct rc_outcome *o, const struct rc_change *ch, struct rc_value result, int *to)
{
	const struct rc_source *v = returned(o);

	for (int n = 0; n < rc.lives; n++)
		to[n] = rc_entered.was[n].mine - ch->gives[n] + ch->more[n] + ch->holds[n];
	if (v && v->how == RC_HOLD && rc_is_object(result.at))
		to[rc_find(result.at)]++;
	if (!o && rc_is_object(result.at) && rc.life[rc_find(result.at)].mine > 0)
		to[rc_find(result.at)] = rc.life[rc_find(result.at)].mine;
	for (int i = 0; i < rc.one->contract->params; i++) {
		const struct rc_effect *e = rc.one->contract->param[i].out ? said(o, i) : NULL;
		struct rc_object *at = rc.one->contract->param[i].out && rc_entered.cell[i].set ? now(i).at : NULL;

		if (rc.one->contract->param[i].type != RC_OBJECT || !rc_is_object(at))
			continue;
		if (e && e->value->how == RC_HOLD)
			to[rc_find(at)]++;
		if (!o && rc.life[rc_find(at)].mine > 0)
			to[rc_find(at)] = rc.life[rc_find(at)].mine;
	}
}

static bool references_fit(const struct rc_outcome *o, const struct rc_change *ch, struct rc_value result, struct misfit *m)
{
	int to[RC_LIVES];

	owed(o, ch, result, to);
	for (int n = 0; n < rc.lives; n++) {
		if (rc.life[n].lender == RC_FOREVER || rc.life[n].reported)
			continue;
		if (rc.life[n].mine > to[n])
			return !misses(m, 3, "leaked-ref", rc.life[n].of->name);
		if (rc.life[n].mine < to[n])
			return !misses(m, 3, "broken-contract", "a reference was given away that the caller keeps");
		if (rc.life[n].taken && !(ch->freed >> n & 1) && rc_came_in(n))
			return !misses(m, 3, "broken-contract", "memory is gone that a section of the caller may keep");
	}
	return true;
}

static bool borrows_fit(const struct rc_outcome *o, struct rc_value result, struct misfit *m)
{
	const struct rc_source *v = returned(o);
	const char *bad = NULL;

	if (rc.one->contract->type == RC_OBJECT && (!o || v->how == RC_BORROW))
		bad = breaks(v, result.at);
	for (int i = 0; o && i < rc.one->contract->params; i++) {
		const struct rc_effect *e = rc.one->contract->param[i].out && rc.one->contract->param[i].type == RC_OBJECT ? said(o, i) : NULL;

		if (e && !bad && e->value->how == RC_BORROW)
			bad = breaks(e->value, now(i).at);
	}
	return !bad || !misses(m, 4, bad, "a borrow is handed out that does not last");
}

static bool contexts_fit(const struct rc_change *ch)
{
	for (int c = 0; c < rc.program->contexts; c++)
		if (rc.level[c] != rc_entered.level[c] + ch->enters[c] - ch->leaves[c] || (rc.left >> c & 1 && !ch->leaves[c]))
			return false;
	return true;
}

static bool outs_fit(const struct rc_outcome *o, const struct rc_change *ch)
{
	for (int i = 0; o && i < rc.one->contract->params; i++) {
		const struct rc_param *p = &rc.one->contract->param[i];
		const struct rc_effect *e = p->out ? said(o, i) : NULL;
		struct rc_value have = now(i);

		if (!p->out || rc_entered.view[i].none)
			continue;
		if (e ? !is(e->value, p->type, have) || !fresh_fits(ch, e->value, have, i) :
			have.set != rc_entered.view[i].set || (have.set && (p->type == RC_OBJECT ? have.at != rc_entered.view[i].at : have.n != rc_entered.view[i].n)))
			return false;
	}
	return true;
}

/* Two new objects are two, unless acquisitions can meet. */
static bool distinct(const struct rc_outcome *o, struct rc_value result)
{
	const struct rc_contract *c = rc.one->contract;
	const struct rc_object *fresh[RC_PARAMS + 1];
	int count = 0;

	if (is_new(returned(o)) && rc_is_object(result.at))
		fresh[count++] = result.at;
	for (int i = 0; o && i < c->params; i++) {
		const struct rc_effect *e = c->param[i].out && !rc_entered.view[i].none ? said(o, i) : NULL;

		if (e && is_new(e->value) && rc_is_object(now(i).at))
			fresh[count++] = now(i).at;
	}
	for (int i = 0; i < count; i++)
		for (int j = 0; j < i; j++)
			if (fresh[i] == fresh[j] && !rc.life[rc_find(fresh[i])].of->shared)
				return false;
	return true;
}

/* Facts of which what callers may have been lent has ended: in a named entry context those that held there. */
static uint64_t owed_loans(void)
{
	uint64_t held = rc.one->entry ? 0 : -1;

	for (int f = 0; rc.one->entry && f < rc.program->facts; f++)
		for (int c = 0; c < rc.program->contexts; c++)
			if (rc_entered.level[c] && rc.program->fact[f].contexts >> c & 1)
				held |= 1ull << f;
	return rc.revoked & held;
}

static bool fits(const struct rc_outcome *o, struct rc_value result, struct misfit *m)
{
	static const struct rc_outcome nothing;
	struct rc_change ch;

	rc_change(o ? o : &nothing, rc_entered.view, &ch);
	if (o && rc.one->contract->type != RC_VOID && (!is(returned(o), rc.one->contract->type, result) || !distinct(o, result)))
		return !misses(m, 1, "broken-contract", "no outcome has this result");
	if (!contexts_fit(&ch))
		return !misses(m, 2, "unbalanced-context", "contexts are not as they should be");
	if (!references_fit(o, &ch, result, m) || !borrows_fit(o, result, m))
		return false;
	if (!slots_fit(&ch) || !fresh_fits(&ch, returned(o), result, RC_RESULT))
		return !misses(m, 5, "broken-contract", "a slot is not as it should be");
	if (!outs_fit(o, &ch))
		return !misses(m, 6, "broken-contract", "an out-parameter is not as it should be");
	return !o || !(owed_loans() & ~ch.revokes) || !misses(m, 7, "broken-contract", "what a lock lends has ended");
}

void rc_leave(struct rc_value result)
{
	const struct rc_contract *c = rc.one->contract;
	struct misfit m = { 0 };

	if (c->type != RC_VOID && !result.set)
		rc_unset("the result", rc.exit);
	if (c->whatever && fits(NULL, result, &m))
		return;
	for (int i = 0; !c->whatever && i < c->outcomes; i++)
		if (rc_ask(c->outcome[i].when, rc_entered.view) > 0 && fits(&c->outcome[i], result, &m))
			return;
	if (m.stage)
		rc_fault(m.property, rc.exit, "%s() ends as no outcome allows: %s", c->name, m.text);
}
