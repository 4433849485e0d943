/*
 * Written by refcheck : small
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

/* small */
static void small(void)
{
	short v_quiet = UNSET;	/* quiet (param) */
	unsigned char v_dst1_refs = 0;
	short v_rt = UNSET;	/* rt (local) */
	short v_PTR_ERR_rt = UNSET;	/* PTR_ERR(rt) (temp) */
	short v_the_result = UNSET;	/* the result (result) */
	_Bool v_fits1 = 0;
	_Bool v_fits2 = 0;
	_Bool v_fits3 = 0;
	_Bool v_fits4 = 0;
	unsigned char v_dst1_why = 0;
	/* line 3: entry */
	/* line 3: any arguments */
	v_quiet = nondet_bool() ? 0 : 1;
	if (nondet_bool()) {
		/* line 5: ip_route_output_key: ok */
		v_dst1_refs = 1;
		v_rt = 1;
		goto L4;
	}
	/* line 5: ip_route_output_key: fail */
	v_rt = -1;
L4:;
	if (v_rt < 0) {
		/* line 7: IS_ERR(rt): true */
		/* line 8: PTR_ERR(rt) */
		/* line 8: return PTR_ERR(rt) */
		v_quiet = UNSET;
		v_PTR_ERR_rt = -1;
		v_rt = UNSET;
		v_the_result = -1;
		v_fits1 = v_dst1_refs > 0;
		v_fits2 = !(v_fits1);
		v_fits3 = !(v_fits2);
		v_fits4 = (v_fits2 || v_fits3);
		__CPROVER_assert(!(v_fits3 && v_fits1), "leaked-ref: a reference is held at the exit (line 8)");
		__CPROVER_assert(!(v_fits3 && !(v_fits1)), "broken-contract: too many references are given away (line 8)");
		goto L1;
	}
	/* line 7: IS_ERR(rt): false */
	if (v_quiet != 0) {
		/* line 9: quiet: true */
		v_quiet = UNSET;
		goto L8;
	}
	/* line 9: quiet: false */
	/* line 10: use(rt) */
	v_quiet = UNSET;
	__CPROVER_assert(v_rt > 0, "bad-pointer: rt is not valid (line 10)");
	if (v_dst1_refs <= 0) {
		__CPROVER_assert(0, "noref-escape: rt is touched (line 10)");
		v_dst1_why = 4;
	}
L8:;
	/* line 11: dst_release */
	/* line 12: return 0 */
	__CPROVER_assert(v_rt >= 0, "bad-pointer: rt is not valid (line 11)");
	if (v_dst1_refs > 0) {
		v_dst1_refs = v_dst1_refs - 1;
		v_dst1_why = 1;
	} else {
		__CPROVER_assert(0, "release-of-borrowed: rt is given back, but not held (line 11)");
	}
	if (v_dst1_refs <= 0) {
		v_rt = UNSET;
	}
	if (v_rt != 1) {
		__CPROVER_assert(v_dst1_refs <= 0, "leaked-ref: the last name of a dst is lost (line 11)");
		v_dst1_refs = 0;
		v_dst1_why = 0;
	}
	v_the_result = 0;
	v_fits1 = v_dst1_refs > 0;
	v_fits2 = !(v_fits1);
	v_fits3 = !(v_fits2);
	v_fits4 = (v_fits2 || v_fits3);
	__CPROVER_assert(!(v_fits3 && v_fits1), "leaked-ref: a reference is held at the exit (line 12)");
	__CPROVER_assert(!(v_fits3 && !(v_fits1)), "broken-contract: too many references are given away (line 12)");
L1:;
}

int main(void)
{
	small();
	return 0;
}
