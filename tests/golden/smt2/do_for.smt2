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
; edge 1: 3 -> 2: more: true at do_for.rc:11:9
(push 1)
(declare-fun e1_v0 () Int)
(assert (or (= e1_v0 1) (= e1_v0 0)))
(define-fun e1_t1 () Bool (or (not (= e1_v0 0)) (= e1_v0 1048576)))
(assert (and e1_t1 (or (= e1_v0 1048576) (and (not (= e1_v0 1048576)) (not (= (ite e1_t1 1048576 e1_v0) 1048576))))))
(check-sat)
(pop 1)
; edge 2: 3 -> 4: more: false at do_for.rc:11:9
(push 1)
(declare-fun e2_v0 () Int)
(assert (or (= e2_v0 1) (= e2_v0 0)))
(define-fun e2_t1 () Int (ite (or (= e2_v0 0) (= e2_v0 1048576)) 1048576 e2_v0))
(assert (and (or (= e2_v0 0) (= e2_v0 1048576)) (or (= e2_v0 1048576) (and (not (= e2_v0 1048576)) (not (= e2_t1 1048576))))))
(check-sat)
(pop 1)
; edge 3: 2 -> 3: more: yes at do_for.rc:10:10: not asked, it folds to a constant
; edge 4: 2 -> 3: more: no at do_for.rc:10:10: not asked, it folds to a constant
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
