# SPDX-License-Identifier: GPL-2.0-only
"""What people type, and what they are told: mistakes.txt has both, and each answer was read aloud once."""

from pathlib import Path

from command import model

from refcheck.base.diagnostics import BY_NAME
from refcheck.result.record import Problem
from refcheck.run.one_file import Options
from refcheck.run.proof import proved

MISTAKES = Path(__file__).with_name("mistakes.txt")
DIVIDE = "--- answer\n"
HEAD = "# SPDX-License-Identifier: GPL-2.0-only\n\n"


def mistakes() -> list[tuple[str, str]]:
    """What each is, and the text."""
    parts = MISTAKES.read_text(encoding="utf-8").split("### ")[1:]
    found = [part.partition("\n") for part in parts]
    return [(name, rest.split(DIVIDE)[0]) for name, _, rest in found]


def said(p: Problem) -> str:
    """An answer in a line or two."""
    notes = "".join(f"\n    note: {n}" for n in p.notes if "looked in" not in n)
    return f"{p.place.line}:{p.place.column} {p.name}: {p.message}{notes}" + (f"\n    help: {p.help}" if p.help else "")


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
