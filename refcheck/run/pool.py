# SPDX-License-Identifier: GPL-2.0-only
"""Many files: outcomes in the order of the files, whichever is ready first.

The store is asked for all files before anything is proved or a process is started, so that an unchanged run needs neither.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from refcheck.run.one_file import FileOutcome, Options, Seen, stored
from refcheck.run.shared import Shared
from refcheck.store.place import Store

Progress = Callable[[int, Path], None]


def usable_cpus() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def outcomes(
    files: list[Path], options: Options, store: Store | None, jobs: int, progress: Progress
) -> Iterator[FileOutcome]:
    """The outcome of each file, in order; `progress` hears how many are done, and of the file that is next or just done.

    InternalError where a worker died or found a fault of refcheck.
    """
    seen, shared = Seen(), Shared()
    known = {i: found for i, path in enumerate(files) if (found := stored(path, options, store, seen, shared)) is not None}
    todo = [i for i in range(len(files)) if i not in known]
    todo.sort(key=lambda i: -_size(files[i]))
    if jobs == 1 or len(todo) < 2:
        for i, path in enumerate(files):
            progress(i, path)
            yield known.pop(i) if i in known else _verified(path, options, store, shared)
        shared.keep()
        return
    from refcheck.run.workers import parallel  # noqa: PLC0415  needs all of the front end and the prover

    following = 0
    for done, (i, outcome) in enumerate(parallel(files, todo, options, store, shared, jobs), len(known) + 1):
        progress(done, files[i])
        known[i] = outcome
        while following in known:
            yield known.pop(following)
            following += 1
    while following in known:
        yield known.pop(following)
        following += 1


def _verified(path: Path, options: Options, store: Store | None, shared: Shared) -> FileOutcome:
    from refcheck.run.proof import verified  # noqa: PLC0415  needs all of the front end and the prover

    return verified(path, options, store, shared)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
