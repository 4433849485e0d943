;;; refcheck-words.el --- Made from refcheck.lark by tools/editor_words.py; not to be edited.  -*- lexical-binding: t -*-
;; SPDX-License-Identifier: GPL-2.0-only

(defconst refcheck-words-type '("bool" "enum" "int" "void"))
(defconst refcheck-words-control '("break" "case" "continue" "default" "do" "else" "for" "goto" "guard" "if" "return" "scoped_guard" "switch" "unless" "while"))
(defconst refcheck-words-constant '("NULL" "false" "true"))
(defconst refcheck-words-attribute '("__any" "__counted" "__entry" "__from" "__may_sleep" "__maybe_err" "__must_hold" "__nullable" "__rcu" "__requires" "expect" "in" "kept" "refuted" "sanity" "vacuous"))
(defconst refcheck-words-effect '("consume" "drop" "enter" "free" "hold" "leave" "queue" "release" "revoke" "sleep" "try_hold" "use"))
(defconst refcheck-words-declaration '("context" "contract" "entry" "extend" "fact" "inline" "override" "read" "resource" "role" "sleeps" "source" "static"))
(defconst refcheck-words-value '("ERR_PTR" "IS_ERR" "IS_ERR_OR_NULL" "any" "borrow" "config" "copy" "except" "immortal" "is" "move" "noref" "take"))
(defconst refcheck-words-call '("ERR_CAST" "PTR_ERR" "PTR_ERR_OR_ZERO" "likely" "nondet" "unlikely" "unreachable"))
(defconst refcheck-words-clause '("after" "at" "c" "embeds" "freed" "holds" "once" "published" "requires" "shared" "slot"))
(defconst refcheck-words-property '("leaked-ref" "noref-escape" "release-of-borrowed" "double-release" "use-after-release" "use-after-consume" "hold-of-borrowed" "bad-pointer" "missing-context" "unbalanced-context" "broken-contract" "sanity"))

(provide 'refcheck-words)
