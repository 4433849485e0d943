# SPDX-License-Identifier: GPL-2.0-only
"""A real editor: Neovim without a window opens a model, is told what is wrong, and applies the repair."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command import ROOT

pytestmark = pytest.mark.skipif(shutil.which("nvim") is None, reason="no nvim: `make peers` installs Neovim")

MODEL = """use "thing.spec";

int leaks()
{
	thing t;

	t = thing_get();
	if (!thing_good(t))
		return -EINVAL;
	thing_put(t);
	return 0;
}
"""
SPEC = """resource thing;
thing thing_get() { got: return hold; }
void thing_put(thing t) { ok: release t; }
bool thing_good(thing t) { yes: return true; no: return false; }
"""
SCRIPT = """
local function main()
vim.opt.runtimepath:prepend(os.getenv('EDITOR_FILES'))
vim.cmd('filetype plugin on | syntax on')
require('refcheck').cmd = vim.fn.json_decode(os.getenv('SERVER'))
vim.cmd('edit m.rc')

local out = { filetype = vim.bo.filetype, tabs = vim.bo.tabstop }
local function group(line, column)
  return vim.fn.synIDattr(vim.fn.synID(line, column, 1), 'name')
end
out.colours = { group(1, 1), group(3, 1), group(8, 3), group(9, 10) }

local function shown()
  return vim.tbl_map(function(d) return { d.lnum + 1, d.code or d.user_data.lsp.code, d.message } end, vim.diagnostic.get(0))
end
local function ask(method, line, column, more)
  local params = { textDocument = { uri = vim.uri_from_bufnr(0) }, position = { line = line - 1, character = column - 1 } }
  local answers = vim.lsp.buf_request_sync(0, method, vim.tbl_extend('error', params, more or {}), 20000) or {}
  for _, answer in pairs(answers) do
    return answer.result
  end
end

vim.wait(60000, function() return #vim.diagnostic.get(0) > 0 end, 20)
out.first = shown()
out.hover = ask('textDocument/hover', 7, 7).contents.value
out.state = ask('textDocument/hover', 8, 18).contents.value
out.definition = ask('textDocument/definition', 7, 7)[1]
out.references = #ask('textDocument/references', 10, 3, { context = { includeDeclaration = true } })
out.lenses = vim.tbl_map(function(l) return l.command.title end, ask('textDocument/codeLens', 1, 1))
out.completion = vim.tbl_map(function(i) return i.label end, ask('textDocument/completion', 10, 8))

local range = { start = { line = 8, character = 0 }, ['end'] = { line = 8, character = 1 } }
local actions = ask('textDocument/codeAction', 9, 1, { range = range, context = { diagnostics = {} } })
out.action = actions[1].title
vim.lsp.util.apply_workspace_edit(actions[1].edit, 'utf-16')
vim.wait(60000, function() return #vim.diagnostic.get(0) == 0 end, 20)
out.after = shown()

vim.lsp.util.apply_workspace_edit(ask('textDocument/rename', 5, 8, { newName = 'it' }), 'utf-16')
out.text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\\n')
vim.fn.writefile({ vim.fn.json_encode(out) }, 'out.json')
end

local ok, trouble = xpcall(main, debug.traceback)
if not ok then
  io.stderr:write(trouble)
end
vim.cmd('qall!')
"""


def test_neovim_shows_and_mends_a_leak(tmp_path: Path):
    # Given a model that leaks, in a folder of its own
    (tmp_path / "m.rc").write_text(MODEL)
    (tmp_path / "thing.spec").write_text(SPEC)
    (tmp_path / "script.lua").write_text(SCRIPT)
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)}
    server = json.dumps([sys.executable, "-m", "refcheck", "lsp", "--no-store"])
    env = {"PATH": "/usr/bin:/bin", "EDITOR_FILES": str(ROOT / "editors" / "vim"), "SERVER": server, "PYTHONPATH": str(ROOT)}

    # When Neovim opens it with the files of editors/vim
    command = [str(shutil.which("nvim")), "--headless", "-u", "NONE", "-i", "NONE", "-n", "-c", "luafile script.lua"]
    ran = subprocess.run(command, cwd=tmp_path, env=home | env, capture_output=True, text=True, timeout=180, check=False)
    assert (tmp_path / "out.json").is_file(), ran.stdout + ran.stderr
    out = json.loads((tmp_path / "out.json").read_text())

    # Then it knows the file, colours it, and is told everything
    assert (out["filetype"], out["tabs"]) == ("refcheck", 8)
    assert out["colours"] == ["refcheckEffect", "refcheckType", "refcheckControl", "refcheckErrno"]
    assert [(line, code) for line, code, _ in out["first"]] == [(9, "RC101")]
    assert "leaks() returns with `t` still held" in out["first"][0][2]
    assert "thing thing_get() { got: return hold; }" in out["hover"]
    assert "`t` is held" in out["state"]
    assert out["definition"]["uri"].endswith("thing.spec")
    assert out["definition"]["range"]["start"]["line"] == 1
    assert out["references"] == 2
    assert out["lenses"] == ["REFUTED leaked-ref", "show trace"]
    assert {"thing_put", "thing_good", "leaks", "t"} <= set(out["completion"])

    # And the repair that it applies takes the finding away; the new name is everywhere
    assert "leaks is PROVED" in out["action"]
    assert out["after"] == []
    mended = MODEL.replace("t))\n\t\treturn -EINVAL;", "t)) {\n\t\tthing_put(t);\n\t\treturn -EINVAL;\n\t}")
    assert out["text"] + "\n" == mended.replace("thing t;", "thing it;").replace("\tt =", "\tit =").replace("(t)", "(it)")
