// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tape: every choice of a run is one byte of it.  Where bytes come from: a prefix that is tried systematically or was
 * recorded, a random generator behind it, or a script that says what a trace of refcheck has chosen.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"

struct rc_tape rc_tape;

struct line { int kind, line, answer; char what[200]; };
static struct line *script;
static int lines, room, at;

static const char *const words[] = { "unknown", "outcome", "value", "option", "argument", "slot", "context", "keeper" };

/* A line of a script: kind, line of the model (0: any), answer, text.  Unknowns and outcomes are answered in order. */
void rc_script_line(const char *text)
{
	struct line new = { 0 };
	char word[20];
	int used = 0;

	if (sscanf(text, "%19s %d %d %n", word, &new.line, &new.answer, &used) < 3 || !used)
		return;
	while (new.kind < RC_OF_SAME && strcmp(word, words[new.kind]))
		new.kind++;
	snprintf(new.what, sizeof(new.what), "%s", text + used);
	new.what[strcspn(new.what, "\n")] = 0;
	if (lines == room)
		script = realloc(script, (room += 64) * sizeof(*script));
	script[lines++] = new;
}

void rc_script_clear(void)
{
	lines = 0;
}

static bool in_order(int kind)
{
	return kind == RC_OF_UNKNOWN || kind == RC_OF_OUTCOME;
}

static bool meant(const struct line *l, enum rc_choice kind, int line, const char *what)
{
	return l->kind == (int)kind && (!l->line || l->line == line) && (!*l->what || !strncmp(l->what, what, sizeof(l->what) - 1));
}

/* What the script answers, -1 where it leaves the choice open; the run ends where it has gone another way. */
static int scripted(enum rc_choice kind, int line, const char *what)
{
	if (!lines || (int)kind > RC_OF_KEEPER)
		return -1;
	if (!in_order(kind)) {
		for (int i = 0; i < lines; i++)
			if (meant(&script[i], kind, line, what))
				return script[i].answer;
		return -1;
	}
	while (at < lines && !in_order(script[at].kind))
		at++;
	if (at == lines)
		return -1;
	if (!meant(&script[at], kind, line, what))
		rc_abandon(RC_ASTRAY);
	return script[at++].answer;
}

void rc_rewind(void)
{
	at = 0;
	rc_tape.length = 0;
}

static uint64_t next_random(uint64_t *state)
{
	uint64_t x = *state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return *state = x;
}

/* Behind what is tried systematically: from what came before, so that a run is the same each time. */
static uint64_t tail(void)
{
	uint64_t x = 0x2545f4914f6cdd1d;

	for (int i = 0; i < rc_tape.length; i++)
		x = (x ^ rc_tape.byte[i]) * 0x100000001b3;
	return next_random(&x);
}

static unsigned record(unsigned got, unsigned n)
{
	if (rc_tape.length == RC_TAPE)
		rc_abandon(RC_LONG);
	rc_tape.byte[rc_tape.length] = got;
	rc_tape.of[rc_tape.length++] = n;
	return got;
}

/* One of n; a choice that is not to be made now (see driver.c) is the first. */
unsigned rc_choose(unsigned n, enum rc_choice kind, int line, const char *what)
{
	unsigned got;

	if (n < 2)
		return 0;
	if (!(rc_tape.features >> kind & 1)) {
		rc_tape.wanted |= 1ull << kind;
		return 0;
	}
	if (rc_tape.length < rc_tape.prefix)
		got = rc_tape.byte[rc_tape.length] % n;
	else if (rc_tape.random)
		got = (next_random(&rc_tape.random) >> 20) % n;
	else if (rc_tape.length >= RC_DEPTH)
		got = (tail() >> 20) % n;
	else
		got = 0;
	rc_tape.cut |= rc_tape.length >= RC_DEPTH;
	if (rc.raw)
		printf("\tchoice %d: %u of %u, line %d: %s\n", kind, got, n, line, what);
	return record(got, n);
}

/* One of the numbers in a mask; a script answers with a number. */
unsigned rc_pick(uint64_t mask, enum rc_choice kind, int line, const char *what)
{
	int answer = scripted(kind, line, what);
	unsigned k, i;

	if (answer >= 0) {
		if (!(mask >> answer & 1))
			rc_abandon(RC_ASTRAY);
		return answer;
	}
	k = rc_choose(__builtin_popcountll(mask), kind, line, what);
	for (i = 0; k || !(mask >> i & 1); i++)
		k -= mask >> i & 1;
	return i;
}

bool rc_unknown(const char *text, int line)
{
	rc_tick();
	return rc_pick(3, RC_OF_UNKNOWN, line, text);
}

/* In which of n orders operands are evaluated: C leaves it open. */
unsigned rc_order(unsigned n, int line)
{
	return rc_choose(n, RC_OF_ORDER, line, "order of evaluation");
}

/* The next tape of a systematic search: the last choice that has another answer takes it; false when all were tried. */
bool rc_next_tape(void)
{
	int i = rc_tape.length < RC_DEPTH ? rc_tape.length : RC_DEPTH;

	while (i > 0 && rc_tape.byte[i - 1] + 1 >= rc_tape.of[i - 1])
		i--;
	if (!i)
		return false;
	rc_tape.byte[i - 1]++;
	rc_tape.prefix = i;
	return true;
}
