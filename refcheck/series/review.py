# SPDX-License-Identifier: GPL-2.0-only
"""The review of a series: patch after patch onto copies, and what each does to the functions that it reaches.

Looked at are the functions that a patch changes, those whose callees' contracts it changes, and those that lead to them in
their file.  Of these, whatever has another slice or other contracts behind the patch is verified on both sides.  Which
contracts hold is settled patch after patch; then each file is a matter of its own, and of a process of its own.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from refcheck import __version__
from refcheck.base.diagnostics import MORE_MEMORY, NO_MEMORY, Diagnostic, error
from refcheck.c.index import Index
from refcheck.result.places import problems
from refcheck.result.record import Source
from refcheck.result.review import FunctionReview, HunkPut, PatchReview, Review
from refcheck.run.from_c import contracts_of, specs_digest
from refcheck.run.one_file import Options
from refcheck.run.workers import OfEachFile, forks, parallel
from refcheck.series.copies import Copies
from refcheck.series.posted import Series
from refcheck.series.reach import PatchStep, reached
from refcheck.series.renames import ahead, last_name, renames
from refcheck.series.settled import BothStates
from refcheck.series.sides import Overlay, SharedWork, TreeState
from refcheck.series.timeline import FileReview, Told, timeline
from refcheck.store.keys import z3_version
from refcheck.store.place import Store


def review(
    series: Series, tree: Path, options: Options, store: Store | None, told: Told, jobs: int = 1
) -> Review:  # fmt: skip
    """The review of a series on a tree, which is read and never written.

    InputError where the specs are none.
    """
    unit, _, decl = contracts_of(options.contracts, options.specs)
    copies, wrong = Copies(tree, series), list[Diagnostic](series.problems)
    base = Index(str(tree), store)
    first = TreeState(base.with_texts(copies.texts), decl, SharedWork(options, store, specs_digest(unit)), Overlay())
    state, steps = first, list[PatchStep]()
    for place, patch in enumerate(series.patches, 1):
        files, found = copies.put(patch)
        after = TreeState(base.with_texts(copies.texts), decl, state.known, state.overlay)
        moved = renames(patch, state, after)
        steps.append(reached(patch.number or place, patch, tuple(files), BothStates(ahead(state, moved), after), moved))
        wrong += (*found, *steps[-1].problems)
        state = steps[-1].both.new
    do = partial(_file, steps=steps, first=first, told=told)
    each = sorted(_each(steps, OfEachFile(do, partial(_no_memory, steps=steps), base.keep), jobs))
    base.keep()
    wrong += (p for f in each for p in f.problems)
    patches = tuple(_patch(s, tuple(r for f in each for r in f.functions[i]), len(steps)) for i, s in enumerate(steps))
    left = tuple(sorted(x for f in each for x in f.left))
    shown = {f.file for p in patches for f in p.functions if f.found}
    sources = tuple(Source(path, given.source.text) for path in sorted(shown) if (given := state.parsed(path)) is not None)
    return Review(__version__, z3_version(), patches, left, tuple(problems(wrong)), sources)


def _each(steps: list[PatchStep], work: OfEachFile[FileReview], jobs: int) -> Iterator[FileReview]:
    """What the series does to each file, in the order in which they get ready."""
    moves = [s.renames for s in steps]
    paths = sorted({last_name(p, moves[i:]) for i, s in enumerate(steps, 1) for p in s.paths})
    files = [Path(p) for p in paths]
    if jobs == 1 or len(files) < 2 or not forks():
        yield from map(work.do, files)
        return
    last = steps[-1].both.new
    size = {i: sum(p in s.paths for s in steps) * len(last.index.includes.text(p) or b"") for i, p in enumerate(paths)}
    yield from (found for _, found in parallel(files, sorted(size, key=lambda i: -size[i]), work, jobs))


def _file(path: Path, steps: list[PatchStep], first: TreeState, told: Told) -> FileReview:
    try:
        return timeline(steps, path.as_posix(), first, told)
    except MemoryError:
        pass  # what was built is given up on the way out
    return _no_memory(path, steps)


def _no_memory(path: Path, steps: list[PatchStep]) -> FileReview:
    trouble = error("out-of-memory", f"`{path}`: {NO_MEMORY}", help_text=MORE_MEMORY)
    return FileReview(path.as_posix(), ((),) * len(steps), (), (trouble,))


def _patch(s: PatchStep, functions: tuple[FunctionReview, ...], steps: int) -> PatchReview:
    p = s.patch
    return PatchReview(
        number=s.number,
        total=p.total or steps,
        subject=p.subject,
        ident=p.ident,
        references=p.references,
        author=p.author,
        cc=p.cc,
        date=p.date,
        hunks=tuple(HunkPut(f.path, x.line, str(x)) for f in s.files for x in f.puts),
        contracts=tuple(c for c in s.contracts if c.old != c.new),
        functions=functions,
        unreviewed=tuple(sorted(s.unreviewed)),
    )
