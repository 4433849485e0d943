// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many runs of every function: systematically as far as the budget goes, then at random.  What a run may choose grows in
 * stages, so that a fault is told with the least that it needs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"

enum { FAULTS = 12 };

/* What may be chosen beside unknowns, outcomes, values and the state on entry. */
#define BASE ((1ull << RC_OF_BODIES) - 1)
static const struct { const char *name; uint64_t features; } stages[] = {
	{ "contracts", BASE },
	{ "bodies", BASE | 1ull << RC_OF_BODIES },
	{ "aliases", BASE | 1ull << RC_OF_ALIAS },
	{ "order", BASE | 1ull << RC_OF_ORDER },
	{ "waiting", BASE | 1ull << RC_OF_ADVERSARY },
	{ "all", -1ull },
};
enum { STAGES = sizeof(stages) / sizeof(stages[0]) };

static struct rc_fault told[FAULTS];
static int tolds;

static void print_tape(void)
{
	if (!rc_tape.length)
		printf("-");
	for (int i = 0; i < rc_tape.length; i++)
		printf("%02x", rc_tape.byte[i]);
}

static bool same(const struct rc_fault *a, const struct rc_fault *b)
{
	return a->line == b->line && !strcmp(a->property, b->property) && a->throughs == b->throughs &&
	       !memcmp(a->through, b->through, sizeof(a->through));
}

/* Each fault once: property, line, stage and features, the tape, the bodies that were executed. */
static void tell(int program, int one, const char *stage)
{
	for (int i = 0; i < tolds; i++)
		if (same(&told[i], &rc_last))
			return;
	if (tolds == FAULTS)
		return;
	told[tolds++] = rc_last;
	printf("fault\t%d\t%d\t%s\t%d\t%s\t%llx\t", program, one, rc_last.property, rc_last.line, stage,
	       (unsigned long long)rc_tape.features);
	print_tape();
	printf("\t%s", rc_last.throughs ? "" : "-");
	for (int i = 0; i < rc_last.throughs; i++)
		printf("%s%s", i ? "," : "", rc_last.through[i]);
	printf("\t%s\n", rc_last.text);
}

/* ---- sweeping */
struct count { long runs, clean, voids, longs; bool whole; };

static void one_run(int program, int one, const char *stage, struct count *c)
{
	const struct rc_program *p = rc_programs[program];
	enum rc_end how = rc_run(p, &p->one[one]);

	c->runs++;
	c->clean += how == RC_CLEAN;
	c->voids += how == RC_VOID_RUN;
	c->longs += how == RC_LONG;
	if (how == RC_FAULTY)
		tell(program, one, stage);
}

static void random_tape(uint64_t seed)
{
	rc_tape.prefix = 0;
	rc_tape.random = seed * 0x9e3779b97f4a7c15ull | 1;
}

/* A stage: all tapes in order up to the budget, and where that does not reach as many at random. */
static void sweep_stage(int number, int program, int one, long budget, uint64_t seed, struct count *c)
{
	bool more = true;

	rc_tape.features = stages[number].features;
	rc_tape.prefix = 0;
	rc_tape.random = 0;
	rc_tape.cut = false;
	for (long i = 0; more && i < budget; i++) {
		one_run(program, one, stages[number].name, c);
		more = rc_next_tape();
	}
	more |= rc_tape.cut;
	c->whole = c->whole && !more;
	for (long i = 0; more && i < budget; i++) {
		random_tape(seed + i);
		one_run(program, one, stages[number].name, c);
	}
	rc_tape.random = 0;
}

static void sweep(int program, int one, long budget, uint64_t seed)
{
	struct count c = { .whole = true };
	uint64_t wanted;

	tolds = 0;
	rc_tape.wanted = 0;
	sweep_stage(0, program, one, budget, seed, &c);
	wanted = rc_tape.wanted;
	for (int i = 1; i < STAGES && tolds < FAULTS; i++) {
		bool several = wanted & (wanted - 1), asked = stages[i].features & ~BASE & wanted;

		if (i == STAGES - 1 ? several && !tolds : asked)
			sweep_stage(i, program, one, budget / 2, seed, &c);
	}
	printf("done\t%d\t%d\t%ld\t%ld\t%ld\t%ld\t%s\n", program, one, c.runs, c.clean, c.voids, c.longs, c.whole ? "whole" : "part");
	fflush(stdout);
}

/* ---- following a trace */

/* The best that was found for a script: how far it was followed, the fault that was met, the tape. */
struct found { int rank; struct rc_fault fault; char tape[2 * RC_TAPE + 2]; };

static void better(struct found *best, int rank)
{
	best->rank = rank;
	if (rank < 2)
		return;
	best->fault = rank == 3 ? rc_there : rc_last;
	for (int k = 0; k < rc_tape.length; k++)
		sprintf(best->tape + 2 * k, "%02x", rc_tape.byte[k]);
}

