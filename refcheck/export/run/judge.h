/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Run-time support of programs that `refcheck export --to run` writes; docs/run.md says what is read into a contract.
 *
 * tape.c      what a run may choose, and where the choices come from
 * world.c     objects, what protects them, contexts, and the adversary that frees what nothing protects
 * conditions.c  arguments on entry, conditions
 * contract.c  one outcome of a contract as a change of the world, worked out on entry
 * asks.c      what a call asks for
 * call.c      the change applied
 * make.c      what it makes
 * code.c      what statements do, apart from calls
 * entry.c     the states in which a function is entered
 * exit.c      what it owes at its exit
 * runs.c      one run of one function
 * driver.c    many runs of many functions
 */
#ifndef REFCHECK_JUDGE_H
#define REFCHECK_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RC_SLOTS = 16, RC_PARAMS = 24, RC_LIVES = 64, RC_CONTEXTS = 64, RC_OPTIONS = 64 };

/* ---- what a model declares */
struct rc_slot_of { const char *name; int target; bool published; };
struct rc_resource { const char *name; int freed_after; bool shared; int slots; struct rc_slot_of slot[RC_SLOTS]; };
struct rc_fact { const char *name; uint64_t contexts; bool reader; };
struct rc_entry_slot { int resource, slot; unsigned states; };
struct rc_entry { const char *name; int holds; const int *held; int slots; const struct rc_entry_slot *slot; };

enum rc_relation { RC_LT, RC_LE, RC_GT, RC_GE, RC_EQ, RC_NE, RC_ANY, RC_IN, RC_CODE };
enum rc_asked { RC_NOT, RC_AND, RC_OR, RC_OPTION, RC_SLOT_IS, RC_TEST };
struct rc_cond {
	enum rc_asked kind;
	const struct rc_cond *a, *b;
	int param, slot;	/* of an option: its number */
	unsigned states;
	enum rc_relation op;
	int value;
};

enum rc_how { RC_NULL, RC_NUMBER, RC_HOLD, RC_BORROW, RC_IMMORTAL, RC_ALIAS, RC_CONTENT, RC_TAKE, RC_MOVE, RC_LEND, RC_COPY };
struct rc_source {
	enum rc_how how;
	enum rc_relation op;
	int constants, excepted;
	const int *constant, *except;
	uint64_t facts;
	int param, slot;	/* of a borrow: the parameter that it lasts as long as, or -1 */
};

enum rc_verb {
	RC_USE, RC_HOLDS, RC_TRY_HOLD, RC_RELEASE, RC_CONSUME, RC_QUEUE, RC_FREE, RC_DROP, RC_ENTER, RC_LEAVE, RC_SLEEP,
	RC_REVOKE, RC_SET, RC_RETURN
};
enum { RC_RESULT = -2 };
struct rc_effect {
	enum rc_verb verb;
	int param, slot;	/* RC_RESULT for the result; slot -1 for the thing itself */
	const struct rc_source *value;
	int context;		/* RC_REVOKE: the fact */
	const struct rc_cond *when;
};
struct rc_outcome { const char *name; const struct rc_cond *when; int effects; const struct rc_effect *effect; };

enum rc_type { RC_VOID, RC_INT, RC_BOOL, RC_ENUM, RC_OBJECT };
enum { RC_NULLABLE = 1, RC_MAYBE_ERR = 2, RC_ANYTHING = 4, RC_COUNTED_ARG = 8, RC_READER = 16 };
struct rc_param {
	const char *name;
	enum rc_type type;
	int of;			/* the resource, or how many members the enum has */
	bool out, brought;	/* brought: the caller's object comes in through an out-parameter */
	unsigned attrs;
	bool given;		/* every outcome gives the argument away */
	bool firm, own, late;	/* more than a reader section keeps it; no slot stands for its reference; used behind a leave */
	unsigned spoken, looked;	/* slots that the contract names, and those into which it looks */
	unsigned queued;	/* slots without a borrow, since every call may queue what has them */
};
struct rc_must { uint64_t facts; const struct rc_cond *when; };
struct rc_require { const char *property; const struct rc_cond *asked; };
struct rc_contract {
	const char *name;
	bool whatever;		/* there is no contract: what is asked stands in the signature alone */
	enum rc_type type;
	int of, params;
	const struct rc_param *param;
	int musts, requires, outcomes;
	const struct rc_must *must;
	const struct rc_require *require;
	bool may_sleep;
	const struct rc_outcome *outcome;
};

struct rc_object;
struct rc_value { bool set, none; long n; struct rc_object *at; void *cell; };
struct rc_case {
	const char *function;
	const struct rc_contract *contract;
	const struct rc_entry *entry;
	struct rc_value (*run)(struct rc_value *);
	int assumes, numbers, line, names;	/* names: how many objects its variables can name */
	const struct rc_cond *const *assumed;	/* what the entry context says of arguments */
	const int *number;
};
struct rc_program {
	const char *file;
	const struct rc_resource *resource;
	int facts, contexts, cases;
	const struct rc_fact *fact;
	const char *const *context;
	const char *const *option;
	uint64_t atomic;	/* contexts in which nothing sleeps */
	const struct rc_case *one;
};

