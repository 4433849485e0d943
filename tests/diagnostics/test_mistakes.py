# SPDX-License-Identifier: GPL-2.0-only
"""What people type, and what they are told: mistakes.txt has both, and each answer was read aloud once."""

import re
from pathlib import Path

import pytest
from command import model

from refcheck.base.diagnostics import BY_NAME
from refcheck.result.record import Problem
from refcheck.run.one_file import Options
from refcheck.run.proof import proved

MISTAKES = Path(__file__).with_name("mistakes.txt")
DIVIDE = "--- answer\n"
_UNKNOWN = "4:6 `b` is not declared"
HEAD = "# SPDX-License-Identifier: GPL-2.0-only\n\n"


def mistakes() -> list[tuple[str, str]]:
    """What each is, and the text."""
    parts = MISTAKES.read_text(encoding="utf-8").split("### ")[1:]
    found = [part.partition("\n") for part in parts]
    return [(name, rest.split(DIVIDE)[0]) for name, _, rest in found]


def said(p: Problem) -> str:
    """An answer in a line or two."""
    notes = "".join(f"\n    note: {n}" for n in p.notes if "looked in" not in n)
    text = f"{p.place.line}:{p.place.column} {p.name}: {p.message}{notes}" + (f"\n    help: {p.help}" if p.help else "")
    return re.sub(r"/\S*/(m\.rc|own\.spec)", r"\1", text)


def answer(folder: Path, name: str, text: str) -> list[Problem]:
    """What is said of a model, or of a spec that a model uses."""
    if name.startswith("spec: "):
        model(folder, text, "own.spec")
        text = 'use "own.spec";\n\nvoid f()\n{\n}\n'
    return list(proved(model(folder, text), Options(), None).errors)


def answers(folder: Path) -> dict[str, list[Problem]]:
    return {name: answer(folder, name, text) for name, text in mistakes()}


def test_what_is_typed_is_answered_as_it_was_read_aloud(tmp_path: Path, golden):
    found = answers(tmp_path)
    whole = [f"### {n}\n{t}{DIVIDE}" + "".join(f"{said(p)}\n" for p in found[n]) for n, t in mistakes()]
    golden(MISTAKES, HEAD + "\n".join(whole))


def test_every_mistake_has_an_answer_that_names_no_part_of_the_parser(tmp_path: Path):
    found = answers(tmp_path)
    assert len(found) >= 60
    for name, listed in found.items():
        assert listed, name
        for p in listed:
            assert p.place.line > 0
            assert p.code == BY_NAME[p.name].number
            assert "(?" not in p.message + p.help
            assert "ANON" not in p.help


def test_no_answer_is_given_twice(tmp_path: Path):
    for name, listed in answers(tmp_path).items():
        places = [(p.place.line, p.place.column, p.message) for p in listed]
        assert len(places) == len(set(places)), name


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("{\n\u00a0\tint a = 0;\n\tuse(b);\n}\n", ["3:1 this is white space that C has not", _UNKNOWN]),
        ("{\n\u200b\tint a = 0;\n\tuse(b);\n}", ["3:1 this is white space that C has not", _UNKNOWN]),
        ("{\n\tint a = 0;\x00\n\tuse(b);\n}\n", ["3:12 a control character stands here", _UNKNOWN]),
        ("{\r\n\tint a = 0\r\n\tuse(b);\r\n}\r\n", ["3:11 a `;` is missing here", _UNKNOWN]),
        ("\x0c{\n\n\tuse(b);\n}\n", [_UNKNOWN]),
    ],
)  # fmt: skip
def test_odd_bytes_are_named_and_hide_nothing(tmp_path: Path, text: str, answers: list[str]):
    found = answer(tmp_path, "", f"\ufeffvoid f()\n{text}")
    assert [f"{p.place.line}:{p.place.column} {p.message}" for p in found] == answers


def test_quotes_of_a_text_processor_are_read_as_those_that_are_meant(tmp_path: Path):
    [quotes] = answer(tmp_path, "", "use \u201cskb.spec\u201d;\n\nvoid f(skb)\n{\n\tkfree_skb(skb);\n}\n")
    assert (quotes.message, quotes.help) == ("these are not the quotes of C", 'write "skb.spec"')


def _obeyed(text: str, p: Problem) -> str:
    """The text as an answer has it that says which word or sign to write; as it was where it leaves that open."""
    lines = text.split("\n")
    front, rest = lines[p.place.line - 1][: p.place.column - 1], lines[p.place.line - 1][p.place.column - 1 :]
    meant, wrong = re.match(r"did you mean `([^`]+)`\?", p.help), re.search(r"`([\w-]+)`[^`]*$", p.message)
    if p.message == "a `;` is missing here":
        rest = f";{rest}"
    elif meant and wrong:
        rest = re.sub(rf"(?<![\w-]){wrong[1]}(?![\w-])", meant[1], rest, count=1)
    lines[p.place.line - 1] = front + rest
    return "\n".join(lines)


def test_who_obeys_an_answer_gets_on(tmp_path: Path):
    # When what an answer names is written, then it is gone, and what is still wrong with its line has help
    obeyed = 0
    for name, text in mistakes():
        before = [p for p in answer(tmp_path, name, text) if p.place.file.endswith(("m.rc", "own.spec"))]
        places = [(p.place.line, p.place.column) for p in before]
        said_before = [(p.place.line, p.message) for p in before]
        for p in before:
            new = _obeyed(text, p)
            if new == text or places.count((p.place.line, p.place.column)) > 1:
                continue
            obeyed += 1
            after = answer(tmp_path, name, new)
            gone, now = (p.place.line, p.message), [(x.place.line, x.message) for x in after]
            assert now.count(gone) < said_before.count(gone), (name, p.message, p.help)
            more = [x for x in after if x.place.line == p.place.line and (x.place.line, x.message) not in said_before]
            assert all(x.help and x.name != "syntax-error" for x in more), (name, p.message, more)
    assert obeyed >= 60
