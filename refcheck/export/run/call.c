// SPDX-License-Identifier: GPL-2.0-only
/*
 * A call by contract: what it asks for, one of its outcomes, and the change of the world in the order in which it is worst.
 * Protections end, then things move, then protections begin.
 */
#include "judge.h"

/* ---- which outcome */
static const struct rc_outcome *chosen(const struct rc_contract *c, const struct rc_arg *view, int line)
{
	uint64_t open = 0;
	int i;

	for (i = 0; i < c->outcomes; i++) {
		int truth = rc_ask(c->outcome[i].when, view);

		if (truth < 0)
			rc_unset("a condition of the contract", line);
		open |= (uint64_t)truth << i;
	}
	if (!open) {
		rc_fault("broken-contract", line, "%s() has no outcome for this call", c->name);
		rc_abandon(RC_CLEAN);
	}
	i = c->outcomes > 1 ? (int)rc_pick(open, RC_OF_OUTCOME, line, c->name) : 0;
	if (!rc_known(&c->outcome[i], view))
		rc_unset("a condition of the contract", line);
	return &c->outcome[i];
}

/* ---- protections end */

/* A slot that owns the object is one in which readers find it without a lock. */
static bool published(int n)
{
	for (int k = 0; k < rc.containers; k++) {
		const struct rc_life *c = &rc.life[rc.container[k]];

		for (int s = 0; !c->freed && s < c->of->slots; s++)
			if (c->of->slot[s].published && c->at->slot[s].how == RC_OWNED && c->at->slot[s].to == rc.life[n].at)
				return true;
	}
	return false;
}

static void give(int n, bool consumed, int more, int line)
{
	struct rc_life *l = &rc.life[n];

	if (l->lender == RC_FOREVER)
		return;
	if (rc_refs(n) + more <= 0) {
		if (!l->reported)
			rc_fault(l->why == RC_RELEASED ? consumed ? "use-after-release" : "double-release" :
				 l->why == RC_CONSUMED && !rc_alive(n) ? "use-after-consume" : "release-of-borrowed",
				 line, "a reference on a %s is given away that this path does not hold", l->of->name);
		return;
	}
	l->mine--;
	if (l->mine + more < 0 && published(n))
		rc_fault("use-after-release", line, "a slot in which readers find it still names the %s", l->of->name);
	if (rc_refs(n) <= 0)
		l->why = consumed ? RC_CONSUMED : RC_RELEASED;
}

/* The slots of what is gone by now are changed no more, and let nothing go. */
static void behind(struct rc_change *ch, int line)
{
	for (int i = 0; i < ch->puts; i++) {
		const struct rc_put *p = &ch->put[i];

		if (!p->behind || !ch->ends[p->life] || rc_lasts(p->life))
			continue;
		if (!rc.life[p->life].reported)
			rc_fault(rc_ended(p->life), line, "a slot of a %s is changed behind its end", rc.life[p->life].of->name);
		rc.life[p->life].reported = true;
		if (p->unpublished)
			ch->more[p->unpublished - 1]--;
	}
}

