# SPDX-License-Identifier: GPL-2.0-only
"""The files for editors know all words of the language and no others, and docs/editors.md names what is there."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import editor_words as editors
import pytest
from command import ROOT, run

from refcheck import __version__
from refcheck.syntax import tables

PAGE = (ROOT / "docs" / "editors.md").read_text(encoding="utf-8")
FOLDER = ROOT / "editors"


def test_the_files_are_what_the_grammar_says():
    done = subprocess.run([sys.executable, str(ROOT / "tools" / "editor_words.py"), "--check"], check=False)
    assert done.returncode == 0, "run tools/editor_words.py"


def test_every_word_of_the_language_has_one_colour():
    listed = [w for words in editors.classes().values() for w in words]
    assert len(listed) == len(set(listed))
    assert {*tables.WORDS, *tables.SPECIAL} <= set(listed)


def test_a_word_that_was_missing_would_be_seen(tmp_path: Path, monkeypatch):
    for name in editors.FILES:
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text((FOLDER / name).read_text().replace("scoped_guard", "guarded"))
    monkeypatch.setattr(editors, "ROOT", tmp_path)
    monkeypatch.setattr(sys, "argv", ["editor_words.py", "--check"])
    assert editors.main() == 1


def test_textmate_colours_a_model_as_the_grammar_has_it():
    patterns = json.loads((FOLDER / "vscode" / "syntaxes" / "refcheck.tmLanguage.json").read_text())["patterns"]

    def colours(line: str) -> list[tuple[str, str]]:
        found, at = [], 0
        while at < len(line):
            hits = [(m.start(), n, m[0], p["name"]) for n, p in enumerate(patterns) if "match" in p
                    if (m := re.compile(p["match"]).search(line, at)) and m[0]]  # fmt: skip
            if not hits:
                break
            start, _, text, name = min(hits)
            found.append((text, name.removesuffix(".refcheck")))
            at = start + len(text)
        return found

    assert colours("	if (!lent) // maybe") == [("if", "keyword.control"), ("// maybe", "comment.line.double-slash")]
    assert colours("	fail: drop skb->dst, return -ENOMEM;") == [
        ("drop", "keyword.operator.word"), ("return", "keyword.control"), ("-ENOMEM", "constant.other.errno"),
    ]  # fmt: skip
    assert ("noref-escape", "support.constant.property") in colours("expect refuted(noref-escape)")
    assert ("dst_release", "entity.name.function") in colours("	dst_release(rt);	@860")


@pytest.mark.skipif(not shutil.which("vscode-tmgrammar-test"), reason="`npm install -g vscode-tmgrammar-test` is not done")
def test_the_engine_of_vs_code_colours_as_the_grammar_means():
    # The same engine that VS Code has reads the grammar, and compares with what stands below each line
    grammar = FOLDER / "vscode" / "syntaxes" / "refcheck.tmLanguage.json"
    command = [str(shutil.which("vscode-tmgrammar-test")), "-g", str(grammar), str(ROOT / "tests" / "data" / "colours.rc")]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.skipif(not shutil.which("node"), reason="no node, to read extension.js")
def test_the_extension_starts_the_command_that_is_set(tmp_path: Path):
    # Given what VS Code and its client would be, then the extension hands them the command, the files and the settings
    for name, text in (("vscode", VSCODE), ("vscode-languageclient", "")):
        (tmp_path / "node_modules" / name).mkdir(parents=True)
        (tmp_path / "node_modules" / name / "index.js").write_text(text)
    (tmp_path / "node_modules" / "vscode-languageclient" / "node.js").write_text(CLIENT)
    shutil.copy(FOLDER / "vscode" / "extension.js", tmp_path)
    ran = subprocess.run(["node", "-e", "require('./extension').activate()"], cwd=tmp_path, capture_output=True, text=True,
                         check=False)  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    server, client = json.loads(ran.stdout)
    assert server == {"command": "refcheck", "args": ["lsp"]}
    assert [s["language"] for s in client["documentSelector"]] == ["refcheck", "c"]
    assert client["initializationOptions"] == {"tree": "/k", "spec": "", "specs": "", "timeout": 5}


VSCODE = """const set = { command: ['refcheck', 'lsp'], c: true, tree: '/k', spec: '', specs: '', timeout: 5 };
module.exports = { workspace: { getConfiguration: () => ({ get: (name) => set[name] }) } };
"""
CLIENT = """class LanguageClient {
  constructor(id, name, server, client) { console.log(JSON.stringify([server, client])); }
  start() {}
}
module.exports = { LanguageClient };
"""


def test_the_page_names_every_setting_and_option():
    package = json.loads((FOLDER / "vscode" / "package.json").read_text())
    for setting in package["contributes"]["configuration"]["properties"]:
        assert setting in PAGE, setting
    options = re.findall(r"^  (--[\w-]+)", run("lsp", "--help").out, re.MULTILINE)
    assert {"--tree", "--spec", "--specs", "--timeout"} <= set(options)
    assert [o for o in options if f"`{o}" not in PAGE and "store" not in o and o != "--help"] == []
    assert package["version"] == __version__
    assert f"refcheck-{__version__}.vsix" in PAGE


def test_what_the_grammars_name_is_there():
    package = json.loads((FOLDER / "vscode" / "package.json").read_text())
    contributes = package["contributes"]
    paths = [package["main"], *(g["path"] for g in contributes["grammars"])]
    paths += [language["configuration"] for language in contributes["languages"]]
    assert [p for p in paths if not (FOLDER / "vscode" / p).is_file()] == []
