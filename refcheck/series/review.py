# SPDX-License-Identifier: GPL-2.0-only
"""The review of a series: patch after patch onto copies, and what each does to the functions that it reaches.

Looked at are the functions that a patch changes, those whose callees' contracts it changes, and those that lead to them in
their file.  Of these, whatever has another slice or other contracts behind the patch is verified on both sides.
"""

from pathlib import Path

from refcheck import __version__
from refcheck.base.diagnostics import Diagnostic
from refcheck.c.index import Index
from refcheck.result.places import problems
from refcheck.result.record import Source
from refcheck.result.review import FunctionReview, HunkPut, PatchReview, Review
from refcheck.run.from_c import contracts_of
from refcheck.run.one_file import Options
from refcheck.series.copies import Copies
from refcheck.series.mails import Series
from refcheck.series.reach import PatchStep, reached
from refcheck.series.settled import BothStates
from refcheck.series.sides import Overlay, SharedWork, TreeState
from refcheck.series.timeline import BugCauses, timeline
from refcheck.store.keys import z3_version
from refcheck.store.place import Store


def review(series: Series, tree: Path, options: Options, store: Store | None, known_bugs: BugCauses) -> Review:
    """The review of a series on a tree, which is read and never written; `known_bugs` stay quiet.

    InputError where the specs are none.
    """
    _, _, decl = contracts_of(options.contracts, options.specs)
    copies, wrong = Copies(tree, series.start), list[Diagnostic](series.problems)
    base = Index(str(tree), store)
    first = TreeState(base.with_texts(copies.texts), decl, SharedWork(options, store), Overlay())
    state, steps = first, list[PatchStep]()
    for place, patch in enumerate(series.patches, 1):
        files, found = copies.put(patch)
        wrong += found
        after = TreeState(base.with_texts(copies.texts), decl, state.known, state.overlay)
        step = reached(patch.number or place, patch, tuple(files), BothStates(state, after))
        wrong += step.problems
        steps.append(step)
        state = step.both.new
    base.keep()
    functions, left = timeline(steps, first, known_bugs)
    patches = tuple(_patch(s, found, len(steps)) for s, found in zip(steps, functions, strict=True))
    shown = {f.file for p in patches for f in p.functions if f.found}
    sources = tuple(Source(path, given[0].text) for path in sorted(shown) if (given := state.parsed(path)) is not None)
    return Review(__version__, z3_version(), patches, left, tuple(problems(wrong)), sources)


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
