/*
 * Written by refcheck : put
 *
 *     cbmc --no-standard-checks --unwind 4 --unwinding-assertions FILE.c
 *
 * A property is refuted where an assertion that begins with its name has FAILURE.  A loop needs as many rounds
 * (--unwind) as its unwinding assertion asks for; where a loop has no last round CBMC can only refute.
 * Every property is asserted.
 *
 * An assertion `limit` that fails says that a count grew too far: then nothing else is said.
 */
#ifndef __CPROVER__
void __CPROVER_assert(_Bool condition, const char *what);
void __CPROVER_assume(_Bool condition);
#endif
_Bool nondet_bool(void);

#define UNSET 32000

/* put */
static void put(void)
{
	short v_noref = UNSET;	/* noref (param) */
	unsigned char v_dst1_lent = 0;
	short v_d = UNSET;	/* d (param) */
	unsigned char v_dst1_refs = 0;
	unsigned char v_dst1_why = 0;
	_Bool v_fits1 = 0;
	_Bool v_fits2 = 0;
	_Bool v_fits3 = 0;
	_Bool v_fits4 = 0;
	_Bool v_fits5 = 0;
	short w_noref = UNSET;	/* noref (param) */
	short w_d = UNSET;	/* d (param) */
	unsigned char w_dst1_lent = 0;
	unsigned char w_dst1_refs = 0;
	unsigned char w_dst1_why = 0;
	/* line 7: entry */
	/* line 7: any arguments */
	/* line 7: d on entry */
	/* line 7: what is handed over */
	v_noref = nondet_bool() ? 0 : 1;
	v_dst1_lent = 3;
	v_d = 1;
	if (v_noref == 0) {
		v_dst1_refs = 1;
		v_dst1_lent = 2;
	}
	if (v_noref != 0) {
		/* line 9: noref: true */
		goto L6;
	}
	/* line 9: noref: false */
	/* line 10: dst_release */
	__CPROVER_assert(v_d >= 0, "bad-pointer: d is not valid (line 10)");
	if (v_dst1_refs > 0) {
		v_dst1_refs = v_dst1_refs - 1;
		v_dst1_why = 1;
	} else {
		__CPROVER_assert(0, "release-of-borrowed: d is given back, but not held (line 10)");
	}
L6:;
	/* line 11: end of function */
	w_noref = v_noref;
	w_d = 5999;
	w_dst1_lent = 3;
	w_d = 1;
	if (w_noref == 0) {
		w_dst1_refs = 1;
		w_dst1_lent = 2;
	}
	if (w_noref == 0) {
		if (w_dst1_refs > 0) {
			w_dst1_refs = w_dst1_refs - 1;
			w_dst1_why = 1;
		}
	}
	v_fits1 = v_dst1_refs > w_dst1_refs;
	v_fits2 = v_dst1_refs < w_dst1_refs;
	v_fits3 = (!(v_fits1) && !(v_fits2));
	v_fits4 = !(v_fits3);
	v_fits5 = (v_fits3 || v_fits4);
	__CPROVER_assert(!(v_fits4 && v_fits1), "leaked-ref: a reference is held at the exit (line 11)");
	__CPROVER_assert(!(v_fits4 && (!(v_fits1) || v_fits2)), "broken-contract: too many references are given away (line 11)");
L1:;
}

int main(void)
{
	put();
	return 0;
}
