# SPDX-License-Identifier: GPL-2.0-only
"""Worker processes that each do some work on one file after the other.

A worker ends with its parent, however that ends; a parent that is interrupted ends its workers.  A worker that dies is a
fault that names the file it was at.  All that a worker needs is imported before it is forked.
"""

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkContext, ForkProcess, SpawnContext, SpawnProcess
from pathlib import Path
from typing import Any, Generic, TypeVar

from refcheck.base.diagnostics import InternalError, too_deep
from refcheck.base.named import NamedTuple

Answer = TypeVar("Answer")
Process = ForkProcess | SpawnProcess

# One file at hand and one in the pipe, so that no worker waits for its parent.
_AHEAD = 2
_PATIENCE = 2.0
_LAST_WORDS = 30.0


class Fault(NamedTuple):
    """What a worker raised."""

    text: str
    too_deep: bool


class OfEachFile(Generic[Answer]):
    """What is done with each file, what is answered where the memory does not suffice, and what a worker does at its end.

    Where processes are not forked (`forks`) all of it is pickled.
    """

    def __init__(self, do: Callable[[Path], Answer], no_memory: Callable[[Path], Answer], last: Callable[[], None]) -> None:
        self.do, self.no_memory, self.last = do, no_memory, last


def forks() -> bool:
    """Workers are forked, so that they have all that their parent has."""
    return sys.platform == "linux"


def parallel(files: list[Path], todo: list[int], work: OfEachFile[Answer], jobs: int) -> Iterator[tuple[int, Answer]]:
    """(number of the file, answer) as they get ready; handed out in the order of `todo`, the largest first."""
    context = _context()
    workers: dict[Connection, tuple[Process, list[int]]] = {}
    left = iter(todo)
    try:
        for _ in range(min(jobs, len(todo))):
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(theirs, work), daemon=True)
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
    if forks():
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


def _receive(pipe: Connection, process: Process, path: Path) -> Any:
    try:
        answer = pipe.recv()
    except (EOFError, OSError):
        process.join(_PATIENCE)
        code = process.exitcode
        how = f"by signal {-code}" if code is not None and code < 0 else f"with status {code}"
        raise InternalError(f"the process that was at {path} ended {how}") from None
    return taken(answer, path)


def answered(path: Path, do: Callable[[Path], Answer]) -> Answer | Fault:
    """What is answered for a file, or the fault that was met, as something that can be sent."""
    try:
        return do(path)
    except Exception as e:  # noqa: BLE001  who asked says it, as it would say its own
        return Fault(f"{type(e).__name__}: {e}", too_deep(e))


def taken(answer: Answer | Fault, path: Path) -> Answer:
    """What was sent as an answer; InternalError or RecursionError where it is a fault."""
    if isinstance(answer, Fault):
        if answer.too_deep:
            raise RecursionError(answer.text)
        raise InternalError(f"{path}: {answer.text}")
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


def _work(pipe: Connection, work: OfEachFile[Any]) -> None:
    """A worker: paths in, answers out, until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    while True:
        try:
            path = pipe.recv()
        except (EOFError, OSError):
            return
        if path is None:
            work.last()
            return
        try:
            pipe.send(answered(path, work.do))
        except MemoryError:
            pipe.send(work.no_memory(path))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
    os.kill(os.getpid(), signal.SIGTERM)
