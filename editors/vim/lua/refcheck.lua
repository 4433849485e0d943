-- SPDX-License-Identifier: GPL-2.0-only
-- Starts `refcheck lsp` for Neovim 0.7 and newer: one server for each root, shared by its buffers.
local M = {
  cmd = { 'refcheck', 'lsp' },
  settings = {}, -- tree, spec, specs, timeout
}

local clients = {}

function M.root(path)
  local found = vim.fs and vim.fs.find({ '.git', 'specs' }, { path = vim.fn.fnamemodify(path, ':h'), upward = true })[1]
  if found then
    return vim.fn.fnamemodify(found, ':h')
  end
  local git = vim.fn.finddir('.git', vim.fn.fnamemodify(path, ':p:h') .. ';')
  return git ~= '' and vim.fn.fnamemodify(git, ':p:h:h') or vim.fn.fnamemodify(path, ':p:h')
end

-- Attach a buffer to the server of its root; `on_attach(client, buffer)` is called once it is there.
function M.start(options)
  options = options or {}
  local buffer = vim.api.nvim_get_current_buf()
  local root = M.root(vim.api.nvim_buf_get_name(buffer))
  local config = {
    name = 'refcheck',
    cmd = M.cmd,
    root_dir = root,
    workspace_folders = { { uri = vim.uri_from_fname(root), name = root } },
    init_options = M.settings,
    settings = { refcheck = M.settings },
    on_attach = options.on_attach or M.on_attach,
  }
  if vim.lsp.start then
    return vim.lsp.start(config)
  end
  if not clients[root] or vim.lsp.client_is_stopped(clients[root]) then
    clients[root] = vim.lsp.start_client(config)
  end
  if clients[root] then
    vim.lsp.buf_attach_client(buffer, clients[root])
  end
  return clients[root]
end

return M
