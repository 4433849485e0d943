// SPDX-License-Identifier: GPL-2.0-only
/*
 * The caller of the function under test: it enters it in every state that signature, contract and entry context allow.
 */
#include <string.h>

#include "judge.h"

struct rc_entered rc_entered;

/* ---- entry */
static void scalar(const struct rc_param *p, struct rc_value *to)
{
	static const struct rc_source any = { .op = RC_ANY };

	to->set = true;
	to->n = p->type == RC_BOOL ? (long)rc_pick(3, RC_OF_ARGUMENT, 0, p->name) :
		p->type == RC_ENUM ? (long)rc_pick((1ull << p->of) - 1, RC_OF_ARGUMENT, 0, p->name) :
		rc_number(&any, RC_INT, 0, 0, p->name);
}

/* An object for a parameter: its own, or the one of another parameter. */
static int object(const struct rc_param *p)
{
	const struct rc_resource *of = &rc.program->resource[p->of];
	int known[RC_LIVES], count = 0, n;

	for (n = 0; n < rc.lives; n++)
		if (rc.life[n].of == of)
			known[count++] = n;
	n = rc_choose(of->slots ? 1 : count + 1, of->shared ? RC_OF_SAME : RC_OF_ALIAS, 0, p->name);
	return n ? known[n - 1] : rc_new(p->of);
}

/* 0: an object, 1: NULL, 2: ERR_PTR */
static void pointer(const struct rc_param *p, struct rc_value *to)
{
	static const struct rc_source code = { .op = RC_CODE };
	unsigned kinds = 1, any = p->attrs & RC_ANYTHING;
	int n;

	kinds |= (p->attrs & RC_NULLABLE && !p->out) || any ? 2 : 0;
	kinds |= p->attrs & RC_MAYBE_ERR || any ? 4 : 0;
	to->set = true;
	switch (rc_pick(kinds, RC_OF_ARGUMENT, 0, p->name)) {
	case 0:
		n = object(p);
		to->at = rc.life[n].at;
		rc_entered.was[n].ended |= any && rc_choose(2, RC_OF_ENDED, 0, p->name);
		break;
	case 2:
		to->at = (struct rc_object *)rc_number(&code, RC_INT, 0, 0, p->name);
	}
	if (!p->out)
		return;
	rc_entered.cell[p - rc.one->contract->param].r = (rc_ref){ true, to->at };
}

static unsigned allowed(const struct rc_param *p, int slot)
{
	const struct rc_entry *e = rc.one->entry;

	for (int i = 0; e && i < e->slots; i++)
		if (e->slot[i].resource == p->of && e->slot[i].slot == slot)
			return e->slot[i].states;
	return !e && p->queued >> slot & 1 ? 1 << RC_EMPTY | 1 << RC_OWNED : 7;
}

/* What stands in the slot of an argument. */
static void fill(const struct rc_param *p, int n, int slot)
{
	bool free_to_look = rc.one->contract->whatever || rc.one->entry;
	struct rc_slot *to = &rc.life[n].at->slot[slot];
	int target = rc.life[n].of->slot[slot].target, known[RC_LIVES], count = 0, k;
	char name[100] = "";
	bool fresh;

	if (!free_to_look && !((p->spoken | p->looked) >> slot & 1)) {
		to->how = RC_UNSPOKEN;
		return;
	}
	strncat(name, p->name, 40);
	strcat(name, "->");
	strncat(name, rc.life[n].of->slot[slot].name, 40);
	to->how = rc_pick(allowed(p, slot), RC_OF_SLOT, 0, name);
	if (to->how == RC_EMPTY)
		return;
	for (k = 0; k < rc.lives; k++)
		if (rc.life[k].of == &rc.program->resource[target] && !rc.life[k].of->slots && !rc_entered.was[k].ended)
			known[count++] = k;
	k = rc_choose(count + 1, rc.program->resource[target].shared ? RC_OF_SAME : RC_OF_ALIAS, 0, name);
	fresh = !k;
	k = k ? known[k - 1] : rc_new(target);
	to->to = rc.life[k].at;
	for (int s = 0; fresh && s < rc.life[k].of->slots; s++)
		rc.life[k].at->slot[s].how = RC_UNSPOKEN;
	if (to->how == RC_OWNED)
		return;
	if (fresh && !free_to_look && !(p->looked >> slot & 1) && rc_choose(2, RC_OF_ENDED, 0, name))
		rc_entered.was[k].ended = true;
	else
		rc_entered.was[k].lent = rc_entered.was[k].lent ? rc_entered.was[k].lent : RC_LENT;
}

