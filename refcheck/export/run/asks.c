// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a call asks for: contexts, valid and living arguments, what is required, and that what the call leaves to the caller
 * survives what it takes.
 */
#include "judge.h"

/* What the signature asks, whether the body is executed or the contract applied. */
/* The callee sleeps: no context is entered in which that is forbidden, and the function under test may sleep itself. */
void rc_sleeps(const char *name, int line)
{
	if (!rc.may_sleep)
		rc_fault("missing-context", line, "%s() may sleep, and this function may not", name);
	for (int i = 0; i < rc.program->contexts; i++)
		if (rc.level[i] && rc.program->atomic >> i & 1)
			rc_fault("missing-context", line, "%s() may sleep, and `%s` is held", name, rc.program->context[i]);
}

static void asked_of_contexts(const struct rc_contract *c, const struct rc_arg *view, int line)
{
	for (int i = 0; i < c->musts; i++)
		if (rc_ask(c->must[i].when, view) > 0 && !rc_holding(c->must[i].facts))
			rc_fault("missing-context", line, "%s() needs a context that is not held", c->name);
	if (c->may_sleep)
		rc_sleeps(c->name, line);
}

static void asked_of_arguments(const struct rc_contract *c, const struct rc_arg *view, int line)
{
	for (int i = 0; i < c->requires; i++) {
		int met = rc_ask(c->require[i].asked, view);

		if (met < 0)
			rc_fault("bad-pointer", line, "what %s() requires cannot be read", c->name);
		else if (!met)
			rc_fault(c->require[i].property, line, "what %s() requires does not hold", c->name);
	}
}

/* The callee takes the argument for an object. */
static bool is_thing(const struct rc_param *p, const struct rc_arg *a)
{
	return p->type == RC_OBJECT && !(p->attrs & RC_ANYTHING) && !a->none && (!p->out || p->brought);
}

/* A living object is as the attributes say: counted, and kept by more than a reader section. */
static void as_said(const struct rc_contract *c, const struct rc_param *p, int n, int line)
{
	if (p->attrs & RC_COUNTED_ARG && !rc_counted(n))
		rc_fault("hold-of-borrowed", line, "`%s` of %s() must be known to be counted", p->name, c->name);
	if (p->firm && rc.life[n].of->slots && !rc_firm(n))
		rc_fault("noref-escape", line, "only a reader section keeps `%s`, into which %s() looks", p->name, c->name);
}

static void valid(const struct rc_contract *c, const struct rc_arg *view, int i, int line)
{
	const struct rc_param *p = &c->param[i];
	const struct rc_arg *a = &view[i];
	unsigned allowed = p->attrs & (RC_NULLABLE | RC_MAYBE_ERR);

	if (p->out && !a->set)
		rc_unset(p->name, line);
	if (p->given ? a->life < 0 : true) {
		int n = rc_touch(a->at, p->given ? allowed & RC_NULLABLE : allowed, line, p->name);

		if (n >= 0)
			as_said(c, p, n, line);
	}
	if (p->own && a->life >= 0 && rc.life[a->life].mine <= 0 && rc_refs(a->life) > 0 && rc_handed(c, view, i))
		rc_fault("release-of-borrowed", line, "the reference of `%s` that %s() takes is a slot's", p->name, c->name);
}

/* A borrow in a slot has ended. */
bool rc_expired(const struct rc_was *w)
{
	return w->how == RC_NOREF && w->content >= 0 && !rc.life[w->content].reported && !rc_lasts(w->content);
}

/* The reference that a slot owns was released through it. */
static bool stale(const struct rc_was *w)
{
	return w->how == RC_OWNED && !rc.life[w->content].reported && rc.life[w->content].mine < 0 && rc_refs(w->content) <= 0;
}

/* The slots of an argument into which the callee may look hold what is alive. */
static void contents(const struct rc_contract *c, const struct rc_param *p, const struct rc_arg *a, int line)
{
	if (a->life < 0 || !is_thing(p, a))
		return;
	for (int s = 0; s < rc.life[a->life].of->slots; s++) {
		const struct rc_was *w = &a->slot[s];
		bool looked = p->looked >> s & 1, spoken = looked || p->spoken >> s & 1;

		if (spoken && w->how == RC_UNSPOKEN)
			rc_fault("broken-contract", line, "%s() looks at slot `%s`, of which the contract does not speak", c->name,
				 rc.life[a->life].of->slot[s].name);
		if ((looked && rc_expired(w)) || (spoken && stale(w))) {
			rc_fault(rc_ended(w->content), line, "%s() gets `%s` with a slot that names what is gone", c->name, p->name);
			rc.life[w->content].reported = true;
		}
	}
}

void rc_asks(const struct rc_contract *c, const struct rc_arg *view, int line)
{
	asked_of_contexts(c, view, line);
	for (int i = 0; i < c->params; i++)
		if (is_thing(&c->param[i], &view[i]))
			valid(c, view, i, line);
	for (int i = 0; i < c->params; i++)
		contents(c, &c->param[i], &view[i], line);
	for (int i = 0; i < c->params; i++)
		for (int j = 0; j < i; j++)
			if (view[i].life >= 0 && view[i].life == view[j].life && rc.life[view[i].life].of->slots)
				rc_fault("broken-contract", line, "%s() gets one container twice", c->name);
	asked_of_arguments(c, view, line);
}

void rc_inlined(const struct rc_contract *c, struct rc_value *given, int line)
{
	struct rc_arg view[RC_PARAMS];

	rc_tick();
	rc_look(c, given, view);
	asked_of_contexts(c, view, line);
	asked_of_arguments(c, view, line);
}

/* What the outcome leaves to the caller has not lost its protection with what it takes. */
void rc_survive(const struct rc_contract *c, const struct rc_outcome *o, const struct rc_arg *view, int line)
{
	bool ends = false;

	for (int i = 0; i < o->effects; i++)
		ends |= rc_applies(&o->effect[i], view) && (o->effect[i].verb == RC_DROP || o->effect[i].verb == RC_REVOKE || rc_gives(&o->effect[i], o->effect[i].param));
	for (int i = 0; ends && i < c->params; i++) {
		const struct rc_arg *a = &view[i];
		const struct rc_param *p = &c->param[i];
		bool gone = false;

		if (!is_thing(p, a) || a->life < 0 || rc.life[a->life].reported)
			continue;
		for (int k = 0; k < o->effects; k++)
			gone |= rc_applies(&o->effect[k], view) && rc_gives(&o->effect[k], i);
		if (!gone && !rc_lasts(a->life))
			rc_fault(rc.life[a->life].why ? rc_ended(a->life) : "use-after-release", line,
				 "`%s` of %s() is lost with what the call gives away", p->name, c->name);
		else if (!gone)
			as_said(c, p, a->life, line);
		for (int s = 0; s < rc.life[a->life].of->slots; s++)
			if (p->looked >> s & 1 && rc_expired(&a->slot[s]))
				rc_fault(rc_ended(a->slot[s].content), line, "what `%s` borrows is lost with what %s() gives away", p->name,
					 c->name);
	}
}
