"""The command line: the only module that prints and the only one that sets an exit status.

0 all proved, 1 some refuted or vacuous, 2 bad input or usage, 3 some unknown and none refuted, 70 a fault of refcheck.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from refcheck import __version__
from refcheck.diagnostics import BY_NAME, CODES, Diagnostic, InputError, error, near
from refcheck.report.text import Style, render_diagnostic
from refcheck.source import SourceFile

if TYPE_CHECKING:
    from refcheck.engine.prove import Limits
    from refcheck.run import Checked

EXIT_BAD_INPUT, EXIT_FAULT = 2, 70
_LONGEST = 1e6
_CONTEXT = {"help_option_names": ["-h", "--help"]}


def _style() -> Style:
    import os

    return Style(sys.stdout.isatty() and not os.environ.get("NO_COLOR"))


def _fail(diagnostics: list[Diagnostic], as_json: bool = False) -> int:
    if as_json:
        import json

        from refcheck.report.data import errors_data

        click.echo(json.dumps(errors_data(diagnostics, __version__), indent=2))
    sources: dict[str, SourceFile] = {}
    for d in diagnostics:
        path = Path(d.span.path)
        if d.span.line and d.span.path not in sources and path.is_file():
            sources[d.span.path] = SourceFile(d.span.path, path.read_text(encoding="utf-8", errors="replace"))
    texts = [render_diagnostic(d, sources, Style()) for d in diagnostics]
    click.echo("\n\n".join(texts), err=True)
    return EXIT_BAD_INPUT


@click.group(context_settings=_CONTEXT)
@click.version_option(__version__, prog_name="refcheck")
def cli() -> None:
    """Prove that borrowed references do not escape and held ones are released."""


@cli.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--function", "-f", "only", multiple=True, metavar="NAME", help="Verify only this function (repeatable).")
@click.option("--specs", type=click.Path(path_type=Path), metavar="DIR", help="Look for contracts here first.")
@click.option("--timeout", default=60.0, show_default=True, help="Seconds per function; 0 for no limit.")
@click.option("--rlimit", default=0, help="Z3's resource limit per query; 0 for no limit.")
@click.option("--max-states", default=200_000, show_default=True, help="States that a proposal may have.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--quiet", "-q", is_flag=True, help="Verdicts only, without what they rest on.")
def verify(
    paths: tuple[Path, ...], only: tuple[str, ...], specs: Path | None, timeout: float, rlimit: int, max_states: int,
    form: str, quiet: bool,
) -> None:  # fmt: skip
    """Prove or refute every function of the models, in each of its entry contexts."""
    from refcheck.engine.prove import Limits

    if specs is not None and not specs.is_dir():
        raise InputError([error("usage", f"`{specs}` is no folder", help_text="--specs names a folder with .spec files")])
    if not 0 <= timeout < _LONGEST or rlimit < 0 or max_states < 1:
        raise InputError([error("usage", "a limit makes no sense", help_text="limits are 0 (none) or more")])
    sys.exit(_verify(paths, only, specs, Limits(timeout, rlimit, max_states), form, quiet))


def _verify(
    paths: tuple[Path, ...], only: tuple[str, ...], specs: Path | None, limits: "Limits", form: str, quiet: bool
) -> int:
    from refcheck.engine.prove import verify as prove
    from refcheck.report.explain import findings
    from refcheck.report.summary import details, headline, totals
    from refcheck.report.text import render_finding
    from refcheck.run import Checked, model_files, prepare

    style, checked, errors = _style(), list[Checked](), list[Diagnostic]()
    files = model_files(list(paths))
    known: set[str] = set()
    for i, path in enumerate(files):
        if form == "text" and sys.stderr.isatty() and len(files) > 1:
            click.echo(f"\r\x1b[K[{i + 1}/{len(files)}] {path}", err=True, nl=False)
        try:
            tasks, sources = prepare(path, specs, only)
        except InputError as e:
            errors += e.diagnostics
            if form == "text" and sys.stderr.isatty() and len(files) > 1:
                click.echo("\r\x1b[K", err=True, nl=False)
            continue
        for task in tasks:
            known.add(task.cfg.function)
            c = Checked(task, prove(task.cfg, task.dead, limits))
            checked.append(c)
            if form == "text":
                if sys.stderr.isatty() and len(files) > 1:
                    click.echo("\r\x1b[K", err=True, nl=False)
                for f in findings(c.result):
                    click.echo(render_finding(f, sources, task.kernel_file, style) + "\n")
                click.echo(headline(c, style))
                for line in [] if quiet else details(c):
                    click.echo(line)
    missing = [n for n in only if n not in known]
    if missing and not errors:
        help_text = near(missing[0], sorted(known)) or "functions with a body are verified"
        errors.append(error("usage", f"no model has a function `{missing[0]}`", help_text=help_text))
    if not checked and not errors:
        help_text = "a model holds functions with bodies; contracts alone are not verified"
        errors.append(error("usage", "no function to verify was found", help_text=help_text))
    if errors:
        return _fail(errors, form == "json")
    if form == "json":
        import json

        from refcheck.engine.solver import version
        from refcheck.report.data import run_data

        click.echo(json.dumps(run_data(checked, __version__, version()), indent=2))
    elif len(checked) > 1:
        click.echo("\n" + totals(checked, style))
    return _status(checked)


def _status(checked: "list[Checked]") -> int:
    from refcheck.verdict import REFUTED, UNKNOWN, VACUOUS

    have = {c.result.verdict for c in checked if c.as_expected is not True}
    surprised = any(c.as_expected is False for c in checked)
    if have & {REFUTED, VACUOUS} or surprised:
        return 1
    return 3 if UNKNOWN in {c.result.verdict for c in checked} else 0


@cli.command()
@click.argument("code")
def explain(code: str) -> None:
    """Say what a diagnostic means, by number (RC101) or name (leaked-ref)."""
    from importlib.resources import files

    found = CODES.get(code.upper()) or BY_NAME.get(code.lower())
    if found is None:
        names = [*CODES, *BY_NAME]
        raise InputError([error("usage", f"there is no code `{code}`", help_text=near(code, names) or "RC101 to RC901")])
    click.echo(f"{found.number} {found.name}: {found.meaning}\n")
    page = files("refcheck").joinpath("diagnostics_pages", f"{found.number}.md")
    if not page.is_file():
        page = Path(__file__).parent.parent / "docs" / "diagnostics" / f"{found.number}.md"
    click.echo(page.read_text(encoding="utf-8").split("\n", 2)[2].strip())


def _visible(text: str) -> str:
    """Text for the terminal: what a model contains cannot steer it, nor end a comment."""
    from refcheck.report.text import clean

    return "\n".join(clean(line) for line in text.split("\n"))


@cli.group()
def show() -> None:
    """Print what refcheck makes of a file."""


@show.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--specs", type=click.Path(path_type=Path), metavar="DIR")
def ast(path: Path, specs: Path | None) -> None:
    """The syntax tree."""
    from refcheck.loader import load
    from refcheck.report.dump import tree_text

    click.echo(tree_text(load(path, specs).model))


@show.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--function", "-f", "only", multiple=True, metavar="NAME")
@click.option("--specs", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--format", "form", type=click.Choice(["text", "dot"]), default="text", show_default=True)
def cfg(path: Path, only: tuple[str, ...], specs: Path | None, form: str) -> None:
    """The control-flow graphs: locations, guards and operations."""
    from refcheck.report.dump import cfg_dot, cfg_text
    from refcheck.run import prepare

    for task in prepare(path, specs, only)[0]:
        click.echo(_visible(cfg_dot(task.cfg) if form == "dot" else cfg_text(task.cfg)))


@show.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--function", "-f", "only", multiple=True, metavar="NAME")
@click.option("--specs", type=click.Path(path_type=Path), metavar="DIR")
def smt2(path: Path, only: tuple[str, ...], specs: Path | None) -> None:
    """The obligations as SMT-LIB 2; every check-sat is unsat where the function is proved."""
    from refcheck.engine.encode import smtlib
    from refcheck.engine.propose import explore
    from refcheck.run import prepare

    for task in prepare(path, specs, only)[0]:
        click.echo(_visible(smtlib(task.cfg, explore(task.cfg, 200_000))))


@cli.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--specs", type=click.Path(path_type=Path), metavar="DIR", help="Look for contracts here first.")
@click.option("--format", "form", type=click.Choice(["text", "dot", "svg"]), default="text", show_default=True)
def deps(paths: tuple[Path, ...], specs: Path | None, form: str) -> None:
    """Say who rests on whom: which contracts a function applies, and which of them are trusted."""
    from refcheck.commands import dependencies

    click.echo(dependencies(paths, specs, form), nl=False)


@cli.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--specs", type=click.Path(path_type=Path), metavar="DIR", help="Look for contracts here first.")
@click.option("--timeout", default=60.0, show_default=True, help="Seconds per function; 0 for no limit.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def diff(old: Path, new: Path, specs: Path | None, timeout: float, form: str) -> None:
    """Compare the lifecycles and verdicts of two files or folders; status 1 if a verdict got worse."""
    from refcheck.commands import difference
    from refcheck.engine.prove import Limits

    if timeout < 0:
        raise InputError([error("usage", "the limit is negative", help_text="limits are 0 (none) or more")])
    text, status = difference(old, new, specs, Limits(timeout), form)
    click.echo(text, nl=False)
    sys.exit(status)


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
        sys.exit(_fail(e.diagnostics))
    except click.ClickException as e:
        e.show()
        sys.exit(EXIT_BAD_INPUT)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)
    except Exception as e:  # noqa: BLE001  whatever else happens is ours: one line and status 70, never a traceback
        if _too_deep(e):
            sys.exit(_fail([error("too-deep", "a condition or statement nests too deep", help_text="split it")]))
        text = f"error[internal-error]: {type(e).__name__}: {e}\n  help: this is a fault of refcheck; no verdict was given"
        click.echo(text, err=True)
        sys.exit(EXIT_FAULT)
