# SPDX-License-Identifier: GPL-2.0-only
"""Worker processes that each verify one file after the other.

A worker ends with its parent, however that ends; a parent that is interrupted ends its workers.  A worker that dies is a
fault that names the file it was at.  All that a worker needs is imported here, before it is forked.
"""

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkContext, ForkProcess, SpawnContext, SpawnProcess
from pathlib import Path

from refcheck.base.diagnostics import InternalError, too_deep
from refcheck.base.named import NamedTuple
from refcheck.run.one_file import FileOutcome, Options, no_memory
from refcheck.run.proof import verified
from refcheck.run.shared import Shared
from refcheck.store.place import Store

Process = ForkProcess | SpawnProcess

# One file at hand and one in the pipe, so that no worker waits for its parent.
_AHEAD = 2
_PATIENCE = 2.0
_LAST_WORDS = 30.0


class Fault(NamedTuple):
    """What a worker raised."""

    text: str
    too_deep: bool


def parallel(
    files: list[Path], todo: list[int], options: Options, store: Store | None, shared: Shared, jobs: int
) -> Iterator[tuple[int, FileOutcome]]:
    """(number of the file, outcome) as they get ready, the largest files first."""
    context = _context()
    workers: dict[Connection, tuple[Process, list[int]]] = {}
    left = iter(todo)
    try:
        for _ in range(min(jobs, len(todo))):
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(theirs, options, store, shared), daemon=True)
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
        _finish(workers)
    finally:
        _end([process for process, _ in workers.values()])


def _context() -> ForkContext | SpawnContext:
    """Forking costs milliseconds and shares what is imported; it is safe here, where one thread runs."""
    if sys.platform == "linux":
        return multiprocessing.get_context("fork")
    return multiprocessing.get_context("spawn")


def _hand_out(pipe: Connection, at: list[int], left: Iterator[int], files: list[Path]) -> None:
    for i in left:
        at.append(i)
        try:
            pipe.send(files[i])
        except OSError:  # it is dead; what it was at is read from the pipe
            return
        return


def _receive(pipe: Connection, process: Process, path: Path) -> FileOutcome:
    try:
        answer = pipe.recv()
    except (EOFError, OSError):
        process.join(_PATIENCE)
        code = process.exitcode
        how = f"by signal {-code}" if code is not None and code < 0 else f"with status {code}"
        raise InternalError(f"the process that verified {path} ended {how}") from None
    return taken(answer, path)


def answered(path: Path, options: Options, store: Store | None, shared: Shared) -> FileOutcome | Fault:
    """The outcome of a file, or the fault that was met, as something that can be sent."""
    try:
        return verified(path, options, store, shared)
    except Exception as e:  # noqa: BLE001  who asked says it, as it would say its own
        return Fault(f"{type(e).__name__}: {e}", too_deep(e))


def taken(answer: object, path: Path) -> FileOutcome:
    """What was sent as an outcome; InternalError or RecursionError where it is a fault."""
    if isinstance(answer, Fault):
        if answer.too_deep:
            raise RecursionError(answer.text)
        raise InternalError(f"{path}: {answer.text}")
    assert isinstance(answer, FileOutcome)
    return answer


def _finish(workers: dict[Connection, tuple[Process, list[int]]]) -> None:
    """Let the workers keep what they know for the next run."""
    for pipe in workers:
        with contextlib.suppress(OSError):
            pipe.send(None)
    for process, _ in workers.values():
        process.join(_LAST_WORDS)


def _end(workers: list[Process]) -> None:
    """No worker is left behind: those that do not end at a request are killed."""
    for process in workers:
        process.terminate()
    for process in workers:
        process.join(_PATIENCE)
        if process.is_alive():
            process.kill()
            process.join()


def _work(pipe: Connection, options: Options, store: Store | None, shared: Shared) -> None:
    """A worker: paths in, outcomes out, until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    while True:
        try:
            path = pipe.recv()
        except (EOFError, OSError):
            return
        if path is None:
            shared.keep()
            return
        try:
            pipe.send(answered(path, options, store, shared))
        except MemoryError:
            pipe.send(no_memory(path))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
    os.kill(os.getpid(), signal.SIGTERM)