/* ---- variables: a cell knows whether it was written */
typedef struct { bool set; int v; } rc_int;
typedef struct { bool set; bool v; } rc_bool;
typedef struct { bool set; struct rc_object *v; } rc_ref;

#define RD(cell, line) ({ __auto_type _c = (cell); if (!_c.set) rc_unset(#cell, line); _c.v; })
#define WR(cell, value) ({ __auto_type _v = (value); (cell).v = _v; (cell).set = true; (cell).v; })
#define BEGIN(cell) ((cell).set = false)
#define OUT(pointer, line) (*({ if (!(pointer)) rc_null_out(#pointer, line); (pointer); }))
#define TICK (rc_tick(), true)
#define RETURN(type, value, number) return ({ type _r = { true, (value) }; rc.exit = number; _r; })

/* ---- guards, as include/linux/cleanup.h has them */
struct rc_guard { unsigned made; };
#define SCOPED_GUARD(guard, label) \
	for (guard; ; ({ goto label; })) if (0) { label: break; } else

/* ---- tape.c */
enum rc_choice {
	RC_OF_UNKNOWN, RC_OF_OUTCOME, RC_OF_VALUE, RC_OF_OPTION, RC_OF_ARGUMENT, RC_OF_SLOT, RC_OF_CONTEXT, RC_OF_KEEPER,
	RC_OF_SAME, RC_OF_ENDED, RC_OF_BODIES, RC_OF_ALIAS, RC_OF_ORDER, RC_OF_ADVERSARY
};
enum { RC_TAPE = 300, RC_STEPS = 400, RC_DEPTH = 28 };	/* RC_DEPTH: choices that are tried systematically */
struct rc_tape {
	unsigned char byte[RC_TAPE], of[RC_TAPE];	/* what was chosen, of how many */
	int length, prefix;
	uint64_t random;	/* 0: behind the prefix there are zeros */
	bool cut;		/* some run chose more often than that */
	uint64_t features, wanted;
};
extern struct rc_tape rc_tape;
unsigned rc_choose(unsigned n, enum rc_choice kind, int line, const char *what);
unsigned rc_pick(uint64_t mask, enum rc_choice kind, int line, const char *what);
bool rc_unknown(const char *text, int line);
unsigned rc_order(unsigned n, int line);
bool rc_next_tape(void);
void rc_script_line(const char *text);
void rc_script_clear(void);
void rc_rewind(void);

/* ---- world.c */
/* RC_BAD: an ERR_PTR stands in the slot; RC_UNSPOKEN: the contract of the function under test does not speak of it */
enum { RC_EMPTY, RC_NOREF, RC_OWNED, RC_BAD, RC_UNSPOKEN };
struct rc_slot { struct rc_object *to; int how; };
struct rc_object { struct rc_slot slot[1]; };
enum rc_lender { RC_NOBODY, RC_LENT, RC_FIRM, RC_COUNTED, RC_FOREVER };	/* lent: maybe by a reader section alone */
enum rc_why { RC_ALIVE, RC_RELEASED, RC_CONSUMED, RC_EXPIRED };
struct rc_life {
	struct rc_object *at;
	const struct rc_resource *of;
	bool freed, doomed, reported;	/* doomed: the adversary may free it at any moment */
	bool taken;			/* its memory went, whatever kept it */
	int mine;			/* references of this path */
	enum rc_lender lender;
	uint64_t until, owners;		/* facts whose sections keep it, objects whose lives do */
	enum rc_why why;
};
struct rc_world {
	const struct rc_program *program;
	const struct rc_case *one;
	struct rc_life life[RC_LIVES];
	int container[RC_LIVES], containers;	/* those that have slots */
	int lives, steps, depth, line, exit;	/* line: of the last operation; exit: where a block was left last */
	int level[RC_CONTEXTS], floor[RC_CONTEXTS];
	uint64_t may_leave, left;	/* contexts below whose entry level the contract may go, and it went */
	uint64_t revoked;		/* facts of which what is lent for them has ended */
	int option[RC_OPTIONS], policy, bodies;
	bool tolerant, raw, may_sleep;
	const char *through[16];
	int throughs;
};
extern struct rc_world rc;
void rc_tick(void);
/* How a run ends: without a fault; no caller calls like this; it has left the script; it goes on for ever; with a fault. */
enum rc_end { RC_CLEAN, RC_VOID_RUN, RC_ASTRAY, RC_LONG, RC_FAULTY };
_Noreturn void rc_abandon(enum rc_end how);
void rc_fault(const char *property, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));
bool rc_is_object(const struct rc_object *p);
bool rc_is_err(const struct rc_object *p);
bool rc_is_err_or_null(const struct rc_object *p);
int rc_find(const struct rc_object *p);
int rc_new(int resource);
void rc_born(int n);
void rc_gone(int n);
bool rc_alive(int n);
bool rc_lasts(int n);
bool rc_counted(int n);
bool rc_firm(int n);
int rc_refs(int n);
void rc_settle(void);
bool rc_holds(int fact);
uint64_t rc_holding(uint64_t facts);
void rc_context(int context, bool enter, int line);
int rc_touch(const struct rc_object *p, unsigned allowed, int line, const char *what);
const char *rc_ended(int n);

