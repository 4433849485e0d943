# SPDX-License-Identifier: GPL-2.0-only
"""Write the words of the language for editors, from the grammar: Vim, TextMate (VS Code, code hosts) and Emacs.

A word is coloured by the rules of refcheck.lark in which it stands.  usage: tools/editor_words.py [--check]
"""

import json
import sys
from collections import defaultdict
from pathlib import Path

from refcheck.base.errnos import ERRNO
from refcheck.graph.obligations import NAMES
from refcheck.syntax import grammar, tables
from refcheck.unit.declare import BUILTINS

ROOT = Path(__file__).resolve().parent.parent / "editors"
MADE = "Made from refcheck.lark by tools/editor_words.py; not to be edited."
# Classes of words, the first that fits: rules of the grammar, and what the class is for Vim and TextMate.
_DECLARE = ("use", "source", "resource", "extend", "context", "fact", "entry", "enum", "guard_def", "role", "contract")
_DECLARE += ("function", "__function_star_9")
CLASSES = {
    "type": (("base_type",), "Type", "storage.type"),
    "control": (("stmt", "case", "effect", "must", "outcome"), "Statement", "keyword.control"),
    "constant": (("cond_const",), "Constant", "constant.language"),
    "attribute": (("attr", "param_attr"), "PreProc", "storage.modifier"),
    "effect": (("action",), "Operator", "keyword.operator.word"),
    "declaration": (_DECLARE, "Keyword", "keyword.other"),
    "value": (("value", "cond_not"), "Special", "support.constant"),
    "call": (("primary", "simple"), "Function", "support.function"),
    "clause": (("entry_item", "resource_item"), "Identifier", "keyword.other.clause"),
}  # fmt: skip


def words_by_rule() -> dict[str, set[str]]:
    """The words that stand in each rule of the grammar."""
    named: dict[str, set[str]] = defaultdict(set)
    for word, terminal in tables.WORDS.items():
        named[terminal].add(word)
    for word, kinds in tables.SPECIAL.items():
        for terminal, _ in kinds:
            named[terminal].add(word)
    found: dict[str, set[str]] = defaultdict(set)
    for rule in grammar.parser().rules:
        for symbol in rule.expansion:
            found[str(rule.origin.name)] |= named[symbol.name] if symbol.is_term else set()
    return found


def classes() -> dict[str, list[str]]:
    """The words of each class; every word of the language is in one, and names that the language knows besides."""
    rules, seen = words_by_rule(), set[str]()
    found: dict[str, list[str]] = {}
    for name, (origins, _, _) in CLASSES.items():
        mine = set().union(*(rules[origin] for origin in origins)) - seen
        mine |= BUILTINS - seen if name == "call" else set()
        seen |= mine
        found[name] = sorted(mine)
    left = {*tables.WORDS, *tables.SPECIAL} - seen
    assert not left, f"words of no class: {sorted(left)}"
    return found


def vim() -> str:
    """The syntax file of Vim."""
    rows = [f'" {MADE}', '" SPDX-License-Identifier: GPL-2.0-only', 'if exists("b:current_syntax")', "  finish", "endif", ""]
    rows += [r"setlocal iskeyword=@,48-57,_", ""]
    for name, words in classes().items():
        rows.append(f"syn keyword refcheck{name.capitalize()} {' '.join(words)}")
    rows += [
        rf"syn match refcheckProperty /\<\%({'|'.join(NAMES)}\)\>/".replace("|", r"\|"),
        rf"syn match refcheckErrno /-\%({'|'.join(sorted(ERRNO))}\)\>/".replace("|", r"\|"),
        r"syn match refcheckMark /@\d\+/", r"syn match refcheckNumber /\<\d\+\>/", r"syn match refcheckLabel /^\h\w*:/",
        r'syn region refcheckString start=/"/ skip=/\\./ end=/"/ oneline',
        "syn keyword refcheckTodo contained TODO FIXME", "syn match refcheckComment +//.*+ contains=refcheckTodo,@Spell",
        "syn region refcheckComment start=+/[*]+ end=+[*]/+ contains=refcheckTodo,@Spell", "",
    ]  # fmt: skip
    links = {n.capitalize(): group for n, (_, group, _) in CLASSES.items()}
    links |= {"Property": "Special", "Errno": "Constant", "Mark": "Tag", "Number": "Number", "Label": "Label"}
    links |= {"String": "String", "Todo": "Todo", "Comment": "Comment"}
    rows += [f"hi def link refcheck{name} {group}" for name, group in links.items()]
    return "\n".join([*rows, "", 'let b:current_syntax = "refcheck"', ""])


def textmate() -> str:
    """The grammar of VS Code, and of whatever else colours by TextMate's grammars."""
    patterns: list[dict[str, object]] = [
        {"name": "comment.line.double-slash.refcheck", "match": "//.*$"},
        {"name": "comment.block.refcheck", "begin": r"/\*", "end": r"\*/"},
        {"name": "string.quoted.double.refcheck", "match": r'"(?:[^"\\]|\\.)*"'},
        {"name": "entity.name.tag.line.refcheck", "match": r"@\d{1,9}"},
        {"name": "constant.other.errno.refcheck", "match": rf"-(?:{'|'.join(sorted(ERRNO))})\b"},
        {"name": "support.constant.property.refcheck", "match": rf"\b(?:{'|'.join(NAMES)})(?![\w-])"},
        {"name": "entity.name.label.refcheck", "match": r"^[A-Za-z_]\w*(?=:)"},
    ]
    for name, words in classes().items():
        scope = CLASSES[name][2]
        patterns.append({"name": f"{scope}.refcheck", "match": rf"\b(?:{'|'.join(words)})\b"})
    patterns += [
        {"name": "entity.name.function.refcheck", "match": r"\b[A-Za-z_]\w*(?=\()"},
        {"name": "constant.numeric.refcheck", "match": r"\b\d+\b"},
    ]
    made = {
        "$comment": MADE, "name": "refcheck", "scopeName": "source.refcheck", "fileTypes": ["rc", "spec"],
        "patterns": patterns,
    }  # fmt: skip
    return json.dumps(made, indent=2) + "\n"


def emacs() -> str:
    """The words for refcheck.el."""
    rows = [f";;; refcheck-words.el --- {MADE}  -*- lexical-binding: t -*-", ";; SPDX-License-Identifier: GPL-2.0-only", ""]
    for name, words in classes().items():
        listed = " ".join(f'"{w}"' for w in words)
        rows.append(f"(defconst refcheck-words-{name} '({listed}))")
    properties = " ".join(f'"{w}"' for w in NAMES)
    return "\n".join([*rows, f"(defconst refcheck-words-property '({properties}))", "", "(provide 'refcheck-words)", ""])


FILES = {
    "vim/syntax/refcheck.vim": vim,
    "vscode/syntaxes/refcheck.tmLanguage.json": textmate,
    "emacs/refcheck-words.el": emacs,
}


def main() -> int:
    """Write the files, or say which are not what would be written."""
    stale = [name for name, make in FILES.items() if not (p := ROOT / name).is_file() or p.read_text("utf-8") != make()]
    if "--check" in sys.argv[1:]:
        print("\n".join(f"editors/{name} is not what the grammar says" for name in stale))
        return bool(stale)
    for name in stale:
        (ROOT / name).write_text(FILES[name](), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
