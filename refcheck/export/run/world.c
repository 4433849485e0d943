// SPDX-License-Identifier: GPL-2.0-only
/*
 * The world: objects are real memory, what protects them is written down beside, and an adversary frees what nothing protects.
 * The words are those of docs/semantics.md, section 3, and the code is written from there.
 */
#include <stdlib.h>

#include "judge.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#define POISONED(p) __asan_address_is_poisoned(p)
#else
#define POISONED(p) (rc.life[rc_find(p)].freed)
#endif

struct rc_world rc;

/* ---- steps */
/* A step of the program under test; one that goes on for ever is left. */
void rc_tick(void)
{
	if (++rc.steps > RC_STEPS)
		rc_abandon(RC_LONG);
}

/* ---- facts */
bool rc_holds(int fact)
{
	for (int c = 0; c < rc.program->contexts; c++)
		if (rc.level[c] && rc.program->fact[fact].contexts >> c & 1)
			return true;
	return false;
}

/* Those of some facts that hold. */
uint64_t rc_holding(uint64_t facts)
{
	uint64_t found = 0;

	for (int f = 0; f < rc.program->facts; f++)
		if (facts >> f & 1 && rc_holds(f))
			found |= 1ull << f;
	return found;
}

/* ---- objects */
bool rc_is_err(const struct rc_object *p)
{
	return (uintptr_t)p >= (uintptr_t)-4095;
}

bool rc_is_err_or_null(const struct rc_object *p)
{
	return !p || rc_is_err(p);
}

int rc_find(const struct rc_object *p)
{
	for (int n = rc.lives - 1; n >= 0; n--)
		if (rc.life[n].at == p)
			return n;
	return -1;
}

bool rc_is_object(const struct rc_object *p)
{
	return p && !rc_is_err(p) && rc_find(p) >= 0;
}

/* A new object without any protection; rc_born() follows when it has some. */
int rc_new(int resource)
{
	const struct rc_resource *of = &rc.program->resource[resource];
	int n = rc.lives;

	if (n == RC_LIVES)
		rc_abandon(RC_LONG);
	rc.life[n] = (struct rc_life){ .of = of, .at = calloc(1, sizeof(struct rc_slot) * (of->slots + 1)) };
	rc.lives++;
	if (of->slots)
		rc.container[rc.containers++] = n;
	return n;
}

/* What protects an object.  `above` has the objects that are being asked about: what protects only itself protects nothing. */
static bool firm(int n, uint64_t above);
static bool alive(int n, uint64_t above);

/* References that this path and the slots of firm containers account for; a slot may stand for one that was given back. */
static int refs(int n, uint64_t above)
{
	int found = rc.life[n].mine;

	above |= 1ull << n;
	for (int k = 0; k < rc.containers; k++) {
		struct rc_life *c = &rc.life[rc.container[k]];

		if (c->doomed)
			continue;
		for (int s = 0; s < c->of->slots; s++)
			if (c->at->slot[s].to == rc.life[n].at && c->at->slot[s].how == RC_OWNED)
				found += firm(rc.container[k], above);
	}
	return found;
}

static bool counted(int n, uint64_t above)
{
	struct rc_life *l = &rc.life[n];

	if (above >> n & 1)
		return false;
	if (refs(n, above) > 0 || l->lender >= RC_COUNTED)
		return true;
	for (int f = 0; f < rc.program->facts; f++)
		if (l->until >> f & 1 && !rc.program->fact[f].reader)
			return true;
	for (int m = 0; l->owners >> m; m++)
		if (l->owners >> m & 1 && firm(m, above | 1ull << n))
			return true;
	return false;
}

static bool firm(int n, uint64_t above)
{
	return rc.life[n].lender >= RC_FIRM || counted(n, above);
}

static bool alive(int n, uint64_t above)
{
	struct rc_life *l = &rc.life[n];

	if (above >> n & 1 || l->freed)
		return false;
	if (refs(n, above) > 0 || l->lender != RC_NOBODY || l->until)
		return true;
	for (int m = 0; l->owners >> m; m++)
		if (l->owners >> m & 1 && alive(m, above | 1ull << n))
			return true;
	return false;
}

bool rc_alive(int n) { return alive(n, 0); }

/* Alive, or retired inside of a section that its memory waits for: what is alive now lasts through what ends now. */
bool rc_lasts(int n)
{
	return rc_alive(n) || (!rc.life[n].doomed && rc.life[n].of->freed_after >= 0 && rc_holds(rc.life[n].of->freed_after));
}

bool rc_counted(int n) { return counted(n, 0); }
bool rc_firm(int n) { return firm(n, 0); }
int rc_refs(int n) { return refs(n, 0); }

