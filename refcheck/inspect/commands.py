# SPDX-License-Identifier: GPL-2.0-only
"""What `refcheck deps` and `refcheck diff` do: from paths to the text to print and the exit status."""

import json
from pathlib import Path

from refcheck import __version__
from refcheck.base.diagnostics import Diagnostic, InputError, error
from refcheck.base.files import model_files
from refcheck.base.limits import Limits
from refcheck.inspect import deps
from refcheck.inspect import deps_svg as svg
from refcheck.inspect.difference import Comparison, Side, compare, comparison_data, comparison_text
from refcheck.inspect.lifecycle import lifecycle
from refcheck.lower.task import Task
from refcheck.prove.prove import verify
from refcheck.run.tasks import prepare
from refcheck.unit.declare import declare
from refcheck.unit.load import load


def dependencies(paths: tuple[Path, ...], specs: Path | None, form: str) -> str:
    """Who rests on whom over the models that the paths name, as `text`, `dot` or `svg`; InputError if one is wrong."""
    units, found = [], list[Diagnostic]()
    for path in model_files(list(paths)):
        try:
            tasks, _ = prepare(path, specs, ())
            units.append(deps.read_unit(str(path), declare(load(path, specs)), [t.cfg for t in tasks]))
        except InputError as e:
            found += e.diagnostics
    if found:
        raise InputError(found)
    if not any(u.functions for u in units):
        raise InputError([error("usage", "no function with a body was found", help_text="name a model")])
    graph = deps.build(units)
    render = {"text": deps.as_text, "dot": deps.as_dot, "svg": svg.as_svg}
    return render[form](graph)


def difference(old: Path, new: Path, specs: Path | None, limits: Limits, form: str) -> tuple[str, int]:
    """The lifecycles of two files or folders compared, as `text` or `json`; status 1 if some verdict got worse."""
    changes, both, found = [], 0, list[Diagnostic]()
    for shown, a, b in _pairs(old, new):
        sides: list[dict[str, Side]] = []
        for path in (a, b):
            try:
                sides.append(_side(path, specs, limits) if path else {})
            except InputError as e:
                found += e.diagnostics
        if len(sides) == 2:
            both += len(sides[0].keys() & sides[1].keys())
            names = dict.fromkeys((*sides[1], *sides[0]))
            changes += [compare(shown, n, sides[0].get(n), sides[1].get(n)) for n in names]
    if found:
        raise InputError(found)
    result = Comparison(both, tuple(c for c in changes if c is not None))
    data = comparison_data(result, __version__)
    return (json.dumps(data, indent=2) + "\n" if form == "json" else comparison_text(result)), int(bool(result.worse))


def _side(path: Path, specs: Path | None, limits: Limits) -> dict[str, Side]:
    """Every function of a model: its lifecycle, and its result in each entry context."""
    decl = declare(load(path, specs))
    by_name: dict[str, list[Task]] = {}
    for task in prepare(path, specs, ())[0]:
        by_name.setdefault(task.cfg.function, []).append(task)
    return {
        name: Side(
            lifecycle([t.cfg for t in tasks], decl, name),
            {t.cfg.entry: verify(t.cfg, limits) for t in tasks},
        )
        for name, tasks in by_name.items()
    }


def _pairs(old: Path, new: Path) -> list[tuple[str, Path | None, Path | None]]:
    """(name to show, old file, new file): files of folders are matched by relative name."""
    for path in (old, new):
        if not path.exists():
            raise InputError([error("unreadable-file", f"`{path}` does not exist", help_text="check the path")])
    if old.is_dir() != new.is_dir():
        text = "one side is a folder, the other is a file"
        raise InputError([error("usage", text, help_text="compare two files or two folders")])
    if not old.is_dir():
        return [(new.name, old, new)]
    a, b = _relative(old, new), _relative(new, old)
    if not a.keys() & b.keys():
        text = f"`{old}` and `{new}` have no file name in common"
        raise InputError([error("usage", text, help_text="files are matched by their names relative to the folders")])
    return [(name, a.get(name), b.get(name)) for name in sorted(a.keys() | b.keys())]


def _relative(folder: Path, other: Path) -> dict[str, Path]:
    """The models of a folder by their names below it, without those of the other folder where that lies inside."""
    root, inside = folder.resolve(), other.resolve()
    leave = inside != root and inside.is_relative_to(root)
    files = [f for f in model_files([folder]) if not (leave and f.resolve().is_relative_to(inside))]
    return {f.relative_to(folder).as_posix(): f for f in files}
