# SPDX-License-Identifier: GPL-2.0-only
"""A real editor: Emacs without a window starts the server by eglot, with the lines of docs/editors.md."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command import ROOT

EMACS = shutil.which("emacs") or ""
EGLOT = ["--batch", "--eval", "(package-initialize)"]  # eglot is a package of its own before Emacs 29
SCRIPT = """
(setq refcheck-command (append (json-parse-string (getenv "SERVER") :array-type 'list) nil))
(find-file "m.rc")
(defun wait-for (what)
  (let ((rounds 0))
    (while (and (< rounds 900) (not (funcall what)))
      (accept-process-output nil 0.1)
      (run-hooks 'post-command-hook)
      (setq rounds (1+ rounds)))))
(wait-for (lambda () (and (eglot-current-server) (flymake-diagnostics))))
(defun ask (method &rest more)
  (jsonrpc-request (eglot-current-server) method (append (eglot--TextDocumentPositionParams) more)))
(defun face-of (text)
  (goto-char (point-min))
  (search-forward text)
  (format "%s" (get-text-property (1- (point)) 'face)))
(font-lock-ensure)
(let ((out (list :mode (symbol-name major-mode) :tabs tab-width)))
  (setq out (plist-put out :faces (vconcat (mapcar #'face-of '("use" "int" "return" "// a")))))
  (setq out (plist-put out :told (vconcat (mapcar #'flymake-diagnostic-text (flymake-diagnostics)))))
  (goto-char (point-min))
  (search-forward "thing_get(")
  (backward-char 3)
  (setq out (plist-put out :hover (plist-get (plist-get (ask :textDocument/hover) :contents) :value)))
  (setq out (plist-put out :defined (file-name-nondirectory (xref-file-location-file (xref-item-location (car
    (xref-backend-definitions 'eglot (xref-backend-identifier-at-point 'eglot))))))))
  (forward-line 3)
  (let* ((range (list :start (list :line 7 :character 2) :end (list :line 7 :character 3)))
         (params (list :textDocument (eglot--TextDocumentIdentifier) :range range :context (list :diagnostics [])))
         (actions (jsonrpc-request (eglot-current-server) :textDocument/codeAction params)))
    (setq out (plist-put out :action (plist-get (aref actions 0) :title)))
    (eglot--apply-workspace-edit (plist-get (aref actions 0) :edit)))
  (eglot--signal-textDocument/didChange) ; which waits for an idle moment otherwise, and there is none without a window
  (wait-for (lambda () (null (flymake-diagnostics))))
  (setq out (plist-put out :after (length (flymake-diagnostics))))
  (goto-char (point-min))
  (search-forward "thing t")
  (eglot-rename "it")
  (eglot-format-buffer)
  (setq out (plist-put out :text (buffer-string)))
  (set-buffer-modified-p nil)
  (with-temp-file "out.json" (insert (json-encode out))))
"""
MODEL = """use "thing.spec";
// a comment
int leaks()
{
\tthing t;
\tt = thing_get();
   if (!thing_good(t))
\t\treturn -EINVAL;
\tthing_put(t);
\treturn 0;
}
"""
SPEC = """resource thing;
thing thing_get() { got: return hold; }
void thing_put(thing t) { ok: release t; }
bool thing_good(thing t) { yes: return true; no: return false; }
"""


def lacking() -> str:
    """Why Emacs cannot be asked; empty where it can."""
    if not EMACS:
        return "no emacs: `make peers` installs it"
    asked = [EMACS, *EGLOT, "--eval", "(require 'eglot)"]
    found = subprocess.run(asked, capture_output=True, timeout=60, check=False)
    return "" if found.returncode == 0 else "emacs has no eglot: `make peers` installs it"


@pytest.fixture(scope="module", autouse=True)
def _emacs() -> None:
    if why := lacking():
        pytest.skip(why)


def test_eglot_shows_and_mends_a_leak(tmp_path: Path):
    # Given a model that leaks, and the lines of the page as they stand there
    page = (ROOT / "docs" / "editors.md").read_text(encoding="utf-8")
    lines = re.search(r"```elisp\n(.*?)```", page, re.DOTALL)
    assert lines is not None
    setup = lines[1].replace("/path/to/refcheck", str(ROOT))
    (tmp_path / "m.rc").write_text(MODEL)
    (tmp_path / "thing.spec").write_text(SPEC)
    (tmp_path / "script.el").write_text(f"(require 'eglot)\n{setup}\n{SCRIPT}")
    server = json.dumps([sys.executable, "-m", "refcheck", "lsp", "--no-store"])
    env = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "SERVER": server, "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}

    # When Emacs opens it
    command = [EMACS, *EGLOT, "-l", "script.el"]
    ran = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=240, check=False)
    assert (tmp_path / "out.json").is_file(), ran.stdout + ran.stderr
    out = json.loads((tmp_path / "out.json").read_text())

    # Then it knows the file, colours it, and is told everything
    assert (out["mode"], out["tabs"]) == ("refcheck-mode", 8)
    assert out["faces"] == [f"font-lock-{kind}-face" for kind in ("builtin", "type", "keyword", "comment")]
    assert len(out["told"]) == 1
    assert "leaks() returns with `t` still held" in out["told"][0]
    assert "thing thing_get() { got: return hold; }" in out["hover"]
    assert out["defined"] == "thing.spec"

    # And the repair takes the finding away; the new name is everywhere, and the text in style
    assert "leaks is PROVED" in out["action"]
    assert out["after"] == 0
    old = "   if (!thing_good(t))\n\t\treturn -EINVAL;"
    new = "\tif (!thing_good(t)) {\n\t\tthing_put(t);\n\t\treturn -EINVAL;\n\t}"
    mended = MODEL.replace(old, new)
    assert out["text"] == mended.replace("thing t;", "thing it;").replace("\tt =", "\tit =").replace("(t)", "(it)")
