# SPDX-License-Identifier: GPL-2.0-only
"""A generated program in this process: from its text to lowered functions, without a file."""

from refcheck.base.diagnostics import InputError
from refcheck.base.source import SourceFile
from refcheck.graph.cfg import CFG
from refcheck.lower.task import Task
from refcheck.run.tasks import tasks_of
from refcheck.syntax import ast
from refcheck.syntax.parser import parse
from refcheck.unit.declare import declare
from refcheck.unit.load import Unit


def module(text: str, name: str) -> ast.Module:
    """The tree of a text; InputError where it has a syntax error."""
    tree, errors = parse(SourceFile(name, text))
    if errors:
        raise InputError(errors)
    return tree


def unit_of(text: str, spec: str = "") -> Unit:
    """A model and the spec that it uses, parsed."""
    tree = module(text, "generated.rc")
    return Unit(tree, (module(spec, "generated.spec"), tree) if spec else (tree,), {})


def tasks(text: str, spec: str = "") -> list[Task]:
    """All functions of a model in all their entry contexts; `spec` is the text of the spec that it uses."""
    unit = unit_of(text, spec)
    tree = unit.model
    decl = declare(unit)
    return [t for i in tree.items if isinstance(i, ast.FunctionDef) for t in tasks_of(unit, decl, i.sig.name)]


def graphs(text: str) -> list[CFG]:
    """The graphs of a program."""
    return [t.cfg for t in tasks(text)]
