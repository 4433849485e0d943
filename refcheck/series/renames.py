# SPDX-License-Identifier: GPL-2.0-only
"""Files that patches rename: one file all along, under the name that it has behind each patch.

In front of the patch that moves it a file stands at its new place already, so that what the patch does to it beside that is
all that differs.
"""

from collections.abc import Mapping, Sequence

from refcheck.series.posted import PostedPatch
from refcheck.series.sides import TreeState

Renames = Mapping[str, str]  # the new names of files that a patch moved, with the old ones


def renames(patch: PostedPatch, old: TreeState, new: TreeState) -> dict[str, str]:
    """The files that a patch moved to where none was, from one state to the next."""

    def there(state: TreeState, path: str) -> bool:
        return state.index.includes.text(path) is not None

    return {
        c.path: c.source
        for c in patch.changes
        if c.kind == "renamed" and there(old, c.source) and there(new, c.path)
        and not there(old, c.path) and not there(new, c.source)
    }  # fmt: skip


def ahead(old: TreeState, moved: Renames) -> TreeState:
    """The state in front of a patch with its files moved already."""
    if not moved:
        return old
    gone = dict.fromkeys(moved.values())
    return old.with_texts({**gone, **{path: old.index.includes.text(source) for path, source in moved.items()}})


def last_name(path: str, later: Sequence[Renames]) -> str:
    """What a file is called behind some patches."""
    for moved in later:
        path = next((new for new, old in moved.items() if old == path), path)
    return path


def names_before(path: str, moves: Sequence[Renames]) -> list[str]:
    """What a file was called in front of all patches, and behind each; empty where it was not this one that had the name."""
    found = [path]
    for moved in reversed(moves):
        path = moved.get(path, "" if path in moved.values() else path)
        found.append(path)
    return found[::-1]
