// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the statements of a body do to the world, apart from calls.
 */
#include "judge.h"

void rc_use(const struct rc_object *p, int line, const char *what)
{
	rc_touch(p, 0, line, what);
}

/* The contract of the function under test does not speak of the slot. */
static bool unspoken(int n, int slot, int line)
{
	if (rc.life[n].at->slot[slot].how != RC_UNSPOKEN)
		return false;
	rc_fault("broken-contract", line, "slot `%s` is touched, and the contract does not speak of it", rc.life[n].of->slot[slot].name);
	return true;
}

struct rc_object *rc_read(struct rc_object *p, int slot, int line, const char *what)
{
	int n = rc_touch(p, 0, line, what);

	if (n < 0)
		return NULL;
	if (unspoken(n, slot, line))
		return NULL;
	return p->slot[slot].to;
}

/* `p->slot = value`: the reference moves into the field, and what the field owned is this function's. */
void rc_store(struct rc_object *p, int slot, struct rc_object *value, int line, const char *what)
{
	int n = rc_touch(p, 0, line, what), old, new = rc_is_object(value) ? rc_find(value) : -1;

	if (n < 0 || unspoken(n, slot, line))
		return;
	old = p->slot[slot].how == RC_OWNED ? rc_find(p->slot[slot].to) : -1;
	if (old >= 0)
		rc.life[old].mine++;
	if (new >= 0)
		rc.life[new].mine--;
	p->slot[slot] = (struct rc_slot){ value, new >= 0 ? RC_OWNED : value ? RC_BAD : RC_EMPTY };
	rc_settle();
}

struct rc_object *rc_err_ptr(int code, int line)
{
	if (code > 0) {
		rc_fault("bad-pointer", line, "ERR_PTR(%d) is no error pointer", code);
		rc_abandon(RC_CLEAN);
	}
	return (struct rc_object *)(long)code;
}

struct rc_object *rc_err_cast(struct rc_object *p, int line)
{
	if (p && !rc_is_err(p)) {
		rc_fault("bad-pointer", line, "what is no error becomes a pointer of another kind");
		rc_abandon(RC_CLEAN);
	}
	return p;
}

/* The code of an ERR_PTR, 0 of NULL; of an address what is left of it in an int, which is no error code. */
int rc_ptr_err(const struct rc_object *p)
{
	static const struct rc_source any = { .op = RC_ANY };
	long n = (long)p;

	if (rc_is_object(p)) {
		n = rc_number(&any, RC_INT, 0, rc.line, "PTR_ERR of an address");
		if (n < 0 && n >= -4095)
			rc_abandon(RC_VOID_RUN);
	}
	return n;
}

int rc_err_or_zero(const struct rc_object *p)
{
	return rc_is_err(p) ? (int)(long)p : 0;
}

void rc_unset(const char *what, int line)
{
	rc_fault("bad-pointer", line, "`%s` is read and was never written", what);
	rc_abandon(RC_CLEAN);
}

void rc_null_out(const char *what, int line)
{
	rc_fault("bad-pointer", line, "`*%s` is written and the caller passed NULL", what);
	rc_abandon(RC_CLEAN);
}

void rc_reached(const char *why, int line)
{
	rc_tick();
	rc_fault("sanity", line, "unreachable: %s", why);
}

bool rc_config(int option)
{
	if (rc.option[option] < 0)
		rc.option[option] = rc_pick(3, RC_OF_OPTION, 0, rc.program->option[option]);
	return rc.option[option];
}

/* Whether a callee with a contract and a body is executed in this run, or its contract applied. */
bool rc_by_body(const char *name)
{
	if (rc.bodies < 0)
		rc.bodies = rc_choose(2, RC_OF_BODIES, 0, "the bodies of callees are executed");
	if (!rc.bodies || rc.depth == 8)
		return false;
	rc.depth++;
	for (int i = 0; i < rc.throughs; i++)
		if (rc.through[i] == name)
			return true;
	if (rc.throughs < 16)
		rc.through[rc.throughs++] = name;
	return true;
}

void rc_return(void)
{
	rc.depth--;
}

/* ---- guards */
enum { MADE = 0x6a11d5 };

struct rc_guard rc_guard(void)
{
	return (struct rc_guard){ MADE };
}

void rc_guard_ends(struct rc_guard *g)
{
	if (g->made != MADE) {
		rc_fault("unbalanced-context", rc.line, "the scope of a guard ends that was not entered");
		rc_abandon(RC_CLEAN);
	}
	g->made = 0;
}
