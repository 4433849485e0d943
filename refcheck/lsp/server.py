# SPDX-License-Identifier: GPL-2.0-only
"""The language server: what an editor asks, and what it is told.  Nothing else imports pygls.

Settings come with the command line, and an editor may give them at the start (`initializationOptions`) or change them
(`workspace/didChangeConfiguration`, below `refcheck`): `specs` and `tree` name folders, `spec` the contracts for C,
`timeout` the seconds that a function may take.
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from refcheck import __version__
from refcheck.base.diagnostics import InputError
from refcheck.base.source import SourceFile, Span
from refcheck.lsp import actions, completion
from refcheck.lsp.hover import hover
from refcheck.lsp.rename import NotRenamedError, refusal, renamed
from refcheck.lsp.session import OpenFile, Session
from refcheck.lsp.shown import SHOW, diagnostics, lenses, span_of, uri_of
from refcheck.lsp.symbols import Occurrence
from refcheck.lsp.units import Texts, everywhere, language_below, references, symbol_at, words_of
from refcheck.render.summary import record_text
from refcheck.render.text import Style
from refcheck.result.standing import by_model
from refcheck.run.one_file import Options
from refcheck.store.place import Store
from refcheck.syntax import ast
from refcheck.syntax.style import styled
from refcheck.unit.load import Unit

_LONGEST = 3600
_KINDS = {
    "function": types.CompletionItemKind.Function, "variable": types.CompletionItemKind.Variable,
    "label": types.CompletionItemKind.Reference, "resource": types.CompletionItemKind.Struct,
    "fact": types.CompletionItemKind.Interface, "entry": types.CompletionItemKind.Event,
    "enum": types.CompletionItemKind.Enum, "constant": types.CompletionItemKind.EnumMember,
    "guard": types.CompletionItemKind.Operator, "slot": types.CompletionItemKind.Field,
    "spec": types.CompletionItemKind.File, "keyword": types.CompletionItemKind.Keyword,
}  # fmt: skip


class _Server(LanguageServer):
    """A server with its session and the options that it was started with."""

    def __init__(self, options: Options, store: Store | None) -> None:
        super().__init__("refcheck", __version__, text_document_sync_kind=types.TextDocumentSyncKind.Incremental)
        self.options = options
        self.session = Session(options, store, self.publish, self.trouble)
        self.reports = tempfile.TemporaryDirectory(prefix="refcheck-")

    def publish(self, f: OpenFile) -> None:
        """Show what is known of a file now."""
        found = diagnostics(f.analysis, f.words)
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(f.uri, found))
        asks = self.client_capabilities.workspace
        if asks is not None and asks.code_lens is not None and asks.code_lens.refresh_support:
            self.workspace_code_lens_refresh(None)

    def trouble(self, text: str) -> None:
        """A fault of refcheck."""
        self.window_log_message(types.LogMessageParams(types.MessageType.Error, text))

    def roots(self) -> list[str]:
        """The folders that the editor works in."""
        return [p for f in self.workspace.folders.values() if (p := to_fs_path(f.uri)) is not None]

    def under(self, uri: str, position: types.Position) -> tuple[OpenFile, Unit, Occurrence, int] | None:
        """The name at a position of an open file."""
        f = self.session.files.get(uri)
        unit = self.session.unit(f) if f is not None and not f.is_c() else None
        if f is None or unit is None or unit.sources[unit.model.path].text != f.text:
            return None
        line, column = f.words.place(position)
        found = symbol_at(unit, line, column)
        return (f, unit, found, line) if found is not None else None

    def location(self, file: str, span: Span) -> types.Location:
        """A place in any file."""
        return types.Location(uri_of(file), words_of(self.session.texts.read(file)).range(span))


def _options(given: Options, settings: Any) -> Options:
    """The options with what an editor says besides; what makes no sense is left out."""
    said = settings.get("refcheck", settings) if isinstance(settings, dict) else {}
    folders = {k: Path(os.path.expanduser(v)) for k in ("specs", "tree") if isinstance(v := said.get(k), str) and v}
    spec, timeout = said.get("spec"), said.get("timeout")
    seconds = float(timeout) if isinstance(timeout, int | float) and 0 < timeout < _LONGEST else given.limits.timeout
    return given._replace(
        specs=folders.get("specs", given.specs),
        tree=folders.get("tree", given.tree),
        contracts=spec if isinstance(spec, str) and spec else given.contracts,
        limits=given.limits._replace(timeout=seconds),
    )


def _plain(settings: Any) -> Any:
    """Settings as dictionaries, whatever the protocol library made of them."""
    if hasattr(settings, "_asdict"):
        return {k: _plain(v) for k, v in settings._asdict().items()}
    return {k: _plain(v) for k, v in vars(settings).items()} if hasattr(settings, "__dict__") else settings


def make_server(options: Options, store: Store | None) -> LanguageServer:
    """A server with an answer to each question."""
    server = _Server(options, store)
    session = server.session

    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        session.configure(_options(server.options, _plain(params.initialization_options)))

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    def configure(params: types.DidChangeConfigurationParams) -> None:
        session.configure(_options(server.options, _plain(params.settings)))

    @server.feature(types.SHUTDOWN)
    def shutdown(_params: None) -> None:
        session.end()
        server.reports.cleanup()

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def did_open(params: types.DidOpenTextDocumentParams) -> None:
        path = to_fs_path(params.text_document.uri)
        if path is not None and path.endswith((".rc", ".spec", ".c")):
            session.open(params.text_document.uri, path, params.text_document.text)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(params: types.DidChangeTextDocumentParams) -> None:
        uri = params.text_document.uri
        if uri in session.files:
            session.change(uri, server.workspace.get_text_document(uri).source)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def did_save(params: types.DidSaveTextDocumentParams) -> None:
        if params.text_document.uri in session.files:
            session.save(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(params: types.DidCloseTextDocumentParams) -> None:
        uri = params.text_document.uri
        if uri in session.files:
            session.close(uri)
            server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))

    _add_names(server)
    _add_writing(server)
    _add_reports(server)
    return server


def _add_names(server: _Server) -> None:
    """Questions about the name under the cursor."""

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def on_hover(params: types.HoverParams) -> types.Hover | None:
        under = server.under(params.text_document.uri, params.position)
        if under is None:
            return None
        f, unit, found, line = under
        text = hover(unit, found, f.analysis.records, line)
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text), f.words.range(found.span)) if text else None

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    def definition(params: types.DefinitionParams) -> list[types.Location]:
        under = server.under(params.text_document.uri, params.position)
        if under is None:
            return []
        f, unit, found, _ = under
        if found.symbol.kind == "spec":
            file = server.session.texts.spec(found.symbol.name, f.path)
            return [server.location(file, Span(file, 1, 1, 1, 1))] if file is not None else []
        return [server.location(d.file, d.occurrence.span) for d in everywhere(unit, found.symbol, declares=True)]

    @server.feature(types.TEXT_DOCUMENT_REFERENCES)
    def find_references(params: types.ReferenceParams) -> list[types.Location]:
        under = server.under(params.text_document.uri, params.position)
        if under is None:
            return []
        f, _, found, _ = under
        listed = references(server.session.texts, f.path, found.symbol, language_below(server.roots()))
        with_it = params.context.include_declaration
        return [server.location(r.file, r.occurrence.span) for r in listed if with_it or not r.occurrence.declares]

    @server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
    def prepare_rename(params: types.PrepareRenameParams) -> types.Range | None:
        under = server.under(params.text_document.uri, params.position)
        return under[0].words.range(under[2].span) if under is not None and not refusal(under[2].symbol) else None

    @server.feature(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True))
    def rename(params: types.RenameParams) -> types.WorkspaceEdit | None:
        under = server.under(params.text_document.uri, params.position)
        if under is None:
            return None
        texts, roots = server.session.texts, server.roots()
        try:
            edits = renamed(texts, under[0].path, under[2].symbol, params.new_name, language_below(roots), roots)
        except NotRenamedError as e:
            server.window_show_message(types.ShowMessageParams(types.MessageType.Warning, f"not renamed: {e}"))
            return None
        changes = {}
        for file, listed in edits.items():
            words = words_of(texts.read(file))
            changes[uri_of(file)] = [types.TextEdit(words.range(span), new) for span, new in listed]
        return types.WorkspaceEdit(changes=changes)


def _add_writing(server: _Server) -> None:
    """What helps to write: completion, style, and changes for what is wrong."""

    @server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=[">", '"', "(", " ", "-"]))
    def complete(params: types.CompletionParams) -> list[types.CompletionItem]:
        f = server.session.files.get(params.text_document.uri)
        if f is None or f.is_c():
            return []
        line, column = f.words.place(params.position)
        server.session.unit(f)
        found = completion.offers(server.session.texts, f.path, f.text, line, column, f.fullest)
        return [types.CompletionItem(o.text, kind=_KINDS[o.kind], detail=o.detail or None) for o in found]

    @server.feature(types.TEXT_DOCUMENT_FORMATTING)
    def formatting(params: types.DocumentFormattingParams) -> list[types.TextEdit]:
        f = server.session.files.get(params.text_document.uri)
        if f is None or f.is_c():
            return []
        try:
            new = styled(SourceFile(f.path, f.text))
        except InputError:
            return []
        return f.words.edits(new)

    kinds = types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix])

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, kinds)
    def code_action(params: types.CodeActionParams) -> list[types.CodeAction]:
        f = server.session.files.get(params.text_document.uri)
        if f is None or f.is_c():
            return []
        lines = range(params.range.start.line + 1, params.range.end.line + 2)
        texts = server.session.texts
        return [
            types.CodeAction(
                change.title,
                types.CodeActionKind.QuickFix,
                [d for d in params.context.diagnostics if d.code == change.code],
                edit=types.WorkspaceEdit(changes={f.uri: f.words.edits(change.text)}),
            )
            for change in _changes(f, texts, lines)
        ]


def _changes(f: OpenFile, texts: Texts, lines: range) -> Iterator[actions.Remedy]:
    yield from actions.repairs(texts, f.path, f.text, f.analysis.records, lines)
    yield from actions.uses(texts, f.path, f.text, f.analysis.problems, lines)


def _add_reports(server: _Server) -> None:
    """Verdicts above functions, and the report of one."""

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS)
    def code_lens(params: types.CodeLensParams) -> list[types.CodeLens]:
        f = server.session.files.get(params.text_document.uri)
        if f is None:
            return []
        unit = server.session.unit(f) if not f.is_c() else None
        items = unit.model.items if unit is not None else ()
        functions = [(i.sig.name, i.sig.span) for i in items if isinstance(i, ast.FunctionDef)]
        if f.is_c():
            places = {r.function: r.place for r in f.analysis.records}
            functions = [(n, span_of(p)) for n, p in places.items()]
        return lenses(f.analysis, functions, f.words, f.uri)

    @server.command(SHOW)
    def show(uri: str, function: str) -> str:
        f = server.session.files.get(uri)
        records = [r for r in f.analysis.records if r.function == function] if f is not None else []
        if f is None or not records:
            return ""
        beside = by_model(f.analysis.records)
        text = "\n\n".join(record_text(r, beside[r.model], Style(), quiet=False) for r in records) + "\n"
        asks = server.client_capabilities.window
        if asks is not None and asks.show_document is not None and asks.show_document.support:
            path = os.path.join(server.reports.name, f"{function}.txt")
            Path(path).write_text(text, encoding="utf-8")
            server.window_show_document(types.ShowDocumentParams(uri_of(path), take_focus=True), lambda _answer: None)
        else:
            server.window_show_message(types.ShowMessageParams(types.MessageType.Info, text))
        return text


def serve(options: Options, store: Store | None) -> None:
    """Answer on standard input and output until the editor ends."""
    make_server(options, store).start_io()
