# SPDX-License-Identifier: GPL-2.0-only
"""`verify --fix` and `verify --watch`: repairs that were verified are written, and files are verified when they change."""

import os
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

from refcheck.base.diagnostics import InputError, error, install
from refcheck.base.files import ups
from refcheck.cli.base import echo, visible
from refcheck.cli.output import replace
from refcheck.result.record import Record, Run
from refcheck.run.one_file import Options

_WATCHED = (".rc", ".spec", ".c", ".h")


def fix(run: Run, options: Options) -> None:
    """Write the repairs of a run's findings that make their functions PROVED; says which, and which cannot be mended."""
    wanted: dict[str, list[str]] = {}
    for r in run.results:
        if r.from_c is not None and any(f.repair for f in r.findings):
            text = "--fix writes models only; its help says what was verified to mend it"
            echo(visible(f"{r.model}: {r.name}: {text}"), err=True)
        if _fixable(r) and r.function not in wanted.setdefault(r.model, []):
            wanted[r.model].append(r.function)
    for model, functions in wanted.items():
        _fix_model(Path(model), functions, options)


def _fixable(r: Record) -> bool:
    """It has findings that nobody expects, in a model."""
    return bool(r.findings) and r.expected is None and r.from_c is None


def _fix_model(path: Path, functions: list[str], options: Options) -> None:
    from refcheck.run.repaired import repaired  # noqa: PLC0415  needs the front end and the prover
    from refcheck.unit.load import read_source  # noqa: PLC0415  as above

    text = old = read_source(path, str(path)).text
    for function in functions:
        new = repaired(path, text, function, options.specs, options.limits, {})
        said = f"mended, and verified: {new.words}" if new is not None else "no repair was found that makes it PROVED"
        echo(visible(f"{path}: {function}: {said}"), err=True)
        text = new.text if new is not None else text
    if text != old:
        replace(path, text)


def watch(paths: list[Path], options: Options, once: Callable[[], None]) -> None:
    """Do something, and do it again whenever a file changes that it may rest on; ends when it is interrupted."""
    if find_spec("watchfiles") is None:
        text = "`--watch` needs watchfiles"
        raise InputError([error("usage", text, help_text=install("watch"))])
    import watchfiles  # noqa: PLC0415  for this option only

    once()
    folders = list(dict.fromkeys(f for p in paths for f in _folders(p, options)))

    def matters(_change: object, name: str) -> bool:
        return name.endswith(_WATCHED)

    for _ in watchfiles.watch(*folders, watch_filter=matters, debounce=100, step=20, recursive=False):
        echo("")
        once()


def _folders(path: Path, options: Options) -> Iterator[str]:
    """The folders in which a file has what it rests on: its own, the specs above it, and those that were named."""
    here = str((path if path.is_dir() else path.parent).resolve())
    roots = [os.path.join(up, "specs") for up in ups(here)] + [str(p.resolve()) for p in (options.specs,) if p is not None]
    yield here
    for root in (*roots, *([here] if path.is_dir() else [])):
        for folder, below, _ in os.walk(root):
            below[:] = [n for n in below if not n.startswith(".")]
            yield folder
