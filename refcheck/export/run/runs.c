// SPDX-License-Identifier: GPL-2.0-only
/*
 * One run of one function: from its entry to its exit, a fault, or where it is abandoned.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"

struct rc_fault rc_last, rc_there;
int rc_wanted_line = -1;
bool rc_met;

static sigjmp_buf out;
static int faults;

void rc_abandon(enum rc_end how)
{
	siglongjmp(out, how + 1);
}

/* A fault ends the run; where the judge follows a trace the run goes on, as if nothing had happened, as refcheck does. */
void rc_fault(const char *property, int line, const char *format, ...)
{
	va_list list;

	rc_last = (struct rc_fault){ .property = property, .line = line, .throughs = rc.throughs };
	va_start(list, format);
	vsnprintf(rc_last.text, sizeof(rc_last.text), format, list);
	va_end(list);
	memcpy(rc_last.through, rc.through, sizeof(rc_last.through));
	faults++;
	if (rc.raw)
		printf("fault\t%s\t%s:%d\t%s\n", property, rc.program->file, line, rc_last.text);
	if (line == rc_wanted_line) {
		rc_met = true;
		rc_there = rc_last;
	}
	if (!rc.tolerant || !strcmp(property, "bad-pointer"))
		rc_abandon(RC_FAULTY);
}

static void on_signal(int number)
{
	(void)number;
	rc_fault("crash", rc.line, "the program has crashed");
	rc_abandon(RC_FAULTY);
}

void rc_catch_signals(void)
{
	struct sigaction crash = { .sa_handler = on_signal, .sa_flags = SA_NODEFER };

	sigaction(SIGSEGV, &crash, NULL);
	sigaction(SIGBUS, &crash, NULL);
}

/* A world without objects, in which nothing was chosen yet. */
static void begin(const struct rc_program *program, const struct rc_case *one)
{
	bool tolerant = rc.tolerant, raw = rc.raw;

	memset(&rc, 0, sizeof(rc));
	rc.program = program;
	rc.one = one;
	rc.tolerant = tolerant;
	rc.raw = raw;
	rc.policy = rc.bodies = -1;
	rc.may_sleep = one->contract->may_sleep || one->entry;
	for (int i = 0; i < one->contract->outcomes; i++)
		for (int k = 0; k < one->contract->outcome[i].effects; k++)
			rc.may_sleep |= one->contract->outcome[i].effect[k].verb == RC_SLEEP;
	memset(rc.option, -1, sizeof(rc.option));
	rc_rewind();
}

static void end(void)
{
	for (int n = 0; n < rc.lives; n++)
		if (!rc.life[n].freed)
			free(rc.life[n].at);
	rc.lives = 0;
}

/* A run without end has lost references: it holds more objects than the variables of its bodies can name. */
static bool too_many(void)
{
	int held = 0;

	for (int n = 0; n < rc.lives; n++)
		held += rc.life[n].mine > 0;
	return held > rc.one->names * (rc.depth + 1);
}

/* rc_last has the last fault of a faulty run. */
enum rc_end rc_run(const struct rc_program *program, const struct rc_case *one)
{
	struct rc_value given[RC_PARAMS];
	enum rc_end how;
	int jumped;

	memset(given, 0, sizeof(given));
	faults = 0;
	rc_met = false;
	begin(program, one);
	jumped = sigsetjmp(out, 0);
	if (!jumped) {
		rc_enter(given);
		rc_leave(one->run(given));
	}
	how = jumped ? (enum rc_end)(jumped - 1) : RC_CLEAN;
	if (how == RC_LONG && !faults && too_many()) {
		rc_last = (struct rc_fault){ .property = "leaked-ref", .line = rc.line, .text = "more references are held than there are names" };
		faults++;
	}
	end();
	return (how == RC_CLEAN || how == RC_LONG) && faults ? RC_FAULTY : how;
}
