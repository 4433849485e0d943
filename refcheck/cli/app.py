# SPDX-License-Identifier: GPL-2.0-only
"""The command `refcheck`: finds the command that is asked for, runs it, and turns whatever happens into a status."""

import atexit
import gc
import importlib
import sys

from refcheck import __version__
from refcheck.base.diagnostics import MORE_MEMORY, NO_MEMORY, InputError, error, near, too_deep
from refcheck.cli.arguments import parse
from refcheck.cli.base import EXIT_BAD_INPUT, EXIT_FAULT, Command, echo, fail
from refcheck.result.places import problems

# Each command stands in the module of its first word and is imported when it is asked for.
COMMANDS = {
    "verify": "Prove or refute every function of the models.",
    "fmt": "Write models and specs in the kernel's style.",
    "lsp": "Answer an editor by the language server protocol.",
    "slice": "Print a C file as a model.",
    "drift": "Say where models and their sources have other paths.",
    "review": "Say of a posted series what changes hands and what breaks.",
    "kbuild": "Check one C file as kbuild has it checked.",
    "gate": "Say no when a change makes a verdict worse or hides one.",
    "merge": "Join the reports of the parts of a run.",
    "store show": "Say where the store of verdicts is and how much it holds.",
    "store clear": "Delete every entry of the store.",
    "certify": "Check certificates without the prover.",
    "explain": "Say what a diagnostic means.",
    "show ast": "Print the syntax tree.",
    "show cfg": "Print the control-flow graphs.",
    "show smt2": "Print the obligations as SMT-LIB 2.",
    "deps": "Say who rests on whom.",
    "diff": "Compare the lifecycles and verdicts of two files or folders.",
    "mutate": "Break models and say which breaks no property notices.",
    "export": "Write a model as a program for SPIN or CBMC.",
    "completion": "Print the script that completes commands in a shell.",
}
_HELP = """Usage: refcheck [OPTION]... COMMAND [ARGUMENT]...

Prove that borrowed references do not escape and held ones are released.

Commands:
{}

Options:
  --version     Show the version and exit.
  -h, --help    Show this message and exit.

`refcheck COMMAND --help` prints the options of a command."""


def command(name: str) -> Command:
    """The command of a name in COMMANDS."""
    first, _, second = name.partition(" ")
    found: Command = getattr(importlib.import_module(f"refcheck.cli.{first}"), second or first)
    return found


def _help(first: str = "") -> str:
    """The commands that begin with a word."""
    return _HELP.format("\n".join(f"  {n:<12}  {text}" for n, text in COMMANDS.items() if first in ("", n.split()[0])))


def _run(words: list[str]) -> None:
    """Run the command that the words name."""
    if any("\0" in word for word in words):
        raise InputError([error("usage", "an argument holds a NUL character", help_text="name an existing path")])
    groups = {n.split()[0] for n in COMMANDS if " " in n}
    match words:
        case ["--version", *_]:
            echo(f"refcheck, version {__version__}")
        case ["-h" | "--help", *_]:
            echo(_help())
        case [group, "-h" | "--help", *_] if group in groups:
            echo(_help(group))
        case [] | [_] if not words or words[0] in groups:
            echo(_help(*words), err=True)
            sys.exit(EXIT_BAD_INPUT)
        case _:
            size = 2 if words[0] in groups else 1
            _run_command(" ".join(words[:size]), words[size:])


def _run_command(name: str, words: list[str]) -> None:
    if name not in COMMANDS:
        help_text = near(name, list(COMMANDS)) or "`refcheck --help` lists the commands"
        raise InputError([error("usage", f"there is no command `{name}`", help_text=help_text)])
    known = command(name)
    known.run(**parse(name, known, words))


def _print_anything() -> None:
    """Whatever the encoding of a stream lacks is escaped; ASCII is taken for a system that was told nothing."""
    for stream in (sys.stdout, sys.stderr):
        encoding = getattr(stream, "encoding", "") or ""
        if hasattr(stream, "reconfigure"):
            ascii_only = encoding.lower() in ("ascii", "us-ascii", "ansi_x3.4-1968", "646")
            stream.reconfigure(encoding="utf-8" if ascii_only else None, errors="backslashreplace")


def main() -> None:
    """Entry point: runs a command; input errors end in status 2, faults of refcheck in 70, never a traceback."""
    gc.set_threshold(1_000_000, 10, 10)  # nearly nothing here is a cycle, and what is looked at for cycles is large
    atexit.register(gc.freeze)  # and at the end of the process it is all given back anyway
    try:
        _print_anything()
        _run(sys.argv[1:])
    except InputError as e:
        sys.exit(fail(problems(e.diagnostics)))
    except MemoryError:
        pass  # said below, where what was built is given up and there is room again
    except KeyboardInterrupt:
        echo("stopped", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)
    except OSError as e:  # the system refuses a path or a write: not a fault of refcheck
        name = f"`{str(e.filename)[:100]}` cannot be used" if e.filename else "a file, or what is printed, cannot be written"
        text = f"{name}: {e.strerror or e}"
        help_text = "check the paths, the permissions and the space"
        sys.exit(fail(problems([error("unreadable-file", text, help_text=help_text)])))
    except Exception as e:  # noqa: BLE001  whatever else happens is ours: one line and status 70, never a traceback
        if too_deep(e):
            sys.exit(fail(problems([error("too-deep", "a condition or statement nests too deep", help_text="split it")])))
        text = f"error[internal-error]: {type(e).__name__}: {e}\n  help: this is a fault of refcheck; no verdict was given"
        echo(text, err=True)
        sys.exit(EXIT_FAULT)
    else:
        return
    echo(f"error[out-of-memory]: {NO_MEMORY}\n  help: {MORE_MEMORY}", err=True)
    sys.exit(EXIT_BAD_INPUT)
