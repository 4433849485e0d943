# SPDX-License-Identifier: GPL-2.0-only
"""Parts of pages that tools write: what stands between two marks."""


def start(name: str) -> str:
    """The mark in front of a part."""
    return f"<!-- {name}: begin -->"


def between(text: str, name: str, new: str) -> str:
    """The text with what stands between the marks of a part replaced."""
    end = f"<!-- {name}: end -->"
    before, rest = text.split(start(name))
    return f"{before}{start(name)}\n{new}\n{end}{rest.split(end)[1]}"
