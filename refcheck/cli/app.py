"""The command `refcheck`: finds the command that is asked for, runs it, and turns whatever happens into a status."""

import importlib
import sys

import click

from refcheck import __version__
from refcheck.cli.base import EXIT_BAD_INPUT, EXIT_FAULT, fail
from refcheck.diagnostics import InputError, error

# Each command stands in the module of its name and is imported when it is asked for.
COMMANDS = ("verify", "gate", "merge", "store", "certify", "explain", "show", "deps", "diff", "mutate", "export")


class Commands(click.Group):
    """A group that imports a command when it is asked for, so that the others cost nothing."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The names in the order in which the help shows them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command, None if there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = getattr(importlib.import_module(f"refcheck.cli.{cmd_name}"), cmd_name)
        return found


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="refcheck")
def cli() -> None:
    """Prove that borrowed references do not escape and held ones are released."""


def _too_deep(e: BaseException | None) -> bool:
    """Python's own limit of nesting stands behind the exception."""
    while e is not None:
        if isinstance(e, RecursionError):
            return True
        e = e.__cause__ or e.__context__
    return False


def _check_arguments() -> None:
    if any("\0" in argument for argument in sys.argv):
        raise InputError([error("usage", "an argument holds a NUL character", help_text="name an existing path")])


def main() -> None:
    """Entry point: runs a command; input errors end in status 2, faults of refcheck in 70, never a traceback."""
    try:
        _check_arguments()
        cli(standalone_mode=False)
    except InputError as e:
        from refcheck.report.places import problems

        sys.exit(fail(problems(e.diagnostics)))
    except click.ClickException as e:
        e.show()
        sys.exit(EXIT_BAD_INPUT)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)
    except OSError as e:  # the system refuses a path or a write: not a fault of refcheck
        from refcheck.report.places import problems

        name = f"`{str(e.filename)[:100]}`" if e.filename else "a file"
        text = f"{name} cannot be used: {e.strerror or e}"
        help_text = "check the paths, the permissions and the space"
        sys.exit(fail(problems([error("unreadable-file", text, help_text=help_text)])))
    except Exception as e:  # noqa: BLE001  whatever else happens is ours: one line and status 70, never a traceback
        if _too_deep(e):
            from refcheck.report.places import problems

            sys.exit(fail(problems([error("too-deep", "a condition or statement nests too deep", help_text="split it")])))
        text = f"error[internal-error]: {type(e).__name__}: {e}\n  help: this is a fault of refcheck; no verdict was given"
        click.echo(text, err=True)
        sys.exit(EXIT_FAULT)
