/*
 * Written by refcheck : small
 *
 *     spin -a FILE.pml && cc -O1 -DSAFETY -o pan pan.c && ./pan -E -c0 -m1000000
 *
 * A property is refuted where an assertion that names it is violated.  pan reports each with -c0, the first alone
 * with -c1; -E leaves out the end states of paths that a false guard cuts.
 * Every property is asserted.
 *
 * An assertion `limit` that fails says that a count grew too far: then nothing else is said.
 */

#define UNSET 32000
hidden byte small__bad_pointer;
hidden byte small__broken_contract;
hidden byte small__leaked_ref;
hidden byte small__noref_escape;
hidden byte small__release_of_borrowed;

/* small */
active proctype small()
{
	short v_quiet = UNSET;	/* quiet (param) */
	byte v_dst1_refs = 0;
	short v_rt = UNSET;	/* rt (local) */
	short v_PTR_ERR_rt = UNSET;	/* PTR_ERR(rt) (temp) */
	short v_the_result = UNSET;	/* the result (result) */
	bit v_fits1 = 0;
	bit v_fits2 = 0;
	bit v_fits3 = 0;
	bit v_fits4 = 0;
	byte v_dst1_why = 0;
L0:
	if
	:: if :: v_quiet = 0 :: v_quiet = 1 fi; /* line 3: entry */ /* line 3: any arguments */
	   goto L3;
	fi;
L3:
	if
	:: d_step { /* line 5: ip_route_output_key: ok */
	   	v_dst1_refs = 1;
	   	v_rt = 1;
	   };
	   goto L4;
	:: v_rt = -1; /* line 5: ip_route_output_key: fail */
	   goto L4;
	fi;
L4:
	if
	:: d_step { /* line 7: IS_ERR(rt): true */ /* line 8: PTR_ERR(rt) */ /* line 8: return PTR_ERR(rt) */
	   	(v_rt < 0);
	   	v_quiet = UNSET;
	   	v_PTR_ERR_rt = -1;
	   	v_rt = UNSET;
	   	v_the_result = -1;
	   	v_fits1 = v_dst1_refs > 0;
	   	v_fits2 = !(v_fits1);
	   	v_fits3 = !(v_fits2);
	   	v_fits4 = (v_fits2 || v_fits3);
	   	assert(small__leaked_ref || !(v_fits3 && v_fits1));  /* a reference is held at the exit (line 8) */
	   	assert(small__broken_contract || !(v_fits3 && !(v_fits1)));  /* too many references are given away (line 8) */
	   };
	   goto L1;
	:: else -> /* line 7: IS_ERR(rt): false */
	   goto L6;
	fi;
L6:
	if
	:: d_step { /* line 9: quiet: true */
	   	(v_quiet != 0);
	   	v_quiet = UNSET;
	   };
	   goto L8;
	:: else -> /* line 9: quiet: false */ /* line 10: use(rt) */
	   d_step {
	   	v_quiet = UNSET;
	   	assert(small__bad_pointer || v_rt > 0);  /* rt is not valid (line 10) */
	   	if
	   	:: v_dst1_refs <= 0 ->
	   		assert(small__noref_escape || 0);  /* rt is touched (line 10) */
	   		v_dst1_why = 4;
	   	:: else ->
	   		skip
	   	fi;
	   };
	   goto L8;
	fi;
L8:
	if
	:: d_step { /* line 11: dst_release */ /* line 12: return 0 */
	   	assert(small__bad_pointer || v_rt >= 0);  /* rt is not valid (line 11) */
	   	if
	   	:: v_dst1_refs > 0 ->
	   		v_dst1_refs = v_dst1_refs - 1;
	   		v_dst1_why = 1;
	   	:: else ->
	   		assert(small__release_of_borrowed || 0);  /* rt is given back, but not held (line 11) */
	   	fi;
	   	if
	   	:: v_dst1_refs <= 0 ->
	   		v_rt = UNSET;
	   	:: else ->
	   		skip
	   	fi;
	   	if
	   	:: v_rt != 1 ->
	   		assert(small__leaked_ref || v_dst1_refs <= 0);  /* the last name of a dst is lost (line 11) */
	   		v_dst1_refs = 0;
	   		v_dst1_why = 0;
	   	:: else ->
	   		skip
	   	fi;
	   	v_the_result = 0;
	   	v_fits1 = v_dst1_refs > 0;
	   	v_fits2 = !(v_fits1);
	   	v_fits3 = !(v_fits2);
	   	v_fits4 = (v_fits2 || v_fits3);
	   	assert(small__leaked_ref || !(v_fits3 && v_fits1));  /* a reference is held at the exit (line 12) */
	   	assert(small__broken_contract || !(v_fits3 && !(v_fits1)));  /* too many references are given away (line 12) */
	   };
	   goto L1;
	fi;
L1:
	skip
}