static void objects(struct rc_value *args)
{
	const struct rc_contract *c = rc.one->contract;
	int own = 0;

	for (int i = 0; i < c->params; i++) {
		const struct rc_param *p = &c->param[i];

		if (p->out && !(p->attrs & RC_NULLABLE && rc_choose(2, RC_OF_ARGUMENT, 0, p->name)))
			args[i].cell = &rc_entered.cell[i];
		if (p->type == RC_OBJECT && (!p->out || (p->brought && args[i].cell)))
			pointer(p, &args[i]);
	}
	rc_look(c, args, rc_entered.view);
	own = rc.lives;
	for (int i = 0; i < c->params; i++)
		for (int s = 0; rc_entered.view[i].life >= 0 && rc_entered.view[i].life < own && s < rc.life[rc_entered.view[i].life].of->slots; s++)
			fill(&c->param[i], rc_entered.view[i].life, s);
	rc_look(c, args, rc_entered.view);
}

static void ownership(void)
{
	const struct rc_contract *c = rc.one->contract;

	for (int i = 0; i < c->params; i++) {
		int n = rc_entered.view[i].life;

		if (n < 0)
			continue;
		if (rc_handed(c, rc_entered.view, i))
			rc.life[n].mine++;
		else if (rc_entered.was[n].lent != RC_COUNTED)
			rc_entered.was[n].lent = c->param[i].attrs & RC_COUNTED_ARG ? RC_COUNTED : RC_LENT;
	}
}

/* ---- contexts */

/* A caller may be in a section that a borrow of the contract is promised to last for, whether it is asked for or not. */
static void promised(void)
{
	const struct rc_contract *c = rc.one->contract;
	uint64_t facts = 0;

	for (int i = 0; i < c->outcomes; i++)
		for (int k = 0; k < c->outcome[i].effects; k++)
			if (c->outcome[i].effect[k].value && c->outcome[i].effect[k].value->how == RC_BORROW)
				facts |= c->outcome[i].effect[k].value->facts;
	for (int f = 0; f < rc.program->facts; f++)
		if (facts >> f & 1 && !rc_holds(f) && rc_choose(2, RC_OF_CONTEXT, 0, "the caller is in a section already"))
			rc.level[rc_pick(rc.program->fact[f].contexts, RC_OF_CONTEXT, 0, "the caller's context")]++;
}

/* The signature asks a slot of what may be NULL here, or what is behind a pointer that is not there. */
static void unreadable(void)
{
	rc_fault("bad-pointer", rc.one->line, "what the signature of %s() asks cannot be read", rc.one->contract->name);
	rc_abandon(RC_CLEAN);
}

