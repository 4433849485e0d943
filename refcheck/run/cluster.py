# SPDX-License-Identifier: GPL-2.0-only
"""Files as tasks of a cluster that somebody has started with dask.distributed, which gives them to its workers.

A worker verifies one file at a time, as a process of pool.py does.  What a worker was at when it died is given to another
one.  A worker that has another refcheck or another text of the file than the one who asks is refused, so that a report
is of one input.
"""

import asyncio
import contextlib
import logging
import os
import queue
import threading
import time
from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from refcheck.base.diagnostics import InputError, InternalError, error, install
from refcheck.base.files import MAX_SOURCE, read_regular
from refcheck.base.named import NamedTuple
from refcheck.run.one_file import FileOutcome, Options
from refcheck.run.proof import verified
from refcheck.run.shared import Shared
from refcheck.run.workers import Fault, answered, taken
from refcheck.store.keys import c_parser, digest, versions
from refcheck.store.place import Store
from refcheck.unit.load import SHIPPED

if TYPE_CHECKING:
    from distributed import Client, Future

# Seconds: for an answer of the scheduler, between two looks at the workers, and without any worker.
_ANSWER, _LOOK, PATIENCE = 10.0, 1.0, 30.0


class _Errand(NamedTuple):
    """One file: what is asked, of which run, by which refcheck, from which working folder, and the digest of its text."""

    run: str
    by: str
    folder: str
    path: Path
    text: str
    options: Options
    store: Path | None


class _Refused(NamedTuple):
    """Why a worker did not verify a file."""

    why: str


_Brought = FileOutcome | Fault | _Refused

# ---------------------------------------------------------------------------------------------- in a worker

_one_file_at_a_time = threading.Lock()
_known: dict[str, Shared] = {}


def _work(task: _Errand) -> _Brought:
    """Verify a file in this worker."""
    with _one_file_at_a_time:  # neither the prover nor the working folder is of one thread
        if task.by != _by():
            return _Refused("has another refcheck, Python, Z3 or parser, or other specs that ship with it")
        try:
            os.chdir(task.folder)
        except OSError as e:
            return _Refused(f"has no folder `{task.folder}` ({e.strerror or e})")
        if _text(task.path) != task.text:
            return _Refused(f"has another `{task.path}`")
        if task.run not in _known:
            _known.clear()
            _known[task.run] = Shared()
        store = Store(task.store) if task.store else None
        return answered(task.path, partial(verified, options=task.options, store=store, shared=_known[task.run]))


def _keep(run: str) -> None:
    """Let a worker keep what it knows for the next run."""
    with _one_file_at_a_time:
        if run in _known:
            _known.pop(run).keep()


def _by() -> str:
    """Who verifies: all that a verdict depends on beside the files that are named."""
    specs = sorted(p for p in SHIPPED.rglob("*.spec"))
    return digest(versions(), c_parser(), *(part for p in specs for part in (p.name, p.read_bytes())))


def _text(path: Path) -> str:
    """The digest of a text; of nothing where it cannot be read, which the one who verifies it says in words."""
    try:
        return digest(read_regular(str(path), MAX_SOURCE))
    except (OSError, ValueError):
        return ""


# ---------------------------------------------------------------------------------------------- in the run


def spread(
    files: list[Path], todo: list[int], options: Options, store: Store | None, address: str
) -> Iterator[tuple[int, FileOutcome]]:
    """(number of the file, outcome) as they get ready, of the workers that the scheduler at an address has.

    InputError where there is no scheduler or worker, or one that is no worker of this run; InternalError as workers.py.
    """
    with _client(address) as client:
        run, by, here = uuid4().hex, _by(), os.getcwd()
        ready: queue.SimpleQueue[Future[_Brought]] = queue.SimpleQueue()
        waiting: dict[str, tuple[int, Future[_Brought]]] = {}
        try:
            for i in todo:
                task = _Errand(run, by, here, files[i], _text(files[i]), options, store.folder if store else None)
                future = client.submit(_work, task, key=f"refcheck-{run}-{i}", pure=False)
                waiting[str(future.key)] = (i, future)
                future.add_done_callback(ready.put)
            while waiting:
                future = _next(ready, client, address)
                i, _ = waiting.pop(str(future.key))
                yield i, _received(future, files[i], client, address)
            if store is not None:
                client.run(_keep, run, on_error="ignore")
        finally:
            with contextlib.suppress(Exception):  # the run has an end already, and the scheduler may be gone
                client.cancel([future for _, future in waiting.values()])


def _client(address: str) -> "Client":
    """A connection to the scheduler."""
    if find_spec("distributed") is None:
        raise _usage("`--dask` needs distributed", install("dask"))
    import distributed  # noqa: PLC0415  for this option only

    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        if not address:
            raise ValueError  # noqa: TRY301  it would start a cluster of its own
        client: Client = distributed.Client(address, timeout=_ANSWER, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TypeError):
        help_text = "start one with `dask scheduler`, workers with `dask worker ADDRESS`, and name its address"
        raise _usage(f"no scheduler answers at `{address}`", help_text) from None
    return client


def _next(ready: "queue.SimpleQueue[Future[_Brought]]", client: "Client", address: str) -> "Future[_Brought]":
    """The next task that is done."""
    since = time.monotonic()
    while True:
        with contextlib.suppress(queue.Empty):
            return ready.get(timeout=_LOOK)
        since = _with_workers(client, address, since)


def _with_workers(client: "Client", address: str, since: float) -> float:
    """When a worker was there last; InputError where none has been for too long, or the scheduler is gone."""
    if client.status != "running":
        raise _usage(f"the scheduler at `{address}` is gone", "start it again, and the run; the store has what was verified")
    if client.scheduler_info()["workers"]:
        return time.monotonic()
    if time.monotonic() - since > PATIENCE:
        raise _usage(f"the scheduler at `{address}` has no worker", f"start one with `dask worker {address}`")
    return since


def _received(future: "Future[_Brought]", path: Path, client: "Client", address: str) -> FileOutcome:
    """What a task gave, which is lost with its worker and made anew as long as it is not here."""
    from distributed import KilledWorker  # noqa: PLC0415  as above

    since = asked = time.monotonic()
    while True:
        try:
            answer = future.result(timeout=_LOOK)
        except TimeoutError:
            since = _with_workers(client, address, since)
        except KilledWorker as e:
            raise InternalError(f"each worker that verified {path} ended, the last one at {e.last_worker.address}") from None
        except (Exception, asyncio.CancelledError) as e:  # noqa: BLE001
            if future.status == "error" or time.monotonic() - asked > PATIENCE:  # of the task, not of the way to it
                raise _usage(f"a worker cannot verify `{path}`: {type(e).__name__}: {e}", _SAME) from None
            since = _with_workers(client, address, since)
            time.sleep(_LOOK)
        else:
            if isinstance(answer, _Refused):
                raise _usage(f"a worker {answer.why}", _SAME)
            return taken(answer, path)


_SAME = "workers need the same refcheck, and the same files at the same places"


def _usage(text: str, help_text: str) -> InputError:
    return InputError([error("usage", text, help_text=help_text)])
