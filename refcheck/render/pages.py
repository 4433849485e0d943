# SPDX-License-Identifier: GPL-2.0-only
"""The pages of the diagnostics: docs/diagnostics/ in the tree, diagnostics_pages/ in an installed package."""

from importlib.resources import files
from pathlib import Path


def page_text(number: str) -> str:
    """The page of a code without its heading."""
    page = files("refcheck").joinpath("diagnostics_pages", f"{number}.md")
    if not page.is_file():
        page = Path(__file__).parent.parent.parent / "docs" / "diagnostics" / f"{number}.md"
    return page.read_text(encoding="utf-8").split("\n", 2)[2].strip()
