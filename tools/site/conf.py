# SPDX-License-Identifier: GPL-2.0-only
"""The documentation as a site, by Sphinx (`make docs`).

Pages are written for who reads them in the repository.  On the site a link to a file beside the pages has nowhere to lead
and becomes the name of the file; what an example states (`refcheck proved`) becomes its caption; and the pages of the
diagnostics and the decisions are listed in the order of their numbers.
"""

import re
from pathlib import Path

from sphinx.application import Sphinx

DOCS = Path(__file__).resolve().parents[2] / "docs"

project = "refcheck"
author = "The refcheck contributors"
extensions = ["myst_parser"]
html_theme = "furo"
html_title = "refcheck"
html_show_sphinx = False
html_copy_source = False
html_css_files = ["site.css"]
html_static_path = ["static"]
root_doc = "index"
exclude_patterns = ["*.json", "refcheck.1"]
myst_heading_anchors = 4
highlight_language = "none"
suppress_warnings = ["misc.highlighting_failure"]

_LINK = re.compile(r"\[([^\]\n]*)\]\(((?:\.\./)+[^)\s]+)\)")
_FOLDER = re.compile(r"\]\((diagnostics|adr)/\)")
_EXAMPLE = re.compile(r"^```refcheck ([^\n`]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PARTS = {
    "Use": ["tutorial", "commands", "editors", "c", "reports", "review", "adopting", "drift", "gate", "store"],
    "Language": ["language", "glossary", "limitations"],
    "Meaning and trust": ["semantics", "trust", "mutation", "performance", "run", "export"],
    "Found": ["findings", "kernel", "history", "corpus"],
}


def prepared(name: str, text: str) -> str:
    """The text of a page as the site shows it; the first page gets the table of contents."""
    here = (DOCS / name).parent

    def link(found: re.Match[str]) -> str:
        shown, there = found[1], (here / found[2].split("#")[0]).resolve()
        if there.is_relative_to(DOCS):
            return found[0]
        file = there.relative_to(DOCS.parent).as_posix()
        return shown if file in shown.replace("`", "") else f"{shown} (`{file}`)"

    text = _FOLDER.sub(lambda f: f"]({f[1]}/{min((DOCS / f[1]).glob('*.md')).name})", text)
    text = _EXAMPLE.sub(r"```{code-block} c\n:caption: \1\n\n\2```", _LINK.sub(link, text))
    return text + _contents() if name == "index" else text


def _contents() -> str:
    """Every page, in parts."""
    parts = dict(_PARTS)
    for title, folder in (("Diagnostics", "diagnostics"), ("Decisions", "adr")):
        parts[title] = [f"{folder}/{p.stem}" for p in sorted((DOCS / folder).glob("*.md"))]
    blocks = [":caption: {}\n:hidden:\n:maxdepth: 1\n\n{}\n".format(t, "\n".join(names)) for t, names in parts.items()]
    return "".join(f"\n```{{toctree}}\n{block}```\n" for block in blocks)


def setup(app: Sphinx) -> None:
    """What Sphinx asks while it reads."""

    def on_read(_app: Sphinx, name: str, content: list[str]) -> None:
        content[0] = prepared(name, content[0])

    app.connect("source-read", on_read)
