// SPDX-License-Identifier: GPL-2.0-only
/*
 * A world for the inputs of corpus/c to run in: what the header tree declares, with real counts and real memory.
 *
 * Whatever can come out one way or the other is a choice; `play` tries the choices one after the other.  Between any two
 * calls the world may drop what it owns (the route of the socket, the device, the neighbour): once in a run.  Memory is
 * freed for real, after the section where readers are waited for, so that AddressSanitizer sees each use that comes too
 * late.  At the end each object must have as many references as the world has on it.
 */
#include "internal.h"

#define RUNS 60000

struct world w;
static int tape[MOST], sizes[MOST], at;
unsigned long volatile jiffies;

void fault(const char *what)
{
	printf("FAULT %s\n", what);
	fflush(stdout);
	_Exit(1);
}

int choose(int n)
{
	if (at >= MOST)
		fault("a tape that is too long");
	sizes[at] = n;
	return tape[at++];
}

bool gp(void) { return w.rcu || w.rcu_bh || w.bh; }
void need(bool holds) { if (!holds) fault("missing-context"); }

struct object *find(const void *mem, enum kind kind)
{
	for (int i = w.nobjects - 1; i >= 0; i--)
		if (w.objects[i].mem == mem && w.objects[i].kind == kind) {
			if (w.objects[i].freed)
				fault("use of what is freed");
			return &w.objects[i];
		}
	fault("bad-pointer");
	return NULL;
}

void *make(enum kind kind, size_t size, int refs, int world)
{
	if (w.nobjects == MOST)
		fault("too many objects");
	w.objects[w.nobjects] = (struct object){ calloc(1, size), kind, refs, world, false, false, false };
	return w.objects[w.nobjects++].mem;
}

void destroy(struct object *o)
{
	if (o->mem == w.last)
		w.last = NULL;
	o->freed = true;
	free(o->mem);
}

void settle(void)
{
	if (gp())
		return;
	for (int i = 0; i < w.nobjects; i++) {
		struct object *o = &w.objects[i];

		if (o->waiting) {
			o->waiting = false;
			o->refs--;
			o->world--;
		}
		if (!o->freed && o->refs <= 0 && o->kind != SKB)
			destroy(o);
	}
}

void get(const void *mem, enum kind kind)
{
	struct object *o = find(mem, kind);

	if (o->refs <= 0 && !o->waiting)
		fault("hold-of-borrowed");
	o->refs++;
}

bool try_get(const void *mem, enum kind kind)
{
	struct object *o = find(mem, kind);

	if (o->refs <= 0)
		return false;
	o->refs++;
	return true;
}

void put(const void *mem, enum kind kind)
{
	struct object *o = find(mem, kind);

	if (o->refs <= 0)
		fault("double-release");
	if (--o->refs < o->world)
		fault("release-of-borrowed");
	settle();
}

/* Once in a run the world drops what it lends. */
void happen(void)
{
	if (w.dropped || !choose(2))
		return;
	w.dropped = true;
	for (int i = 0; i < w.nobjects; i++) {
		struct object *o = &w.objects[i];

		if (o->freed || o->pinned || !o->world || o->kind == SOCK || o->kind == SKB)
			continue;
		if (o->kind == NETDEV) {
			if (o->mem != w.dev)
				o->waiting = true;
			continue;
		}
		if (w.sk && o->mem == w.sk->sk_dst_cache)
			w.sk->sk_dst_cache = NULL;
		o->refs -= o->world;
		o->world = 0;
	}
	settle();
}

/* ---- sections */
void rcu_read_lock(void) { happen(); w.rcu++; }
void rcu_read_unlock(void) { if (w.rcu-- <= 0) fault("unbalanced-context"); settle(); happen(); }
void rcu_read_lock_bh(void) { happen(); w.rcu_bh++; }
void rcu_read_unlock_bh(void) { if (w.rcu_bh-- <= 0) fault("unbalanced-context"); settle(); happen(); }
void local_bh_disable(void) { happen(); w.bh++; }
void local_bh_enable(void) { if (w.bh-- <= 0) fault("unbalanced-context"); settle(); happen(); }
void spin_lock(spinlock_t *lock) { (void)lock; w.spin++; }
void spin_unlock(spinlock_t *lock) { (void)lock; if (w.spin-- <= 0) fault("unbalanced-context"); }
void spin_lock_bh(spinlock_t *lock) { spin_lock(lock); w.bh++; }
void spin_unlock_bh(spinlock_t *lock) { spin_unlock(lock); local_bh_enable(); }

/* ---- memory */
void *kmalloc(size_t size, gfp_t flags) { (void)flags; return choose(2) ? NULL : malloc(size); }
void *kzalloc(size_t size, gfp_t flags) { (void)flags; return choose(2) ? NULL : calloc(1, size); }
void kfree(const void *objp)
{
	for (int i = 0; i < w.nobjects; i++)
		if (w.objects[i].mem == objp && !w.objects[i].freed)
			fault("memory of a counted object is freed");
	free((void *)objp);
}

/* Every tape, one after the other, or as many as there is room for: says how many there were. */
int play(void (*run)(void), void (*after)(void))
{
	char here;
	int runs = 0, last;

	do {
		memset(&w, 0, sizeof(w));
		at = 0;
		run();
		finish(after, &here);
		for (last = at - 1; last >= 0 && tape[last] + 1 >= sizes[last]; last--)
			tape[last] = 0;
		if (last >= 0)
			tape[last]++;
	} while (++runs < RUNS && last >= 0);
	printf("CLEAN %d runs%s\n", runs, last >= 0 ? ", not all" : "");
	return 0;
}
