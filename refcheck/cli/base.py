# SPDX-License-Identifier: GPL-2.0-only
"""What the commands share: statuses, styles, and how input errors are shown.

0 all proved, 1 some refuted or vacuous, 2 bad input or usage, 3 some unknown and none refuted, 70 a fault of refcheck.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from refcheck.base.diagnostics import InputError, error
from refcheck.base.limits import Limits
from refcheck.base.named import NamedTuple
from refcheck.render.text import WIDTH, Style, clean, render_problem
from refcheck.result.record import Problem

EXIT_BAD_INPUT, EXIT_FAULT = 2, 70
LONGEST = 1e6
MOST_JOBS = 256
_WIDEST = 140


class Option(NamedTuple):
    """An option or argument of a command: what argparse's `add_argument` takes, and the variable that may give it too."""

    names: tuple[str, ...]
    settings: dict[str, Any]
    variable: str = ""


class Command(NamedTuple):
    """A command: its options, and the function that gets what they say; its docstring is the help.

    Where it is `verbatim`, all words are arguments, those that look like options too, unless help alone is asked for.
    """

    options: tuple[Option, ...]
    run: Callable[..., None]
    verbatim: bool = False


def option(*names: str, variable: str = "", **settings: Any) -> Option:
    """An option or argument."""
    return Option(names, settings, variable)


def many(*names: str, **settings: Any) -> Option:
    """An option that may be given several times."""
    return Option(names, {"action": "append", "default": [], **settings})


def flag(*names: str, variable: str = "", **settings: Any) -> Option:
    """An option without a value."""
    return Option(names, {"action": "store_true", **settings}, variable)


def command(*options: Option, verbatim: bool = False) -> Callable[[Callable[..., None]], Command]:
    """Make a command of a function whose parameters are its options."""
    return lambda run: Command(options, run, verbatim)


paths_argument = option("paths", nargs="+", type=Path, metavar="PATH", help="A model, or a folder with models below it.")
specs_option = option("--specs", type=Path, metavar="DIR", help="Look for contracts here first.")
function_option = many("-f", "--function", dest="only", metavar="NAME", help="This function only (repeatable).")
timeout_option = option(
    "--timeout", type=float, default=60.0, metavar="S", help="Seconds per function; 0 for no limit [default: 60]."
)
tree_option = option("--tree", type=Path, metavar="DIR", help="The kernel tree that C files belong to.")
spec_option = option(
    "--spec", metavar="NAME", default="kernel.spec", help="The contracts that C files are read with [default: kernel.spec]."
)
states_option = option(
    "--max-states", type=int, default=200_000, metavar="N", help="States that a proposal may have [default: 200000]."
)


color_option = option(
    "--color", choices=("auto", "always", "never"), default="auto", metavar="WHEN",
    help="Colours: auto (on a terminal, unless NO_COLOR is set), always, or never [default: auto].",
)  # fmt: skip


def checked_limits(limits: Limits) -> Limits:
    """The limits of a run; InputError where they make no sense."""
    if not 0 <= limits.timeout < LONGEST or limits.rlimit < 0 or limits.states < 1:
        raise InputError([error("usage", "a limit makes no sense", help_text="limits are 0 (none) or more")])
    return limits


def form_option(*forms: str) -> Option:
    """`--format`, the first of some forms unless it is given."""
    text = f"The form of the report [default: {forms[0]}]."
    return option("--format", dest="form", choices=forms, default=forms[0], help=text)


def echo(text: str, err: bool = False, nl: bool = True) -> None:
    """Print a text at once; a stream that is closed hears nothing."""
    stream = sys.stderr if err else sys.stdout
    if stream is not None:
        stream.write(f"{text}\n" if nl else text)
        stream.flush()


def style(color: str = "auto") -> Style:
    """Colours and width on a terminal; `color` is `auto` (colours unless NO_COLOR is set), `always` or `never`."""
    terminal = on_terminal(sys.stdout)
    wanted = color == "always" or (color == "auto" and terminal and not os.environ.get("NO_COLOR"))
    return Style(wanted, _columns() if terminal else WIDTH)


def _columns() -> int:
    """How wide the terminal is, within what can be read."""
    try:
        return min(max(WIDTH, os.get_terminal_size(sys.stdout.fileno()).columns - 1), _WIDEST)
    except (OSError, ValueError):
        return WIDTH


def on_terminal(stream: TextIO | None) -> bool:
    """Whether somebody watches; nobody does where the stream is closed."""
    return stream is not None and stream.isatty()


def fail(found: list[Problem]) -> int:
    """Show input errors on standard error; the status."""
    echo("\n\n".join(render_problem(p, Style()) for p in found), err=True)
    return EXIT_BAD_INPUT


def visible(text: str) -> str:
    """Text for the terminal: what a model contains cannot steer it, nor end a comment."""
    return "\n".join(clean(line) for line in text.split("\n"))
