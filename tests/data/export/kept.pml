/*
 * Written by refcheck : put
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
hidden byte put__bad_pointer;
hidden byte put__broken_contract;
hidden byte put__leaked_ref;
hidden byte put__release_of_borrowed;

/* put */
active proctype put()
{
	short v_noref = UNSET;	/* noref (param) */
	byte v_dst1_lent = 0;
	short v_d = UNSET;	/* d (param) */
	byte v_dst1_refs = 0;
	byte v_dst1_why = 0;
	bit v_fits1 = 0;
	bit v_fits2 = 0;
	bit v_fits3 = 0;
	bit v_fits4 = 0;
	bit v_fits5 = 0;
	short w_noref = UNSET;	/* noref (param) */
	short w_d = UNSET;	/* d (param) */
	byte w_dst1_lent = 0;
	byte w_dst1_refs = 0;
	byte w_dst1_why = 0;
L0:
	if
	:: if :: v_noref = 0 :: v_noref = 1 fi; /* line 7: entry */ /* line 7: any arguments */ /* line 7: d on entry */ /* line 7: what is handed over */
	   d_step {
	   	v_dst1_lent = 3;
	   	v_d = 1;
	   	if
	   	:: v_noref == 0 ->
	   		v_dst1_refs = 1;
	   		v_dst1_lent = 2;
	   	:: else ->
	   		skip
	   	fi;
	   };
	   goto L5;
	fi;
L5:
	if
	:: (v_noref != 0) -> /* line 9: noref: true */
	   goto L6;
	:: else -> /* line 9: noref: false */ /* line 10: dst_release */
	   d_step {
	   	assert(put__bad_pointer || v_d >= 0);  /* d is not valid (line 10) */
	   	if
	   	:: v_dst1_refs > 0 ->
	   		v_dst1_refs = v_dst1_refs - 1;
	   		v_dst1_why = 1;
	   	:: else ->
	   		assert(put__release_of_borrowed || 0);  /* d is given back, but not held (line 10) */
	   	fi;
	   };
	   goto L6;
	fi;
L6:
	if
	:: d_step { /* line 11: end of function */
	   	w_noref = v_noref;
	   	w_d = 5999;
	   	w_dst1_lent = 3;
	   	w_d = 1;
	   	if
	   	:: w_noref == 0 ->
	   		w_dst1_refs = 1;
	   		w_dst1_lent = 2;
	   	:: else ->
	   		skip
	   	fi;
	   	if
	   	:: w_noref == 0 ->
	   		if
	   		:: w_dst1_refs > 0 ->
	   			w_dst1_refs = w_dst1_refs - 1;
	   			w_dst1_why = 1;
	   		:: else ->
	   			skip
	   		fi;
	   	:: else ->
	   		skip
	   	fi;
	   	v_fits1 = v_dst1_refs > w_dst1_refs;
	   	v_fits2 = v_dst1_refs < w_dst1_refs;
	   	v_fits3 = (!(v_fits1) && !(v_fits2));
	   	v_fits4 = !(v_fits3);
	   	v_fits5 = (v_fits3 || v_fits4);
	   	assert(put__leaked_ref || !(v_fits4 && v_fits1));  /* a reference is held at the exit (line 11) */
	   	assert(put__broken_contract || !(v_fits4 && (!(v_fits1) || v_fits2)));  /* too many references are given away (line 11) */
	   };
	   goto L1;
	fi;
L1:
	skip
}
