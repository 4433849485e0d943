; rounds
(set-logic QF_LIA)
; initiation: the initial state is in the invariant
(push 1)
(declare-fun iv0 () Int)
(assert (= iv0 1048576))
(assert (not (= iv0 1048576)))
(check-sat)
(pop 1)
; edge 0: 0 -> 2: entry at do_for.rc:5:1
(push 1)
(declare-fun e0_v0 () Int)
(assert (= e0_v0 1048576))
(assert (not (= e0_v0 1048576)))
(check-sat)
(pop 1)
; edge 1: 2 -> 3: more: yes at do_for.rc:10:10: not asked, it folds to a constant
; edge 2: 2 -> 3: more: no at do_for.rc:10:10: not asked, it folds to a constant
; edge 3: 3 -> 2: more: true at do_for.rc:11:9
(push 1)
(declare-fun e3_v0 () Int)
(assert (or (= e3_v0 1) (= e3_v0 0)))
(define-fun e3_t1 () Bool (or (not (= e3_v0 0)) (= e3_v0 1048576)))
(assert (and e3_t1 (or (= e3_v0 1048576) (and (not (= e3_v0 1048576)) (not (= (ite e3_t1 1048576 e3_v0) 1048576))))))
(check-sat)
(pop 1)
; edge 4: 3 -> 4: more: false at do_for.rc:11:9
(push 1)
(declare-fun e4_v0 () Int)
(assert (or (= e4_v0 1) (= e4_v0 0)))
(define-fun e4_t1 () Int (ite (or (= e4_v0 0) (= e4_v0 1048576)) 1048576 e4_v0))
(assert (and (or (= e4_v0 0) (= e4_v0 1048576)) (or (= e4_v0 1048576) (and (not (= e4_v0 1048576)) (not (= e4_t1 1048576))))))
(check-sat)
(pop 1)
; edge 5: 4 -> 5: more = true at do_for.rc:12:7: not asked, it folds to a constant
; edge 6: 5 -> 6: more: true at do_for.rc:12:20
(push 1)
(declare-fun e6_v0 () Int)
(assert (or (= e6_v0 1) (= e6_v0 0)))
(define-fun e6_t1 () Bool (or (not (= e6_v0 0)) (= e6_v0 1048576)))
(assert (and e6_t1 (or (= e6_v0 1048576) (and (not (= e6_v0 1048576)) (not (= (ite e6_t1 1048576 e6_v0) 1048576))))))
(check-sat)
(pop 1)
; edge 7: 5 -> 7: more: false at do_for.rc:12:20
(push 1)
(declare-fun e7_v0 () Int)
(assert (or (= e7_v0 1) (= e7_v0 0)))
(define-fun e7_t1 () Int (ite (or (= e7_v0 0) (= e7_v0 1048576)) 1048576 e7_v0))
(assert (and (or (= e7_v0 0) (= e7_v0 1048576)) (or (= e7_v0 1048576) (and (not (= e7_v0 1048576)) (not (= e7_t1 1048576))))))
(check-sat)
(pop 1)
; edge 8: 6 -> 5: again: yes at do_for.rc:12:33: not asked, it folds to a constant
; edge 9: 6 -> 5: again: no at do_for.rc:12:33: not asked, it folds to a constant
; edge 10: 7 -> 1: end of function at do_for.rc:14:1: not asked, it folds to a constant
