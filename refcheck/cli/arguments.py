# SPDX-License-Identifier: GPL-2.0-only
"""What a command line says: a parser for each command, made of its options by argparse."""

import argparse
import os
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, NoReturn

from refcheck.base.diagnostics import InputError, error, near
from refcheck.cli.base import Command, Option, echo

_WIDTH, _INDENT = 80, 28
_ABOUT = "Prove that borrowed references do not escape and held ones are released."
_TRUE, _FALSE = ("1", "true", "t", "yes", "y", "on"), ("", "0", "false", "f", "no", "n", "off")

# A width of its own, so that the terminal is not asked for each option.
_formatter = partial(argparse.HelpFormatter, width=_WIDTH, max_help_position=_INDENT)


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are input errors like all others."""

    def error(self, message: str) -> NoReturn:
        """Whatever is wrong with the words."""
        raise usage(message, f"`{self.prog} --help` says what it takes")


def usage(message: str, help_text: str) -> InputError:
    """A command line that cannot be meant."""
    return InputError([error("usage", message, help_text=help_text)])


def parse(name: str, command: Command, words: list[str]) -> dict[str, Any]:
    """The parameters of a command's function; InputError where the words make no sense, SystemExit after help.

    Options and arguments may stand in any order; after `--` there are arguments only.
    """
    if command.verbatim and words not in (["-h"], ["--help"]):
        words = ["--", *words]
    end = words.index("--") if "--" in words else len(words)
    if not {"-h", "--help"}.isdisjoint(words[:end]):
        echo(_parser(name, command.options, command).format_help(), nl=False)
        raise SystemExit(0)
    options = [o for o in command.options if _is_option(o)]
    found, left = _parser(name, options, command).parse_known_args(words[:end])
    unknown = next((w for w in left if w.startswith("-") and w != "-"), None)
    if unknown is not None:
        known = [n for o in options for n in o.names if n.startswith("--")]
        help_text = near(unknown, known) or f"`refcheck {name} --help` lists them"
        raise usage(f"`refcheck {name}` has no option `{unknown}`", help_text)
    arguments = _parser(name, [o for o in command.options if not _is_option(o)], command)
    _, spare = arguments.parse_known_args(["--", *left, *words[end + 1 :]], found)
    if spare not in ([], ["--"]):
        raise usage(f"there is no place for `{spare[-1]}`", f"`refcheck {name} --help` says what it takes")
    return {k: tuple(v) if isinstance(v, list) else v for k, v in vars(found).items()}


def _parser(name: str, options: Iterable[Option], command: Command) -> argparse.ArgumentParser:
    """A parser of some options of a command."""
    made = _Parser(
        prog=f"refcheck {name}", usage=_usage(name, command), description=command.run.__doc__,
        epilog="-h, --help shows this message; after -- there are arguments only.",
        formatter_class=_formatter, add_help=False, allow_abbrev=False,
    )  # fmt: skip
    for o in options:
        made.add_argument(*o.names, **o.settings, **_given(o))
    return made


def whole(commands: Mapping[str, tuple[str, Command]], kinds: Mapping[str, object]) -> argparse.ArgumentParser:
    """One parser of all commands, each with one line about it, for who looks at parsers: shells and the page of man.

    An argument whose metavar is among `kinds` gets what stands there as its `complete`.
    """
    top = argparse.ArgumentParser("refcheck", formatter_class=_formatter, description=_ABOUT)
    top.add_argument("--version", action="store_true", help="Show the version and exit.")
    below: dict[str, Any] = {"": top.add_subparsers(metavar="COMMAND", title="commands")}
    for name, (text, one) in commands.items():
        group, _, last = name.rpartition(" ")
        if group not in below:
            said = ", ".join(text.rstrip(".").lower() for n, (text, _) in commands.items() if n.startswith(f"{group} "))
            middle = below[""].add_parser(group, help=f"{said[0].upper()}{said[1:]}.", formatter_class=_formatter)
            below[group] = middle.add_subparsers(metavar="COMMAND", title="commands")
        made = below[group].add_parser(
            last, help=text, usage=_usage(name, one), description=one.run.__doc__, formatter_class=_formatter
        )
        for o in one.options:
            action = made.add_argument(*o.names, **o.settings)
            if o.settings.get("metavar") in kinds:
                action.complete = kinds[o.settings["metavar"]]
    return top


def _is_option(one: Option) -> bool:
    return one.names[0].startswith("-")


def _usage(name: str, command: Command) -> str:
    """The first line of the help."""
    words = [_words(o) for o in command.options if not _is_option(o)]
    return " ".join(("refcheck", name, "[OPTION]...", *words))


def _words(argument: Option) -> str:
    """An argument as the first line of the help has it."""
    shape = {"+": "{}...", "*": "[{}]..."}.get(argument.settings.get("nargs", ""), "{}")
    return shape.format(argument.settings["metavar"])


def _given(one: Option) -> dict[str, Any]:
    """What the environment says in place of a default."""
    value = os.environ.get(one.variable, "") if one.variable else ""
    if one.settings.get("action") != "store_true":
        return {"default": value} if value else {}
    if value.lower() not in (*_TRUE, *_FALSE):
        raise usage(f"{one.variable} is `{value}`", "it is 1 or 0")
    return {"default": value.lower() in _TRUE}
