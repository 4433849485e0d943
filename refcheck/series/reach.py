# SPDX-License-Identifier: GPL-2.0-only
"""What a patch reaches: the functions that read otherwise behind it, and those whose callees do something else.

Which these are, and which contracts hold, is found out patch after patch; what becomes of them file by file.
"""

import os

from refcheck.base.diagnostics import Diagnostic, error
from refcheck.base.named import NamedTuple
from refcheck.infer.surveyed import called
from refcheck.result.review import ChangedContract
from refcheck.series.changed import changed, direct_callers, files_with, macros_changed, mentions, shows
from refcheck.series.copies import PutFile
from refcheck.series.posted import PostedPatch
from refcheck.series.renames import Renames
from refcheck.series.settled import BothStates, settle
from refcheck.series.sides import SeenFunction, TreeState
from refcheck.series.unread import made_unread

MOST_FILES = 40
_ROUNDS = 4
NamesByFile = dict[str, set[str]]


class ReachedFunction(NamedTuple):
    """A function on both sides of a patch, None where it is not there; `because` says why it is looked at."""

    file: str
    function: str
    because: str
    old: SeenFunction | None
    new: SeenFunction | None


class PatchStep(NamedTuple):
    """One patch with what came of it.

    `moved` are the functions that read otherwise and `calling` those whose callees have another contract, by file;
    `unreviewed` are functions without a verdict, as a hunk for them failed; `renames` the files that it moved.
    """

    number: int
    patch: PostedPatch
    files: tuple[PutFile, ...]
    both: BothStates
    contracts: tuple[ChangedContract, ...]
    moved: NamesByFile
    calling: NamesByFile
    unreviewed: frozenset[str]
    problems: tuple[Diagnostic, ...]
    renames: Renames

    @property
    def paths(self) -> set[str]:
        """The C files with functions to look at."""
        return {p for p in self.moved if p.endswith(".c")} | self.calling.keys()


def reached(
    number: int, patch: PostedPatch, files: tuple[PutFile, ...], both: BothStates, moves: Renames
) -> PatchStep:  # fmt: skip
    """What one patch changes, on the states before and behind it; in both the files that it `moves` have their new names."""
    moved = _moved(patch, both)
    both, contracts, calling, left_out = _settled(both, moved)
    unreviewed = frozenset(n for f in files for n in _failed(both.new, f))
    said = f"patch {number}: {len(left_out)} more files call what it changes; they are not looked at"
    help_text = "verify them with the series applied: `refcheck verify`"
    wrong = [error("patch-fails", said, help_text=help_text)] if left_out else []
    wrong += (d for p in moved for d in made_unread(both.old, both.new, p, f"patch {number}"))
    return PatchStep(number, patch, files, both, tuple(contracts), moved, calling, unreviewed, tuple(wrong), moves)


def functions(step: PatchStep, path: str) -> tuple[ReachedFunction, ...]:
    """What becomes of the functions of one file by a patch."""
    moved, calling = step.moved.get(path, set()), step.calling.get(path, set())
    if path not in step.paths:
        return ()
    names = {n for n in moved | calling if n not in step.unreviewed}
    return tuple(_judged(step.both, path, names, dict.fromkeys(moved, "changed"), {c.function for c in step.contracts}))


def _moved(patch: PostedPatch, both: BothStates) -> NamesByFile:
    """The functions that read otherwise, by file; with those of changed files that use a macro of a changed header."""
    paths = {p for c in patch.changes for p in (c.path, c.source) if p.endswith((".c", ".h"))}
    moved = {p: changed(both.old, both.new, p) for p in sorted(paths)}
    macros = set[str]().union(*(macros_changed(both.old, both.new, p) for p in paths if p.endswith(".h")))
    over = both.new.index.includes.over
    for path in (p for p in over if p.endswith(".c") and over[p] is not None) if macros else ():
        moved.setdefault(path, set()).update(mentions(both.new, path, macros))
    return moved


def _settled(both: BothStates, moved: NamesByFile) -> tuple[BothStates, list[ChangedContract], NamesByFile, set[str]]:
    """The contracts that the patch changes, the functions that call these by file, and files that are left out."""
    both, contracts = settle(both, moved)
    calling, left_out, new = dict[str, set[str]](), set[str](), list(contracts)
    for _ in range(_ROUNDS):
        names = {c.function for c in new}
        if not names:
            break
        folders = {os.path.dirname(c.file) for c in new}
        found = files_with(both.new, names, folders)
        fresh: NamesByFile = {}
        for path in found[:MOST_FILES]:
            callers = direct_callers(both.new, path, names)
            if callers:
                fresh[path] = callers - calling.get(path, set()) - moved.get(path, set())
                calling.setdefault(path, set()).update(callers)
        left_out |= set(found[MOST_FILES:])
        both, new = settle(both, {p: n for p, n in fresh.items() if n})
        contracts += new
    return both, contracts, calling, left_out


def _failed(state: TreeState, f: PutFile) -> set[str]:
    """The functions of a file that a hunk which failed was meant for."""
    names = {n for said, _ in f.failed for n in said}
    for line in (line for said, line in f.failed if not said):
        names |= {
            n for n, fs in state.functions(f.path).items()
            if any(x.span.line <= line + 3 and line <= (x.body.span.end_line if x.body else 0) for x in fs)
        }  # fmt: skip
    return names


def _judged(
    both: BothStates, path: str, names: set[str], because: dict[str, str], contracts: set[str]
) -> list[ReachedFunction]:
    """The functions of a file that are others behind the patch, or rest on something else, with those that lead to them.

    Callers are looked at as far up as what they know of their callees is not what it was.
    """
    others, up, todo = list[tuple[str, SeenFunction | None, SeenFunction | None]](), set[str](), names
    while todo:
        up, only = up | todo, tuple(sorted(todo))
        for name in only:
            old, new = both.old.judged(path, name, only), both.new.judged(path, name, only)
            if (old.key if old else "") != (new.key if new else "") or (name in because and old is None):
                others.append((name, old, new))
        moved = {n for n in only if shows(both.old, path, n, only) != shows(both.new, path, n, only)}
        todo = (direct_callers(both.new, path, moved) | direct_callers(both.old, path, moved)) - up
    return [
        ReachedFunction(path, n, because.get(n, "") or _called(both.new, path, n, contracts | up), old, new)
        for n, old, new in sorted(others, key=lambda other: other[0])
    ]


def _called(state: TreeState, path: str, name: str, changed_names: set[str]) -> str:
    """Which of some functions another one calls, in words."""
    mine = set().union(*map(called, state.functions(path).get(name, ())))
    inside = sorted(mine & changed_names - {name})
    return f"calls {', '.join(f'{n}()' for n in inside[:3])}" if inside else "rests on what changed"
