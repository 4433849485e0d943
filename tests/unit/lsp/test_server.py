# SPDX-License-Identifier: GPL-2.0-only
"""The language server as an editor sees it: started as a process, spoken to by the protocol."""

import asyncio
import sys
import time
from pathlib import Path

import pytest
import pytest_lsp
from command import ROOT
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

pytestmark = pytest.mark.asyncio

SPEC = """// Things that are counted.
resource thing;
context rcu;
fact gp = rcu;

// Takes a reference.
thing thing_get() { got: return hold; none: return NULL; }
void thing_put(thing t __nullable) __from("lib/thing.c:thing_put") { ok: release t; }
bool thing_good(thing t) { yes: return true; no: return false; }
"""
MODEL = """// One function that leaks, one that does not.
use "thing.spec";

int leaks()
{
	thing t;

	t = thing_get();
	if (!t)
		return -ENOENT;
	if (!thing_good(t))
		return -EINVAL;
	thing_put(t);
	return 0;
}

void fine()
{
	thing_put(thing_get());
}
"""
SERVER = [sys.executable, "-m", "refcheck", "lsp", "--no-store"]


@pytest_lsp.fixture(config=ClientServerConfig(server_command=SERVER))
async def client(lsp_client: LanguageClient, tmp_path: Path):
    (tmp_path / "thing.spec").write_text(SPEC)
    (tmp_path / "m.rc").write_text(MODEL)
    lsp_client.feature(types.WORKSPACE_CODE_LENS_REFRESH)(lambda _params: None)
    folder = types.WorkspaceFolder(tmp_path.as_uri(), "w")
    capabilities = client_capabilities("visual-studio-code")
    await lsp_client.initialize_session(types.InitializeParams(capabilities, workspace_folders=[folder]))
    yield
    await lsp_client.shutdown_session()


def open_file(client: LanguageClient, path: Path, language: str = "refcheck") -> str:
    item = types.TextDocumentItem(path.as_uri(), language, 1, path.read_text(encoding="utf-8"))
    client.text_document_did_open(types.DidOpenTextDocumentParams(item))
    return path.as_uri()


def change(client: LanguageClient, uri: str, text: str, version: int = 2) -> None:
    document = types.VersionedTextDocumentIdentifier(version, uri)
    whole = types.TextDocumentContentChangeWholeDocument(text)
    client.text_document_did_change(types.DidChangeTextDocumentParams(document, [whole]))


async def until(client: LanguageClient, uri: str, told) -> list[types.Diagnostic]:
    """The diagnostics of a file once they are as told."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        found = client.diagnostics.get(uri)
        if found is not None and told(found):
            return list(found)
        await asyncio.sleep(0.01)
    raise AssertionError(f"not so in time: {client.diagnostics.get(uri)}")


def codes(found: list[types.Diagnostic]) -> list[str]:
    return [str(d.code) for d in found]


def at(text: str, what: str, skip: int = 0) -> types.Position:
    """The position of a word's second letter."""
    index = -1
    for _ in range(skip + 1):
        index = text.index(what, index + 1)
    return types.Position(text.count("\n", 0, index), index - text.rfind("\n", 0, index))


def edited(text: str, edits: list[types.TextEdit]) -> str:
    """A text with the edits of a file applied."""
    lines = text.split("\n")
    starts = [sum(len(row) + 1 for row in lines[:n]) for n in range(len(lines) + 1)]
    for e in sorted(edits, key=lambda e: (-e.range.start.line, -e.range.start.character)):
        a, b = (starts[p.line] + p.character for p in (e.range.start, e.range.end))
        text = text[:a] + e.new_text + text[b:]
    return text


