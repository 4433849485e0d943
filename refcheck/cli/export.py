# SPDX-License-Identifier: GPL-2.0-only
"""`refcheck export`: the same program for another checker."""

import json
import os
from pathlib import Path

from refcheck import __version__
from refcheck.base.diagnostics import InputError, error, near
from refcheck.cli.base import command, echo, function_option, option, specs_option
from refcheck.export.program import SUFFIX, file_text, plain
from refcheck.export.run.program import whole
from refcheck.export.run.script import scripts
from refcheck.graph.cfg import CFG
from refcheck.graph.obligations import NAMES
from refcheck.result.codec import DataError
from refcheck.result.record import Run, from_data
from refcheck.run.tasks import prepare, prepare_unit
from refcheck.unit.load import load, read_source


@command(
    option("path", type=Path, metavar="PATH", help="A model."),
    option(
        "--to", dest="form", choices=("promela", "c", "run"), required=True,
        help="For SPIN, for CBMC, or a program that runs (required).",
    ),
    function_option,
    option("--entry", metavar="NAME", help="This entry context only; `any` for callers that keep the contract."),
    option("--property", dest="prop", metavar="NAME", help="Assertions of this property only."),
    option("--traces", type=Path, metavar="REPORT", help="With `run`: scripts for the traces of a JSON report instead."),
    specs_option,
    option("--output", type=Path, metavar="PATH", help="A file, or a folder for one file each."),
)
def export(
    path: Path, form: str, only: tuple[str, ...], entry: str | None, prop: str | None, traces: Path | None,
    specs: Path | None, output: Path | None,
) -> None:  # fmt: skip
    """Write the functions of a model as a program for SPIN or CBMC, with an assertion for each obligation, or to be run."""
    if form == "run":
        _run(path, only, entry or prop, traces, specs, output)
        return
    if traces is not None:
        raise InputError([error("usage", "`--traces` goes with `--to run`", help_text="leave it away")])
    if prop is not None and prop not in NAMES:
        raise InputError([error("usage", f"there is no property `{prop}`", help_text=near(prop, list(NAMES)) or NAMES[0])])
    cfgs = _chosen([t.cfg for t in prepare(path, specs, only)[0]], only, entry)
    if output is None or not output.is_dir():
        text = file_text(plain(cfgs), form, prop, __version__)
        if output is None:
            echo(text, nl=False)
        else:
            _write(output, text)
        return
    texts = [file_text(plain([c]), form, prop, __version__) for c in cfgs]
    for cfg, text in zip(cfgs, texts, strict=True):
        name = "-".join(x for x in (cfg.function, cfg.entry) if x)
        _write(output / f"{name}.{SUFFIX[form]}", text)


def _run(
    path: Path, only: tuple[str, ...], narrowed: str | None, traces: Path | None, specs: Path | None, output: Path | None
) -> None:  # fmt: skip
    """The model as a program that runs; or the scripts with which it follows the traces of a report."""
    if narrowed is not None:
        text = "`--entry` and `--property` do not go with `--to run`"
        raise InputError([error("usage", text, help_text="every entry context and every property is judged")])
    unit = load(path, specs)
    # What is not well formed is told here; nothing of what it is lowered to is used.
    prepare_unit(unit, only)
    text = scripts(unit, only, _report(traces)) if traces is not None else whole(unit, __version__, only)
    if output is None:
        echo(text, nl=False)
    else:
        _write(output / f"{path.stem}.c" if output.is_dir() else output, text)


def _report(path: Path) -> Run:
    """The run that a JSON report has; InputError where the file is none."""
    try:
        return from_data(json.loads(read_source(path, str(path)).text))
    except (ValueError, DataError) as e:
        text = f"`{path}` is no JSON report: {e}"
        raise InputError([error("bad-report", text, help_text="write one with `verify --format json`")]) from None


def _chosen(cfgs: list[CFG], only: tuple[str, ...], entry: str | None) -> list[CFG]:
    """The graphs of the functions and entry contexts that were asked for; InputError where there is none."""
    missing = [n for n in only if n not in {c.function for c in cfgs}]
    if missing:
        raise InputError([error("usage", f"the model has no function `{missing[0]}`", help_text="check the name")])
    found = [c for c in cfgs if entry is None or (c.entry or "any") == entry]
    if not found:
        have = ", ".join(sorted({c.entry or "any" for c in cfgs}))
        text = f"no function is verified in `{entry}`" if cfgs else "there is no function with a body"
        raise InputError([error("usage", text, help_text=f"entry contexts: {have}" if have else "name a model")])
    return found


def _write(path: Path, text: str) -> None:
    """Beside the target first, so that nothing half written stands there."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as e:
        beside.unlink(missing_ok=True)
        text = f"`{path}` cannot be written: {e.strerror}"
        raise InputError([error("usage", text, help_text="name a file in a folder that can be written")]) from None