static void take_away(struct rc_change *ch, int line)
{
	for (int n = 0; n < rc.lives; n++) {
		struct rc_life *l = &rc.life[n];

		for (int s = 0; (ch->queued | ch->consumed) >> n & 1 && !l->freed && s < l->of->slots; s++) {
			struct rc_was w = { l->at->slot[s].how, rc_find(l->at->slot[s].to) };

			for (int i = 0; i < ch->puts; i++)
				if (ch->put[i].life == n && ch->put[i].slot == s)
					w.how = ch->put[i].how;
			if (w.how == RC_NOREF && (ch->queued >> n & 1 || (rc_expired(&w) && !rc_entered.was[w.content].ended)))
				rc_fault("noref-escape", line, "a %s is handed on with a borrow in `%s`", l->of->name, l->of->slot[s].name);
		}
		for (int i = 0; i < ch->ends[n]; i++)
			give(n, ch->consumed >> n & 1, ch->holds[n], line);
	}
	behind(ch, line);
	for (int i = 0; i < ch->puts; i++) {
		const struct rc_put *p = &ch->put[i];
		struct rc_slot *to = p->life < 0 || rc.life[p->life].freed ? NULL : &rc.life[p->life].at->slot[p->slot];
		int was = to && to->how == RC_OWNED ? rc_find(to->to) : -1;

		if (!to || p->tried || (!p->overwrites && p->how == to->how && p->content >= 0 && p->content == rc_find(to->to)))
			continue;
		if (p->overwrites)
			rc_fault("leaked-ref", line, "slot `%s` owned a reference and is overwritten", rc.life[p->life].of->slot[p->slot].name);
		*to = (struct rc_slot){ 0 };
		if (was >= 0 && rc_refs(was) + ch->more[was] < 0)
			rc_fault("double-release", line, "the reference of a slot was released before");
		if (was >= 0 && rc_refs(was) <= 0)
			rc.life[was].why = RC_RELEASED;
	}
	for (int n = 0; n < rc.lives; n++)
		rc.life[n].mine += ch->more[n];
	for (int n = 0; n < rc.lives; n++)
		rc.life[n].until &= ~ch->revokes;
	rc.revoked |= ch->revokes;
}

/* ---- things move, protections begin */

/* The slot names something else than before. */
static bool moved(const struct rc_put *p)
{
	const struct rc_slot *now = &rc.life[p->life].at->slot[p->slot];

	return now->how != p->how || rc_find(now->to) != p->content;
}

static void move(const struct rc_change *ch, int line)
{
	for (int n = 0; n < rc.lives; n++)
		for (int i = ch->ends[n]; i < ch->gives[n]; i++)
			give(n, false, ch->holds[n], line);
	for (int i = 0; i < ch->puts; i++) {
		const struct rc_put *p = &ch->put[i];

		if (p->life < 0 || rc.life[p->life].freed || p->content == RC_FRESH)
			continue;
		if (p->tried && !rc_lasts(p->tried - 1))
			rc_fault("noref-escape", line, "the borrow that a slot holds has ended");
		if (p->how == RC_NOREF && !p->tried && moved(p) && !rc_lasts(p->content) && !rc.life[p->content].reported)
			rc_fault(rc_ended(p->content), line, "slot `%s` gets a borrow that has ended", rc.life[p->life].of->slot[p->slot].name);
		rc.life[p->life].at->slot[p->slot] = (struct rc_slot){ p->content < 0 ? NULL : rc.life[p->content].at, p->how };
	}
	for (int n = 0; n < rc.lives; n++) {
		if (!ch->holds[n])
			continue;
		if (!rc_lasts(n) && !rc.life[n].reported)
			rc_fault(rc_ended(n), line, "a %s is held that nothing protects", rc.life[n].of->name);
		else if (ch->plain >> n & 1 && !rc_counted(n))
			rc_fault("hold-of-borrowed", line, "a plain hold of a %s whose count may be zero", rc.life[n].of->name);
		rc.life[n].mine += rc.life[n].lender == RC_FOREVER ? 0 : ch->holds[n];
	}
	for (int n = 0; n < rc.lives; n++)
		if (rc_refs(n) > 0)
			rc.life[n].why = RC_ALIVE;
}

/* kfree(): the memory goes whatever the count says, and what its slots own has no owner any more. */
static void take_memory(const struct rc_change *ch, int line)
{
	for (int n = 0; n < rc.lives; n++) {
		struct rc_life *l = &rc.life[n];

		for (int s = 0; ch->freed >> n & 1 && !l->freed && s < l->of->slots; s++) {
			int m = l->at->slot[s].how == RC_OWNED ? rc_find(l->at->slot[s].to) : -1;

			if (m < 0 || rc.life[m].reported)
				continue;
			if (rc.life[m].mine < 0) {	/* it was released through the slot before */
				rc.life[m].mine++;
				continue;
			}
			rc_fault("leaked-ref", line, "the reference of slot `%s` is lost with the memory", l->of->slot[s].name);
			rc.life[m].reported = true;
		}
		if (ch->freed >> n & 1) {
			if (rc.one->contract->whatever ? rc_came_in(n) : l->of->shared && !rc_came_in(n))
				rc_fault("broken-contract", line, "what is freed is, or may be, what a caller has");
			l->taken = true;
			if (!l->freed)
				rc_gone(n);
		}
	}
}

