# SPDX-License-Identifier: GPL-2.0-only
"""Many files: outcomes in the order of the files, whichever is ready first.

The store is asked for all files before anything is proved or a process is started, so that an unchanged run needs neither.
"""

import gc
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from refcheck.run.one_file import FileOutcome, Options, Seen, no_memory, stored
from refcheck.run.shared import Shared
from refcheck.store.place import Store

Progress = Callable[[int, Path, float], None]


def usable_cpus() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def outcomes(
    files: list[Path], options: Options, store: Store | None, jobs: int, progress: Progress, scheduler: str | None = None
) -> Iterator[FileOutcome]:
    """The outcome of each file, in order.

    `progress` hears how many are done, of the file that is next or just done, and which part of the work is done, by size.
    The workers are `jobs` processes, or those that the scheduler at an address has.  InternalError where a process died, or
    one found a fault of refcheck; InputError as cluster.py.
    """
    seen, shared = Seen(), Shared()
    known = {i: found for i, path in enumerate(files) if (found := stored(path, options, store, seen, shared)) is not None}
    todo = [i for i in range(len(files)) if i not in known]
    sizes = {i: _size(files[i]) for i in todo}
    todo.sort(key=lambda i: -sizes[i])
    part, whole = 0, max(1, sum(sizes.values()))
    if scheduler is None and (jobs == 1 or len(todo) < 2):
        for i, path in enumerate(files):
            progress(i, path, part / whole)
            yield known.pop(i) if i in known else _verified(path, options, store, shared)
            part += sizes.get(i, 0)
        shared.keep()
        return
    following = 0
    for done, (i, outcome) in enumerate(_ready(files, todo, options, store, shared, jobs, scheduler), len(known) + 1):
        part += sizes[i]
        progress(done, files[i], part / whole)
        known[i] = outcome
        while following in known:
            yield known.pop(following)
            following += 1
    while following in known:
        yield known.pop(following)
        following += 1


def _ready(
    files: list[Path], todo: list[int], options: Options, store: Store | None, shared: Shared, jobs: int,
    scheduler: str | None,
) -> Iterator[tuple[int, FileOutcome]]:  # fmt: skip
    """(number of the file, outcome) as they get ready; both ways need all of the front end and the prover."""
    if scheduler is None:
        from refcheck.run.proof import verified  # noqa: PLC0415  as said
        from refcheck.run.workers import OfEachFile, parallel  # noqa: PLC0415  as said

        do = partial(verified, options=options, store=store, shared=shared)
        return parallel(files, todo, OfEachFile(do, no_memory, shared.keep), jobs)
    if not todo:
        return iter(())
    from refcheck.run.cluster import spread  # noqa: PLC0415  as said

    return spread(files, todo, options, store, scheduler)


def _verified(path: Path, options: Options, store: Store | None, shared: Shared) -> FileOutcome:
    from refcheck.run.proof import verified  # noqa: PLC0415  needs all of the front end and the prover

    found = verified(path, options, store, shared)
    gc.freeze()  # what is left is known for the next file, and no cycle
    return found


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
