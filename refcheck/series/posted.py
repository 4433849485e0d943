# SPDX-License-Identifier: GPL-2.0-only
"""A patch as it was posted, and a series of them: plain data, whatever they came in."""

from refcheck.base.diagnostics import Diagnostic
from refcheck.base.named import NamedTuple
from refcheck.series.patch import FileChange


class PostedPatch(NamedTuple):
    """One patch: number k of n (0 of 0 where its subject does not say), the heads of its mail, and what it changes.

    `cc` are those who got the mail beside its author, `commit` is the one of the tree that the patch is, if it is one.
    """

    number: int
    total: int
    version: str
    subject: str
    ident: str
    references: str
    author: str
    cc: tuple[str, ...]
    date: str
    changes: tuple[FileChange, ...]
    commit: str = ""


class Series(NamedTuple):
    """The patches in the order in which they are applied, the commit that they start from (a range), and what was wrong."""

    patches: tuple[PostedPatch, ...]
    start: str
    problems: tuple[Diagnostic, ...]