async def test_a_leak_is_shown_where_it_is_and_goes_when_it_is_mended(client: LanguageClient, tmp_path: Path):
    uri = open_file(client, tmp_path / "m.rc")
    (found,) = await until(client, uri, lambda d: codes(d) == ["RC101"])
    assert (found.range.start.line, found.severity) == (11, types.DiagnosticSeverity.Error)
    assert "leaks() returns with `t` still held" in found.message
    assert found.related_information
    change(client, uri, MODEL.replace("\t\treturn -EINVAL", "\t\tthing_put(t);\n\t\treturn -EINVAL", 1))
    # braces are missing: what is behind them is reached always, and the release is a second one
    await until(client, uri, lambda d: bool(d) and codes(d) != ["RC101"])
    change(client, uri, MODEL.replace("t))\n\t\treturn -EINVAL;", "t)) {\n\t\tthing_put(t);\n\t\treturn -EINVAL;\n\t}"), 3)
    await until(client, uri, lambda d: not d)


async def test_syntax_and_names_are_said_while_typing(client: LanguageClient, tmp_path: Path):
    uri = open_file(client, tmp_path / "m.rc")
    await until(client, uri, lambda d: codes(d) == ["RC101"])
    change(client, uri, MODEL.replace("if (!t)", "if (!t", 1))
    (wrong,) = await until(client, uri, lambda d: codes(d) == ["RC001"])
    assert wrong.range.start.line in (8, 9)
    change(client, uri, MODEL.replace("thing_put(thing_get())", "thing_putt(thing_get())"), 3)
    both = await until(client, uri, lambda d: "RC002" in codes(d) and "RC101" in codes(d))
    assert next(d for d in both if d.code == "RC002").range.start.line == 18


async def test_a_spec_that_is_typed_counts_for_the_models_that_use_it(client: LanguageClient, tmp_path: Path):
    uri = open_file(client, tmp_path / "m.rc")
    spec = open_file(client, tmp_path / "thing.spec")
    await until(client, uri, lambda d: codes(d) == ["RC101"])
    change(client, spec, SPEC.replace("no: return false;", "no: release t, return false;"))
    await until(client, uri, lambda d: not d)
    assert (tmp_path / "thing.spec").read_text() == SPEC
    change(client, spec, SPEC.replace("fact gp = rcu", "fact gp = rcuu"), 3)
    (wrong,) = await until(client, spec, bool)
    assert (wrong.code, wrong.range.start.line) == ("RC002", 3)
    (there,) = await until(client, uri, lambda d: codes(d) == ["RC002"])
    assert there.range.start.line == 1
    assert "thing.spec:4" in there.message


async def hover(client: LanguageClient, uri: str, where: types.Position) -> str:
    found = await client.text_document_hover_async(types.HoverParams(types.TextDocumentIdentifier(uri), where))
    assert found is None or isinstance(found.contents, types.MarkupContent)
    return found.contents.value if found is not None else ""


async def test_hover_shows_contracts_and_states(client: LanguageClient, tmp_path: Path):
    uri = open_file(client, tmp_path / "m.rc")
    await until(client, uri, lambda d: codes(d) == ["RC101"])
    contract = await hover(client, uri, at(MODEL, "thing_get"))
    assert "thing thing_get() { got: return hold; none: return NULL; }" in contract
    assert "Takes a reference." in contract
    assert "thing.spec:7" in contract
    assert "lib/thing.c:thing_put" in await hover(client, uri, at(MODEL, "thing_put"))
    assert "**REFUTED**, `leaked-ref`" in await hover(client, uri, at(MODEL, "leaks()"))
    state = await hover(client, uri, types.Position(10, at(MODEL, "(t))").character))
    assert "`t` is held behind this line, on the way of `leaked-ref`" in state
    assert "`t` is held before this line" not in state
    assert await hover(client, uri, types.Position(2, 0)) == ""


