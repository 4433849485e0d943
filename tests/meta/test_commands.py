# SPDX-License-Identifier: GPL-2.0-only
"""docs/commands.md, `--help` and what the other pages run agree: commands, options, codes and targets of make."""

import re
from pathlib import Path

import pytest
from command import ROOT
from examples import DOCS, FENCE, pages

from refcheck.base.diagnostics import BY_NAME, CODES
from refcheck.cli.app import COMMANDS, command
from refcheck.cli.base import Option

PAGE = (DOCS / "commands.md").read_text(encoding="utf-8")
OPTION = re.compile(r"(?<![\w-])--?[a-z][a-z0-9-]*")
# What is run in a page: an indented line, one with a prompt, or code in a sentence
RUN = re.compile(r"(?:^    |^\$ |(?<!`)`)refcheck ([a-z][^`\n|#]*)", re.MULTILINE)
PAGES = [*pages(), *sorted((DOCS / "adr").glob("*.md"))]


def usage(name: str) -> str:
    """How the page writes a command, on one line."""
    first, _, second = name.partition(" ")
    for found in re.finditer(r"^    refcheck ((?:.|\n(?!\n|    refcheck))*)", PAGE, re.MULTILINE):
        words = found[1].split()
        if words[0] == first and (not second or second in words[1].split("|")):
            return " ".join(words)
    raise AssertionError(f"docs/commands.md does not say how `{name}` is written")


def named(options: tuple[Option, ...]) -> list[tuple[str, ...]]:
    """The names of each option, arguments aside."""
    return [o.names for o in options if o.names[0].startswith("-")]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_page_has_the_options_that_the_command_takes(name: str):
    said = set(OPTION.findall(usage(name)))
    known = named(command(name).options)
    assert [names for names in known if not said & set(names)] == [], "not on the page"
    assert said - {n for names in known for n in names} == set(), "not taken by the command"


@pytest.mark.parametrize("name", sorted({n.split()[0] for n in COMMANDS}))
def test_every_command_has_a_section(name: str):
    assert re.search(rf"^## {name}$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_what_a_page_runs_is_there(page: Path):
    text = page.read_text(encoding="utf-8")
    for found in RUN.finditer(text):
        words = found[1].split()
        meant = [n for n in COMMANDS if n in (words[0], " ".join(words[:2]))]
        meant = meant or [n for n in COMMANDS if n.split()[0] == words[0]]
        assert meant, f"{page.name}: there is no {found[0]}"
        known = {n for name in meant for names in named(command(name).options) for n in names}
        options = {w.split("=")[0] for w in words if OPTION.fullmatch(w.split("=")[0])}
        assert options <= known | {"-h", "--help"}, f"{page.name}: {found[0]}"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_codes_and_targets_that_a_page_names_are_there(page: Path):
    text = page.read_text(encoding="utf-8")
    assert {f"RC{n}" for n in re.findall(r"\bRC(\d{3})\b", text)} <= set(CODES)
    shown = {m[1] for m in re.finditer(r"error\[([a-z-]+)\]", text)}
    assert shown <= set(BY_NAME)
    targets = re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(re.findall(r"`make ([a-z-]+)", text)) <= set(targets)


def test_every_target_of_make_says_what_it_does():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert [line for line in re.findall(r"^[a-z][a-z-]*:(?!=).*$", text, re.MULTILINE) if "## " not in line] == []
    told = FENCE.sub("", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    targets = set(re.findall(r"^([a-z][a-z-]*):.*##", text, re.MULTILINE))
    assert {t for t in targets if f"`make {t}" not in told} == set(), "CONTRIBUTING.md does not name it"
