# SPDX-License-Identifier: GPL-2.0-only
"""The renderings by name; each is imported when it is asked for, so that the others cost nothing."""

from collections.abc import Callable
from importlib import import_module

from refcheck.base.named import NamedTuple
from refcheck.result.record import Run


class RenderOptions(NamedTuple):
    """What a rendering may be told: less text, and the folder that paths are shown relative to."""

    quiet: bool = False
    base: str = ""


_MODULES = {
    "text": "summary", "markdown": "markdown", "html": "html",
    "json": "jsonform", "sarif": "sarif", "junit": "junit", "github": "github",
    "gcc": "gcc",
}  # fmt: skip

FORMATS = tuple(_MODULES)
WHOLE = tuple(form for form in FORMATS if form != "gcc")  # that one has what is wrong only, as a compiler says it


def render(form: str, run: Run, options: RenderOptions) -> str:
    """A run in one of the FORMATS, ending with a newline."""
    rendering: Callable[[Run, RenderOptions], str] = import_module(f"refcheck.render.{_MODULES[form]}").render
    return rendering(run, options)
