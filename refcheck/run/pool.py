# SPDX-License-Identifier: GPL-2.0-only
"""Many files at once: worker processes that each verify one file after the other.

Outcomes come in the order of the files, whichever is ready first.  The store is asked for all files before a process
is started, so that an unchanged run starts none.  A worker ends with its parent, however that ends; a parent that is
interrupted ends its workers.  A worker that dies is a fault that names the file it was at.
"""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from refcheck.base.diagnostics import InternalError
from refcheck.base.named import NamedTuple
from refcheck.run.one_file import Options, Outcome, Seen, no_memory, stored, verified

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkContext, ForkProcess, SpawnContext, SpawnProcess

    from refcheck.store.place import Store

    Process = ForkProcess | SpawnProcess

# One file at hand and one in the pipe, so that no worker waits for its parent.
_AHEAD = 2
_PATIENCE = 2.0


class _Fault(NamedTuple):
    """What a worker raised."""

    text: str
    too_deep: bool


Progress = Callable[[int, Path], None]


def usable_cpus() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def outcomes(
    files: list[Path], options: Options, store: "Store | None", jobs: int, progress: Progress
) -> Iterator[Outcome]:
    """The outcome of each file, in order; `progress` hears how many are done, and of the file that is next or just done.

    InternalError where a worker died or found a fault of refcheck.
    """
    seen = Seen()
    known = {i: found for i, path in enumerate(files) if (found := stored(path, options, store, seen)) is not None}
    todo = [i for i in range(len(files)) if i not in known]
    todo.sort(key=lambda i: -_size(files[i]))
    if jobs == 1 or len(todo) < 2:
        for i, path in enumerate(files):
            progress(i, path)
            yield known.pop(i) if i in known else verified(path, options, store)
        return
    following = 0
    for done, (i, outcome) in enumerate(_parallel(files, todo, options, store, jobs), len(known) + 1):
        progress(done, files[i])
        known[i] = outcome
        while following in known:
            yield known.pop(following)
            following += 1
    while following in known:
        yield known.pop(following)
        following += 1


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _parallel(
    files: list[Path], todo: list[int], options: Options, store: "Store | None", jobs: int
) -> Iterator[tuple[int, Outcome]]:
    """(number of the file, outcome) as they get ready, the largest files first."""
    from multiprocessing.connection import wait

    import refcheck.prove.prove
    import refcheck.result.build
    import refcheck.run.tasks  # noqa: F401  what every worker needs is there when they are forked

    context = _context()
    workers: dict[Connection, tuple[Process, list[int]]] = {}
    left = iter(todo)
    try:
        for _ in range(min(jobs, len(todo))):
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(theirs, options, store), daemon=True)
            process.start()
            theirs.close()
            workers[ours] = (process, [])
        for _ in range(_AHEAD):
            for pipe in workers:
                _hand_out(pipe, workers[pipe][1], left, files)
        while any(at for _, at in workers.values()):
            ready = set(wait([p for p, (_, at) in workers.items() if at]))
            for pipe in [p for p in workers if p in ready]:
                process, at = workers[pipe]
                yield at[0], _receive(pipe, process, files[at[0]])
                at.pop(0)
                _hand_out(pipe, at, left, files)
    finally:
        _end([process for process, _ in workers.values()])


def _context() -> "ForkContext | SpawnContext":
    """Forking costs milliseconds and shares what is imported; it is safe here, where one thread runs."""
    import multiprocessing

    if sys.platform == "linux":
        return multiprocessing.get_context("fork")
    return multiprocessing.get_context("spawn")


def _hand_out(pipe: "Connection", at: list[int], left: Iterator[int], files: list[Path]) -> None:
    for i in left:
        at.append(i)
        try:
            pipe.send(files[i])
        except OSError:  # it is dead; what it was at is read from the pipe
            return
        return


def _receive(pipe: "Connection", process: "Process", path: Path) -> Outcome:
    try:
        answer = pipe.recv()
    except (EOFError, OSError):
        process.join(_PATIENCE)
        code = process.exitcode
        how = f"by signal {-code}" if code is not None and code < 0 else f"with status {code}"
        raise InternalError(f"the process that verified {path} ended {how}") from None
    if isinstance(answer, _Fault):
        if answer.too_deep:
            raise RecursionError(answer.text)
        raise InternalError(f"{path}: {answer.text}")
    assert isinstance(answer, Outcome)
    return answer


def _end(workers: "list[Process]") -> None:
    """No worker is left behind: those that do not end at a request are killed."""
    for process in workers:
        process.terminate()
    for process in workers:
        process.join(_PATIENCE)
        if process.is_alive():
            process.kill()
            process.join()


def _work(pipe: "Connection", options: Options, store: "Store | None") -> None:
    """A worker: paths in, outcomes out, until the pipe is closed."""
    import signal
    import threading

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    while True:
        try:
            path = pipe.recv()
        except (EOFError, OSError):
            return
        answer: Outcome | _Fault
        try:
            answer = verified(path, options, store)
        except Exception as e:  # noqa: BLE001  the parent says it, as it would say its own
            answer = _Fault(f"{type(e).__name__}: {e}", _too_deep(e))
        try:
            pipe.send(answer)
        except MemoryError:
            pipe.send(no_memory(path))


def _end_with_parent() -> None:
    import multiprocessing
    import signal
    from multiprocessing.connection import wait

    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
    os.kill(os.getpid(), signal.SIGTERM)


def _too_deep(e: BaseException | None) -> bool:
    while e is not None:
        if isinstance(e, RecursionError):
            return True
        e = e.__cause__ or e.__context__
    return False
