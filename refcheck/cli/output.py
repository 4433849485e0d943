# SPDX-License-Identifier: GPL-2.0-only
"""Where reports go: `--format` for standard output, `--output FORMAT=FILE` for files, shared by the commands."""

import os
from pathlib import Path

from refcheck.base.diagnostics import InputError, error, near
from refcheck.base.named import NamedTuple
from refcheck.cli.base import flag, form_option, many
from refcheck.render.formats import FORMATS, RenderOptions, render
from refcheck.result.record import Run

format_option = form_option(*FORMATS)
output_option = many(
    "--output", dest="outputs", metavar="FORMAT=FILE", help="Write a report to a file too (repeatable)."
)
quiet_option = flag("-q", "--quiet", help="Verdicts only, without what they rest on.")


class Output(NamedTuple):
    """A report that is to be written; for html the target may be a folder."""

    form: str
    target: Path
    folder: bool


def parse_outputs(given: tuple[str, ...]) -> list[Output]:
    """What `--output` asks for, checked before anything is verified; InputError where it cannot be written."""
    found: list[Output] = []
    for text in given:
        form, equals, name = text.partition("=")
        if not equals or not name:
            raise _usage(f"`--output {text}` names no file", f"write FORMAT=FILE; a format is one of {', '.join(FORMATS)}")
        if form not in FORMATS:
            raise _usage(f"there is no format `{form}`", near(form, list(FORMATS)) or f"one of {', '.join(FORMATS)}")
        target = Path(name)
        folder = form == "html" and (name.endswith(("/", os.sep)) or target.is_dir())
        _check(target, folder)
        if any(o.target == target for o in found):
            raise _usage(f"two reports would be written to `{target}`", "give each its own file")
        found.append(Output(form, target, folder))
    return found


def _usage(message: str, help_text: str) -> InputError:
    return InputError([error("usage", message, help_text=help_text)])


def _check(target: Path, folder: bool) -> None:
    if not target.parent.is_dir():
        raise _usage(f"there is no folder `{target.parent}`", f"make it first, or name another place than `{target}`")
    if folder and target.exists() and not target.is_dir():
        raise _usage(f"`{target}` is no folder", "without the slash at its end it names a file")
    if not folder and target.is_dir():
        raise _usage(f"`{target}` is a folder", "name a file; only html can be written into a folder")
    if target.is_symlink() and not target.exists():
        raise _usage(f"`{target}` is a link to nothing", "name another file")


def write_outputs(run: Run, outputs: list[Output], options: RenderOptions) -> None:
    """Write every report beside its place and rename it; InputError where that fails, with nothing half written."""
    for o in outputs:
        try:
            if o.folder:
                from refcheck.render.html import render_pages  # noqa: PLC0415  needs jinja2

                o.target.mkdir(exist_ok=True)
                for name, text in render_pages(run, options).items():
                    replace(o.target / name, text)
            else:
                replace(o.target, render(o.form, run, options))
        except OSError as e:
            raise _usage(f"`{o.target}` cannot be written: {e.strerror}", "name a place that can be written") from None


def replace(path: Path, text: str) -> None:
    """Write a file beside its place and rename it over it; what stood there stays until the new one is whole."""
    path = path.resolve()
    if path.exists() and not path.is_file():  # a pipe or device: there is nothing to be renamed
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
        return
    import tempfile  # noqa: PLC0415  6 ms

    handle, beside = tempfile.mkstemp(prefix=f".{path.name[:60]}.", dir=path.parent)
    try:
        with open(handle, "w", encoding="utf-8", errors="backslashreplace", newline="") as f:
            f.write(text)
        os.chmod(beside, path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
        os.replace(beside, path)
    except BaseException:
        os.unlink(beside)
        raise


def _umask() -> int:
    mask = os.umask(0o22)
    os.umask(mask)
    return mask
