// SPDX-License-Identifier: GPL-2.0-only
// Starts `refcheck lsp` and hands it the settings; everything else is the server's.
const { workspace } = require('vscode');
const { LanguageClient } = require('vscode-languageclient/node');

let client;

function activate() {
  const settings = workspace.getConfiguration('refcheck');
  const [command, ...args] = settings.get('command');
  const languages = settings.get('c') ? ['refcheck', 'c'] : ['refcheck'];
  client = new LanguageClient(
    'refcheck',
    'refcheck',
    { command, args },
    {
      documentSelector: languages.map((language) => ({ scheme: 'file', language })),
      initializationOptions: {
        tree: settings.get('tree'),
        spec: settings.get('spec'),
        specs: settings.get('specs'),
        timeout: settings.get('timeout'),
      },
      synchronize: { configurationSection: 'refcheck' },
    }
  );
  return client.start();
}

function deactivate() {
  return client && client.stop();
}

module.exports = { activate, deactivate };