async def test_definitions_and_references_cross_files(client: LanguageClient, tmp_path: Path):
    uri, document = open_file(client, tmp_path / "m.rc"), types.TextDocumentIdentifier((tmp_path / "m.rc").as_uri())
    (tmp_path / "n.rc").write_text('use "thing.spec";\nvoid other(thing t)\n{\n\tthing_put(t);\n}\n')
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "o.rc").write_text("resource t;\nvoid thing_put(t a) contract { ok: release a; };\n")
    (there,) = await client.text_document_definition_async(types.DefinitionParams(document, at(MODEL, "thing_put")))
    assert (there.uri, there.range.start.line) == ((tmp_path / "thing.spec").as_uri(), 7)
    (file,) = await client.text_document_definition_async(types.DefinitionParams(document, at(MODEL, "thing.spec")))
    assert file.uri == (tmp_path / "thing.spec").as_uri()
    asked = types.ReferenceParams(types.ReferenceContext(include_declaration=True), document, at(MODEL, "thing_put"))
    found = [(Path(r.uri).name, r.range.start.line) for r in await client.text_document_references_async(asked)]
    assert found == [("m.rc", 12), ("m.rc", 18), ("n.rc", 3), ("thing.spec", 7)]
    assert uri == document.uri


async def test_rename_changes_every_file_and_refuses_what_cannot_be(client: LanguageClient, tmp_path: Path):
    uri = open_file(client, tmp_path / "m.rc")
    document = types.TextDocumentIdentifier(uri)
    asked = types.RenameParams(document, at(MODEL, "thing_put"), "thing_drop")
    edit = await client.text_document_rename_async(asked)
    assert edit is not None
    assert set(edit.changes) == {uri, (tmp_path / "thing.spec").as_uri()}
    assert edited(MODEL, edit.changes[uri]) == MODEL.replace("thing_put", "thing_drop")
    local = await client.text_document_rename_async(types.RenameParams(document, at(MODEL, "t;"), "it"))
    assert edited(MODEL, local.changes[uri]).count("it") == MODEL.count("it") + 5
    assert await client.text_document_rename_async(types.RenameParams(document, at(MODEL, "t;"), "if")) is None
    assert "word of the language" in client.messages[-1].message
    taken = types.RenameParams(document, at(MODEL, "thing_put"), "thing_get")
    assert await client.text_document_rename_async(taken) is None


async def offered(client: LanguageClient, uri: str, line: int, character: int) -> set[str]:
    document = types.TextDocumentIdentifier(uri)
    found = await client.text_document_completion_async(types.CompletionParams(document, types.Position(line, character)))
    return {i.label for i in (found if isinstance(found, list) else found.items)}


async def test_completion_knows_functions_labels_effects_and_specs(client: LanguageClient, tmp_path: Path):
    uri = open_file(client, tmp_path / "m.rc")
    rows = MODEL.split("\n")
    typed = [*rows[:13], "\tthing_", "\tgoto ", "out:", *rows[13:]]
    change(client, uri, "\n".join(typed))
    assert {"thing_put", "thing_get", "IS_ERR", "t", "leaks"} <= await offered(client, uri, 13, 7)
    assert await offered(client, uri, 14, 6) == {"out"}
    change(client, uri, 'use "', 3)
    assert {"thing.spec", "dst.spec"} <= await offered(client, uri, 0, 5)
    spec = open_file(client, tmp_path / "thing.spec")
    change(client, spec, SPEC + "void f(thing t) { ok: \n")
    assert {"use", "release", "enter", "return", "t"} <= await offered(client, spec, SPEC.count("\n"), 22)
    change(client, spec, SPEC + "void f(thing t) { ok: enter ", 3)
    assert await offered(client, spec, SPEC.count("\n"), 28) == {"rcu"}


async def test_a_repair_is_offered_that_was_verified(client: LanguageClient, tmp_path: Path):
    uri = open_file(client, tmp_path / "m.rc")
    found = await until(client, uri, lambda d: codes(d) == ["RC101"])
    context, document = types.CodeActionContext(found), types.TextDocumentIdentifier(uri)
    (action,) = await client.text_document_code_action_async(types.CodeActionParams(document, found[0].range, context))
    assert "leaks is PROVED" in action.title
    mended = edited(MODEL, action.edit.changes[uri])
    assert "thing_put(t);\n\t\treturn -EINVAL;" in mended
    change(client, uri, mended)
    await until(client, uri, lambda d: not d)