/* ---- conditions.c, contract.c */
enum { RC_PUTS = 24, RC_FRESH = -3 };
struct rc_was { int how, content; };
struct rc_arg { bool none, set; long n; struct rc_object *at; int life; struct rc_was slot[RC_SLOTS]; };
struct rc_put {
	int life, slot;			/* of the result or an out-parameter: -1, and the number of the parameter */
	int param;
	int how, content;		/* the state behind the outcome; content may be RC_FRESH */
	uint64_t until;
	int tried;			/* one more than the object whose borrow became a reference */
	bool overwrites;
	bool behind;			/* changed behind what the outcome ends */
	int unpublished;		/* one more than the object whose reference the slot let go */
};
struct rc_change {
	int gives[RC_LIVES], ends[RC_LIVES], more[RC_LIVES], holds[RC_LIVES];
	uint64_t queued, consumed, freed, plain;	/* plain: held as what is counted */
	uint64_t revokes;		/* facts */
	struct rc_put put[RC_PUTS];
	int puts;
	int enters[RC_CONTEXTS], leaves[RC_CONTEXTS];
};
void rc_look(const struct rc_contract *c, const struct rc_value *given, struct rc_arg *view);
int rc_ask(const struct rc_cond *cond, const struct rc_arg *view);
bool rc_gives(const struct rc_effect *e, int param);
bool rc_handed(const struct rc_contract *c, const struct rc_arg *view, int param);
bool rc_of_fresh(const struct rc_outcome *o, const struct rc_effect *e);
bool rc_applies(const struct rc_effect *e, const struct rc_arg *view);
void rc_change(const struct rc_outcome *o, const struct rc_arg *view, struct rc_change *to);
bool rc_compare(enum rc_relation op, long a, long b);
bool rc_among(const struct rc_source *value, long n);
bool rc_known(const struct rc_outcome *o, const struct rc_arg *view);

/* ---- asks.c, call.c, make.c */
struct rc_value rc_make(const struct rc_contract *c, const struct rc_outcome *o, const struct rc_arg *view,
			const struct rc_change *ch, struct rc_value *given, int line);
void rc_asks(const struct rc_contract *c, const struct rc_arg *view, int line);
void rc_survive(const struct rc_contract *c, const struct rc_outcome *o, const struct rc_arg *view, int line);
bool rc_expired(const struct rc_was *w);
void rc_sleeps(const char *name, int line);
struct rc_value rc_call(const struct rc_contract *c, struct rc_value *given, int line);
long rc_number(const struct rc_source *value, enum rc_type type, int of, int line, const char *what);

/* ---- what generated code calls */
void rc_use(const struct rc_object *p, int line, const char *what);
struct rc_object *rc_read(struct rc_object *p, int slot, int line, const char *what);
void rc_store(struct rc_object *p, int slot, struct rc_object *value, int line, const char *what);
struct rc_object *rc_err_ptr(int code, int line);
struct rc_object *rc_err_cast(struct rc_object *p, int line);
int rc_ptr_err(const struct rc_object *p);
int rc_err_or_zero(const struct rc_object *p);
_Noreturn void rc_unset(const char *what, int line);
_Noreturn void rc_null_out(const char *what, int line);
void rc_reached(const char *why, int line);
bool rc_config(int option);
bool rc_by_body(const char *name);
void rc_return(void);
struct rc_guard rc_guard(void);
void rc_guard_ends(struct rc_guard *g);
void rc_inlined(const struct rc_contract *c, struct rc_value *given, int line);

/* ---- entry.c, exit.c */
struct rc_entered {
	struct rc_arg view[RC_PARAMS];
	struct { int mine, lent; bool ended, firm; } was[RC_LIVES];	/* ended: nothing protects it from the start */
	int level[RC_CONTEXTS];
	union { rc_int i; rc_bool b; rc_ref r; bool set; } cell[RC_PARAMS];
};
extern struct rc_entered rc_entered;
void rc_enter(struct rc_value *given);
void rc_leave(struct rc_value result);
bool rc_came_in(int n);

/* ---- runs.c */
struct rc_fault { const char *property; int line, throughs; const char *through[16]; char text[200]; };
extern struct rc_fault rc_last, rc_there;	/* there: at the line that is wanted, where a trace is followed */
extern int rc_wanted_line;
extern bool rc_met;
void rc_catch_signals(void);
enum rc_end rc_run(const struct rc_program *program, const struct rc_case *one);

/* ---- driver.c: the generated file says which programs there are */
extern const struct rc_program *const rc_programs[];
int rc_main(int argc, char **argv);

#endif
