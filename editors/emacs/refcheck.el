;;; refcheck.el --- Models and contracts of refcheck  -*- lexical-binding: t -*-
;; SPDX-License-Identifier: GPL-2.0-only
;; Package-Requires: ((emacs "28.1") (eglot "1.9"))

;;; Commentary:
;; A mode for .rc and .spec files, and the language server for eglot: M-x eglot.

;;; Code:
(require 'cc-mode)
(require 'refcheck-words)

(defgroup refcheck nil "Models and contracts of refcheck." :group 'languages)

(defcustom refcheck-command '("refcheck" "lsp")
  "The command that starts the language server."
  :type '(repeat string))

(defvar refcheck-font-lock-keywords
  (list
   (cons (regexp-opt refcheck-words-type 'symbols) 'font-lock-type-face)
   (cons (regexp-opt refcheck-words-control 'symbols) 'font-lock-keyword-face)
   (cons (regexp-opt refcheck-words-constant 'symbols) 'font-lock-constant-face)
   (cons (regexp-opt refcheck-words-attribute 'symbols) 'font-lock-preprocessor-face)
   (cons (regexp-opt refcheck-words-declaration 'symbols) 'font-lock-keyword-face)
   (cons (regexp-opt refcheck-words-effect 'symbols) 'font-lock-builtin-face)
   (cons (regexp-opt refcheck-words-value 'symbols) 'font-lock-constant-face)
   (cons (regexp-opt refcheck-words-call 'symbols) 'font-lock-function-name-face)
   (cons (regexp-opt refcheck-words-clause 'symbols) 'font-lock-builtin-face)
   (cons (regexp-opt refcheck-words-property 'symbols) 'font-lock-constant-face)
   '("@[0-9]+" . font-lock-comment-face))
  "What `refcheck-mode' colours.")

(defvar refcheck-mode-syntax-table
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?_ "_" table)
    (modify-syntax-entry ?/ ". 124b" table)
    (modify-syntax-entry ?* ". 23" table)
    (modify-syntax-entry ?\n "> b" table)
    table)
  "Comments as in C.")

;;;###autoload
(define-derived-mode refcheck-mode prog-mode "refcheck"
  "A mode for the models and contracts of refcheck."
  (setq-local comment-start "// " comment-end "")
  (setq-local indent-tabs-mode t tab-width 8)
  (setq-local font-lock-defaults '(refcheck-font-lock-keywords)))

;;;###autoload
(add-to-list 'auto-mode-alist '("\\.rc\\'" . refcheck-mode))

(defun refcheck-contact (&rest _)
  "The command that starts the language server, for eglot."
  refcheck-command)

(with-eval-after-load 'eglot
  ;; A function, so that a command that is set later is the one that is started.
  (add-to-list 'eglot-server-programs '(refcheck-mode . refcheck-contact)))

(provide 'refcheck)
;;; refcheck.el ends here
