# SPDX-License-Identifier: GPL-2.0-only
"""`refcheck show`: what refcheck makes of a file."""

from pathlib import Path

from refcheck.base.diagnostics import InputError, error, near
from refcheck.cli.base import command, echo, form_option, function_option, option, specs_option, visible
from refcheck.lower.task import Task
from refcheck.prove.propose import explore
from refcheck.prove.queries import smtlib
from refcheck.render.dump import cfg_dot, cfg_text, tree_text
from refcheck.render.flow import flow_svg
from refcheck.result.build import graph_of
from refcheck.run.tasks import prepare
from refcheck.unit.load import load

_PATH = option("path", type=Path, metavar="PATH", help="A model.")


@command(_PATH, specs_option)
def ast(path: Path, specs: Path | None) -> None:
    """The syntax tree."""
    echo(tree_text(load(path, specs).model))


@command(
    _PATH,
    function_option,
    specs_option,
    option("--entry", metavar="CONTEXT", help="In this entry context only; `any` for a function that names none."),
    form_option("text", "dot", "svg"),
)
def cfg(path: Path, only: tuple[str, ...], specs: Path | None, entry: str | None, form: str) -> None:
    """The control-flow graphs: locations, guards and operations; as SVG one graph."""
    tasks = [t for t in _tasks(path, specs, only) if entry is None or (t.cfg.entry or "any") == entry]
    if form == "svg":
        echo(_drawn(tasks))
        return
    for task in tasks:
        echo(visible(cfg_dot(task.cfg) if form == "dot" else cfg_text(task.cfg)))


def _drawn(tasks: list[Task]) -> str:
    if len(tasks) != 1:
        names = dict.fromkeys(t.cfg.function for t in tasks)
        help_text = f"name one with -f: {', '.join(names) or 'there is none here'}"
        if len(names) == 1:
            help_text = f"name one with --entry: {', '.join(t.cfg.entry or 'any' for t in tasks)}"
        raise InputError([error("usage", f"an SVG shows one graph, not {len(tasks)}", help_text=help_text)])
    cfg = tasks[0].cfg
    return flow_svg(graph_of(cfg), f"{cfg.function} [{cfg.entry}]" if cfg.entry else cfg.function)


@command(_PATH, function_option, specs_option)
def smt2(path: Path, only: tuple[str, ...], specs: Path | None) -> None:
    """The obligations as SMT-LIB 2; every check-sat is unsat where the function is proved."""
    for n, task in enumerate(_tasks(path, specs, only)):
        if n:
            echo("(reset)")
        echo(visible(smtlib(task.cfg, explore(task.cfg, 200_000).states)))


def _tasks(path: Path, specs: Path | None, only: tuple[str, ...]) -> list[Task]:
    """The functions that are asked for; InputError where there is none of a name."""
    tasks = prepare(path, specs, only)[0]
    known = {t.cfg.function for t in tasks}
    missing = [name for name in only if name not in known]
    if missing:
        names = sorted({t.cfg.function for t in prepare(path, specs, ())[0]})
        help_text = near(missing[0], names) or "functions with a body have a graph"
        raise InputError([error("usage", f"no model has a function `{missing[0]}`", help_text=help_text)])
    return tasks