static void contexts(void)
{
	const struct rc_contract *c = rc.one->contract;
	const struct rc_entry *e = rc.one->entry;

	for (int i = 0; e && i < e->holds; i++)
		rc.level[e->held[i]]++;
	for (int i = 0; i < c->musts; i++) {
		uint64_t any = 0;
		int truth = rc_ask(c->must[i].when, rc_entered.view);

		if (truth < 0)
			unreadable();
		if (!truth || rc_holding(c->must[i].facts))
			continue;
		if (e) {
			rc_fault("missing-context", rc.one->line, "`%s` does not hold what %s() needs", e->name, c->name);
			continue;
		}
		for (int f = 0; f < rc.program->facts; f++)
			any |= c->must[i].facts >> f & 1 ? rc.program->fact[f].contexts : 0;
		rc.level[rc_pick(any, RC_OF_CONTEXT, 0, "the caller's context")]++;
	}
	if (!e && !c->may_sleep)
		promised();
	for (int i = 0; i < c->outcomes; i++) {
		int leaves[RC_CONTEXTS] = { 0 };

		for (int k = 0; k < c->outcome[i].effects; k++) {
			int x = c->outcome[i].effect[k].context;

			if (c->outcome[i].effect[k].verb != RC_LEAVE)
				continue;
			rc.may_leave |= 1ull << x;
			if (++leaves[x] > rc.level[x] && !e)
				rc.level[x] = leaves[x];
		}
	}
	memcpy(rc.floor, rc.level, sizeof(rc.floor));
	memcpy(rc_entered.level, rc.level, sizeof(rc_entered.level));
}

/* How a lent object is kept: by the caller for the whole call, or by a section of the caller that the function leaves. */
static void keeper(int n)
{
	int by[RC_CONTEXTS], count = 0, k;
	bool any = true;

	for (int i = 0; i < rc.one->contract->params; i++) {
		const struct rc_param *p = &rc.one->contract->param[i];

		if (rc_entered.view[i].life != n)
			continue;
		any = any && !p->late;
		rc_entered.was[n].firm |= p->firm || p->attrs & RC_COUNTED_ARG;
		if (p->firm && rc_entered.was[n].lent == RC_LENT)
			rc_entered.was[n].lent = RC_FIRM;
	}
	for (int c = 0; any && c < rc.program->contexts; c++)
		for (int f = 0; f < rc.program->facts; f++)
			if (rc.level[c] && rc.may_leave >> c & 1 && rc.program->fact[f].contexts == 1ull << c &&
			    (!rc_entered.was[n].firm || !rc.program->fact[f].reader))
				by[count++] = f;
	k = rc_choose(count + 1, RC_OF_KEEPER, 0, "who keeps an object");
	if (k)
		rc.life[n].until |= 1ull << by[k - 1];
	else
		rc.life[n].lender = rc_entered.was[n].lent;
}

void rc_enter(struct rc_value *given)
{
	const struct rc_contract *c = rc.one->contract;

	memset(&rc_entered, 0, sizeof(rc_entered));
	rc.line = rc.one->line;
	for (int i = 0; i < c->params; i++)
		if (c->param[i].type != RC_OBJECT && !c->param[i].out)
			scalar(&c->param[i], &given[i]);
	objects(given);
	for (int i = 0; i < rc.one->assumes; i++)
		if (rc_ask(rc.one->assumed[i], rc_entered.view) <= 0)
			rc_abandon(RC_VOID_RUN);
	contexts();
	for (int i = 0; i < c->requires; i++) {
		int met = rc_ask(c->require[i].asked, rc_entered.view);

		if (met < 0)
			unreadable();
		if (!met && !rc.one->entry)
			rc_abandon(RC_VOID_RUN);
		if (!met)
			rc_fault(c->require[i].property, rc.one->line, "`%s` does not give what %s() requires",
				 rc.one->entry->name, c->name);
	}
	for (int i = 0; i < c->outcomes; i++)
		if (rc_ask(c->outcome[i].when, rc_entered.view) < 0 || !rc_known(&c->outcome[i], rc_entered.view))
			unreadable();
	ownership();
	for (int n = 0; n < rc.lives; n++)
		if (rc_entered.was[n].lent && !rc_entered.was[n].ended)
			keeper(n);
	for (int n = 0; n < rc.lives; n++)
		rc_entered.was[n].mine = rc.life[n].mine;
	for (int n = 0; n < rc.lives; n++)
		if (rc_entered.was[n].ended)
			rc_born(n);
	rc_settle();
}