async def test_the_spec_of_a_missing_name_is_offered(client: LanguageClient, tmp_path: Path):
    text = MODEL.replace('use "thing.spec";\n', "")
    (tmp_path / "m.rc").write_text(text)
    uri = open_file(client, tmp_path / "m.rc")
    found = await until(client, uri, lambda d: "RC002" in codes(d))
    context, document = types.CodeActionContext(found), types.TextDocumentIdentifier(uri)
    actions = await client.text_document_code_action_async(types.CodeActionParams(document, found[0].range, context))
    action = next(a for a in actions if "thing.spec" in a.title)
    change(client, uri, edited(text, action.edit.changes[uri]))
    await until(client, uri, lambda d: codes(d) == ["RC101"])


async def test_lenses_have_verdicts_and_lead_to_the_trace(client: LanguageClient, tmp_path: Path):
    uri = open_file(client, tmp_path / "m.rc")
    await until(client, uri, lambda d: codes(d) == ["RC101"])
    lenses = await client.text_document_code_lens_async(types.CodeLensParams(types.TextDocumentIdentifier(uri)))
    titles = [(x.range.start.line, x.command.title) for x in lenses]
    assert titles == [(3, "REFUTED leaked-ref"), (3, "show trace"), (16, "PROVED")]
    command = lenses[1].command
    text = await client.workspace_execute_command_async(types.ExecuteCommandParams(command.command, command.arguments))
    assert "step  line  event" in text
    (shown,) = client.shown_documents
    assert shown.uri.endswith("leaks.txt")


async def test_a_file_is_put_in_style(client: LanguageClient, tmp_path: Path):
    (tmp_path / "m.rc").write_text(MODEL.replace("\tthing t;", "thing   t ;").rstrip("\n"))
    text = (tmp_path / "m.rc").read_text()
    uri = open_file(client, tmp_path / "m.rc")
    options = types.FormattingOptions(tab_size=8, insert_spaces=False)
    asked = types.DocumentFormattingParams(types.TextDocumentIdentifier(uri), options)
    assert edited(text, await client.text_document_formatting_async(asked)) == MODEL


async def test_columns_are_counted_as_the_protocol_does(client: LanguageClient, tmp_path: Path):
    text = 'use "thing.spec";\nvoid f() { /* \U0001f980 */ thing_put(thing_get(), 1); }\n'
    (tmp_path / "m.rc").write_text(text, encoding="utf-8")
    uri = open_file(client, tmp_path / "m.rc")
    (found,) = await until(client, uri, bool)
    assert found.range.start.character == text.split("\n")[1].index("thing_put") + 1
    assert "thing_put" in await hover(client, uri, types.Position(1, found.range.start.character + 1))


async def test_what_is_closed_has_no_diagnostics(client: LanguageClient, tmp_path: Path):
    uri = open_file(client, tmp_path / "m.rc")
    await until(client, uri, lambda d: codes(d) == ["RC101"])
    client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))
    await until(client, uri, lambda d: not d)


async def test_findings_of_a_c_file_are_shown(client: LanguageClient):
    tree = ROOT / "corpus" / "c"
    settings = {"refcheck": {"tree": str(tree)}}
    client.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings))
    uri = open_file(client, tree / "01-early-return" / "before.c", "c")
    (found,) = await until(client, uri, bool)
    assert (found.code, found.range.start.line, found.severity) == ("RC101", 22, types.DiagnosticSeverity.Error)
    lenses = await client.text_document_code_lens_async(types.CodeLensParams(types.TextDocumentIdentifier(uri)))
    assert [x.command.title for x in lenses] == ["REFUTED from C leaked-ref", "show trace"]