/* ---- the adversary */
static void free_it(int n)
{
	rc.life[n].freed = true;
	free(rc.life[n].at);
}

/* At once, or later: both are possible.  A run that never waits asks for no more than that. */
static bool wants(int n, unsigned now)
{
	if (rc.policy < 0)
		rc.policy = rc_choose(2, RC_OF_ADVERSARY, 0, "the adversary waits");
	return !rc.policy ? now : rc_choose(2, RC_OF_ADVERSARY, 0, rc.life[n].of->name) != now;
}

static void later(void)
{
	for (int n = 0; n < rc.lives; n++)
		if (rc.life[n].doomed && !rc.life[n].freed && wants(n, 0))
			free_it(n);
}

/* Nothing protects the object: it is the adversary's, and what its slots own goes with it. */
static void doom(int n)
{
	struct rc_life *l = &rc.life[n];

	for (int s = 0; s < l->of->slots; s++) {
		int m = l->at->slot[s].how == RC_OWNED ? rc_find(l->at->slot[s].to) : -1;

		if (m >= 0 && !rc.life[m].reported && rc_refs(m) < 0) {
			rc_fault("double-release", rc.line, "slot `%s` of a %s that goes was released before", l->of->slot[s].name,
				 l->of->name);
			rc.life[m].reported = true;
		}
		if (m >= 0 && !rc.life[m].why)
			rc.life[m].why = l->why;
	}
	l->doomed = true;
	if (wants(n, 1))
		free_it(n);
}

/* The memory of an object goes, whatever else protects it. */
void rc_gone(int n)
{
	struct rc_life *l = &rc.life[n];

	l->mine = 0;
	l->lender = RC_NOBODY;
	l->until = l->owners = 0;
	l->why = RC_RELEASED;
	if (!l->doomed)
		doom(n);
}

/* A protection has ended: what has none left is the adversary's, unless a grace period still waits for this path. */
void rc_settle(void)
{
	bool again = true;

	while (again) {
		again = false;
		for (int n = 0; n < rc.lives; n++) {
			struct rc_life *l = &rc.life[n];

			if (l->doomed || rc_alive(n))
				continue;
			if (!l->why)
				l->why = RC_EXPIRED;
			if (l->of->freed_after >= 0 && rc_holds(l->of->freed_after)) {
				l->until |= 1ull << l->of->freed_after;
			} else {
				doom(n);
				again = true;
			}
		}
	}
}

/* An object that was just made: without any protection it is dead from the start, whatever section is open. */
void rc_born(int n)
{
	if (rc.life[n].doomed || rc_alive(n))
		return;
	rc.life[n].why = RC_EXPIRED;
	doom(n);
}

/* ---- contexts */
void rc_context(int context, bool enter, int line)
{
	const char *name = rc.program->context[context];
	uint64_t before = rc_holding(-1), ended;

	rc_tick();
	rc.line = line;
	if (enter) {
		rc.level[context]++;
		return;
	}
	if (!rc.level[context] || (rc.level[context] <= rc.floor[context] && !(rc.may_leave >> context & 1))) {
		rc_fault("unbalanced-context", line, "`%s` is left and was not entered here", name);
		return;
	}
	if (rc.level[context] <= rc.floor[context])
		rc.left |= 1ull << context;
	rc.level[context]--;
	ended = before & ~rc_holding(-1);
	for (int n = 0; n < rc.lives; n++)
		rc.life[n].until &= ~ended;
	if (ended)
		rc_settle();
}

/* ---- touching */
const char *rc_ended(int n)
{
	switch (rc.life[n].why) {
	case RC_RELEASED: return "use-after-release";
	case RC_CONSUMED: return "use-after-consume";
	default: return "noref-escape";
	}
}

/* The object behind a pointer, after a look at its memory; -1 where there is none to go on with. */
int rc_touch(const struct rc_object *p, unsigned allowed, int line, const char *what)
{
	int n;

	rc_tick();
	rc.line = line;
	if (!p || rc_is_err(p)) {
		if (!(allowed & (p ? RC_MAYBE_ERR : RC_NULLABLE)))
			rc_fault("bad-pointer", line, "`%s` is %s", what, p ? "ERR_PTR" : "NULL");
		return -1;
	}
	n = rc_find(p);
	if (n < 0) {
		rc_fault("bad-pointer", line, "`%s` names no object", what);
		return -1;
	}
	later();
	if (rc.raw && !rc.tolerant)
		(void)*(const volatile char *)p;	/* AddressSanitizer reports by itself */
	if (!POISONED(p))
		return n;
	if (!rc.life[n].reported) {
		rc.life[n].reported = true;
		rc_fault(rc_ended(n), line, "`%s` was freed: nothing protected it", what);
	}
	return -1;
}