/* ---- the whole */

/* An object stands behind each pointer whose slots the outcome reads or changes. */
static void containers(const struct rc_contract *c, const struct rc_outcome *o, const struct rc_arg *view, int line)
{
	for (int i = 0; i < o->effects; i++) {
		const struct rc_effect *e = &o->effect[i];
		int from = e->value && e->value->slot >= 0 ? e->value->param : -1;

		if (!rc_applies(e, view))
			continue;
		if (e->slot >= 0 && e->param >= 0 && view[e->param].set && view[e->param].life < 0 && !rc_of_fresh(o, e))
			rc_touch(view[e->param].at, 0, line, c->param[e->param].name);
		if (from >= 0 && view[from].set && view[from].life < 0)
			rc_touch(view[from].at, 0, line, c->param[from].name);
		if ((e->verb == RC_HOLDS || e->verb == RC_TRY_HOLD) && e->slot < 0 && e->param >= 0 && view[e->param].set && view[e->param].life < 0)
			rc_touch(view[e->param].at, 0, line, c->param[e->param].name);
	}
}
static void uses(const struct rc_contract *c, const struct rc_outcome *o, const struct rc_arg *view, bool late, int line)
{
	bool left = false;

	for (int i = 0; i < o->effects; i++) {
		const struct rc_effect *e = &o->effect[i];
		bool gone = false;

		left |= e->verb == RC_LEAVE;
		if (e->verb != RC_USE || !rc_applies(e, view) || view[e->param].none)
			continue;
		for (int k = 0; k < o->effects; k++)
			gone |= rc_gives(&o->effect[k], e->param);
		if (late != (left && !gone))
			continue;
		if (e->slot < 0)
			rc_touch(view[e->param].at, 0, line, c->param[e->param].name);
		else if (view[e->param].life < 0)
			rc_touch(view[e->param].at, 0, line, c->param[e->param].name);
		else if (view[e->param].slot[e->slot].content >= 0)
			rc_touch(rc.life[view[e->param].slot[e->slot].content].at, 0, line, c->param[e->param].name);
	}
}

/* What goes into a slot of an object that is not made yet is kept by this call meanwhile. */
static void carried(const struct rc_change *ch, int more)
{
	for (int i = 0; i < ch->puts; i++)
		if (ch->put[i].life < 0 && ch->put[i].how == RC_OWNED && ch->put[i].content >= 0)
			rc.life[ch->put[i].content].mine += more;
}

struct rc_value rc_call(const struct rc_contract *c, struct rc_value *given, int line)
{
	struct rc_arg view[RC_PARAMS];
	struct rc_change change;
	const struct rc_outcome *o;
	struct rc_value result;

	rc_tick();
	rc.line = line;
	rc_look(c, given, view);
	rc_asks(c, view, line);
	o = chosen(c, view, line);
	rc_change(o, view, &change);
	containers(c, o, view, line);
	uses(c, o, view, false, line);
	take_away(&change, line);
	rc_survive(c, o, view, line);
	move(&change, line);
	take_memory(&change, line);
	carried(&change, 1);
	rc_settle();
	for (int i = 0; i < rc.program->contexts; i++)
		while (change.leaves[i]--)
			rc_context(i, false, line);
	for (int i = 0; i < o->effects; i++)
		if (o->effect[i].verb == RC_SLEEP)
			rc_sleeps(c->name, line);
	uses(c, o, view, true, line);
	for (int i = 0; i < rc.program->contexts; i++)
		while (change.enters[i]--)
			rc_context(i, true, line);
	result = rc_make(c, o, view, &change, given, line);
	carried(&change, -1);
	return result;
}