/* Search for a tape on which the script is followed and a fault is met at the line that is wanted. */
static void search(const struct rc_program *p, int one, long budget, uint64_t features, struct found *best)
{
	bool more = true;

	rc_tape.features = features;
	rc_tape.prefix = 0;
	rc_tape.random = 0;
	for (long i = 0; i < 2 * budget && best->rank < 3; i++) {
		enum rc_end how;
		int good;

		if (i >= budget || !more)
			random_tape(1 + i);
		how = rc_run(p, &p->one[one]);
		good = how == RC_FAULTY ? rc_met ? 3 : 2 : how == RC_CLEAN || how == RC_LONG;
		if (good > best->rank)
			better(best, good);
		more = i < budget && more && rc_next_tape();
	}
	rc_tape.random = 0;
}

/* Arguments are one object only where the trace is not met without: a trace does not say which of them are. */
static void follow(int program, int one, int line, long budget)
{
	const struct rc_program *p = rc_programs[program];
	static const char *const words[] = { "astray", "clean", "elsewhere", "reproduced" };
	const uint64_t plain = BASE | 1ull << RC_OF_ADVERSARY;
	struct found best = { .fault = { .property = "-" }, .tape = "-" };

	rc.tolerant = true;
	rc_wanted_line = line;
	rc_tape.wanted = 0;
	search(p, one, budget, plain, &best);
	if (best.rank < 3 && rc_tape.wanted >> RC_OF_ALIAS & 1)
		search(p, one, budget, plain | 1ull << RC_OF_ALIAS, &best);
	printf("follow\t%d\t%d\t%s\t%s\t%d\t%s\t%s\n", program, one, words[best.rank], best.fault.property,
	       best.fault.line, best.tape, best.fault.text);
}

/* A file of scripts, each headed by `follow PROGRAM CASE LINE`. */
static bool follow_all(const char *path, long budget)
{
	FILE *f = fopen(path, "r");
	char text[400];
	int program = -1, one = 0, line = 0;

	while (f && fgets(text, sizeof(text), f)) {
		if (strncmp(text, "follow ", 7)) {
			rc_script_line(text);
			continue;
		}
		if (program >= 0)
			follow(program, one, line, budget);
		rc_script_clear();
		sscanf(text, "follow %d %d %d", &program, &one, &line);
	}
	if (program >= 0)
		follow(program, one, line, budget);
	return f && !fclose(f);
}

/* ---- one tape */
static void read_tape(const char *hex)
{
	unsigned byte;

	rc_tape.prefix = 0;
	for (; rc_tape.prefix < RC_TAPE && sscanf(hex, "%2x", &byte) == 1; hex += 2)
		rc_tape.byte[rc_tape.prefix++] = byte;
}

static void run_tape(int program, int one, const char *features, const char *hex)
{
	static const char *const ends[] = { "without a fault", "as no caller calls", "astray", "too long", "with a fault" };
	const struct rc_program *p = rc_programs[program];

	rc.raw = true;
	rc_tape.features = strtoull(features, NULL, 16);
	read_tape(hex);
	printf("ends %s\n", ends[rc_run(p, &p->one[one])]);
}

static void list(void)
{
	for (int i = 0; rc_programs[i]; i++)
		for (int k = 0; k < rc_programs[i]->cases; k++)
			printf("case\t%d\t%d\t%s\t%s\t%s\n", i, k, rc_programs[i]->file, rc_programs[i]->one[k].function,
			       rc_programs[i]->one[k].entry ? rc_programs[i]->one[k].entry->name : "-");
}

static int usage(const char *name)
{
	fprintf(stderr, "usage: %s list\n       %s sweep [BUDGET [SEED]]\n       %s run PROGRAM CASE FEATURES TAPE\n       %s follow SCRIPTS [BUDGET]\n",
		name, name, name, name);
	return 2;
}

int rc_main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "sweep";

	rc_catch_signals();
	if (!strcmp(verb, "list")) {
		list();
	} else if (!strcmp(verb, "sweep") && argc < 5) {
		for (int i = 0; rc_programs[i]; i++)
			for (int k = 0; k < rc_programs[i]->cases; k++)
				sweep(i, k, argc > 2 ? atol(argv[2]) : 2000, argc > 3 ? strtoull(argv[3], NULL, 10) : 1);
	} else if (!strcmp(verb, "run") && argc == 6) {
		run_tape(atoi(argv[2]), atoi(argv[3]), argv[4], argv[5]);
	} else if (!strcmp(verb, "follow") && argc > 2 && argc < 5) {
		if (!follow_all(argv[2], argc > 3 ? atol(argv[3]) : 2000))
			return usage(argv[0]);
	} else {
		return usage(argv[0]);
	}
	return 0;
}

#ifdef RC_FUZZ
/* libFuzzer: two bytes choose the function, the rest is the tape; a fault is a crash. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int programs = 0;
	const struct rc_program *p;

	while (rc_programs[programs])
		programs++;
	p = size > 2 && programs ? rc_programs[data[0] % programs] : NULL;
	if (!p || !p->cases)
		return 0;
	rc_tape.features = -1ull;
	rc_tape.prefix = size - 2 < RC_TAPE ? (int)size - 2 : RC_TAPE;
	memcpy(rc_tape.byte, data + 2, rc_tape.prefix);
	if (rc_run(p, &p->one[data[1] % p->cases]) == RC_FAULTY) {
		fprintf(stderr, "%s: %s:%d: %s\n", rc_last.property, p->file, rc_last.line, rc_last.text);
		abort();
	}
	return 0;
}
#else
int main(int argc, char **argv)
{
	return rc_main(argc, argv);
}
#endif
