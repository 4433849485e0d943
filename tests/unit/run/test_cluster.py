# SPDX-License-Identifier: GPL-2.0-only
"""Files as tasks of a cluster: the same report, also where a worker dies, and words for a cluster that is none."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import ROOT, Ran, run

from refcheck.base.diagnostics import InputError, InternalError
from refcheck.cli.progress import Bar
from refcheck.run import cluster
from refcheck.run.one_file import Options

distributed = pytest.importorskip("distributed", reason="pip install 'kernel-refcheck[dask]'")

TREE = ROOT / "corpus" / "c"
START = "from dask.__main__ import main; main()"


class Cluster:
    """A scheduler and its workers, each a process of its own as `dask` starts them."""

    def __init__(self, place: Path) -> None:
        self.place, self.file, self.processes = place, place / "scheduler.json", list[subprocess.Popen]()
        self.start("scheduler", "--port", "0", "--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0",
                   "--scheduler-file", self.file)  # fmt: skip
        until(self.file.is_file)
        self.address = json.loads(self.file.read_text(encoding="utf-8"))["address"]
        self.client = distributed.Client(self.address, set_as_default=False)

    def start(self, *words: object) -> subprocess.Popen:
        """`dask WORDS`, in the background."""
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        command = [sys.executable, "-c", START, *map(str, words)]
        self.processes.append(subprocess.Popen(command, cwd=self.place, env=env, **quiet))
        return self.processes[-1]

    def worker(self) -> subprocess.Popen:
        """One more worker, which is not started again when it dies."""
        before = len(self.workers())
        made = self.start("worker", self.address, "--no-nanny", "--nthreads", "1", "--no-dashboard")
        until(lambda: len(self.workers()) > before)
        return made

    def workers(self) -> list[str]:
        """The addresses of the workers that there are."""
        return list(self.client.scheduler_info()["workers"])

    def end(self) -> None:
        """Nothing of it is left."""
        self.client.close()
        for process in self.processes:
            process.kill()
            process.wait()


def until(holds, seconds: float = 60) -> None:
    """Wait for something; AssertionError where it does not come."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        yield made
    finally:
        made.end()


def verified(*how: object) -> Ran:
    """A report of some C files and models, a file that is none among them."""
    files = [*sorted(TREE.glob("0*/*.c")), ROOT / "models" / "bareudp.rc", ROOT / "models" / "geneve.rc"]
    return run("verify", "--format", "json", "--no-store", "--tree", TREE, *files, *how)


def test_a_worker_that_dies_loses_nothing(place: Cluster, monkeypatch: pytest.MonkeyPatch):
    process = place.worker()
    (victim,) = place.workers()
    place.worker()
    at_hand: list[int] = []

    def kill_one(*_at: object) -> None:
        if not at_hand:
            at_hand.append(len(place.client.processing(workers=[victim])[victim]))
            process.send_signal(signal.SIGKILL)

    alone = verified("--jobs", "1")
    with monkeypatch.context() as m:
        m.setattr(Bar, "at", kill_one)
        shared = verified("--dask", place.address)
    assert at_hand[0] > 0
    assert process.wait(10) == -signal.SIGKILL
    assert shared.err == alone.err  # by itself, so that a failure shows the words
    assert shared == alone
    assert alone.status == 1
    assert len(json.loads(alone.out)["results"]) > 20


def test_what_is_wrong_with_a_file_is_said_as_without_a_cluster(place: Cluster, tmp_path: Path):
    if not place.workers():
        place.worker()
    (tmp_path / "a.rc").write_text("int f( {", encoding="utf-8")
    (tmp_path / "b.rc").write_bytes(b"\xff")
    words = ("verify", "--no-store", tmp_path)
    shared = run(*words, "--dask", place.address)
    assert shared == run(*words, "--jobs", "1")
    assert shared.status == 2


def test_a_worker_with_another_text_or_refcheck_is_refused(place: Cluster, monkeypatch: pytest.MonkeyPatch):
    if not place.workers():
        place.worker()
    model = ROOT / "models" / "bareudp.rc"
    with monkeypatch.context() as m:
        m.setattr(cluster, "_text", lambda _path: "0" * 40)
        found = run("verify", "--no-store", "--dask", place.address, model)
    assert found.status == 2
    assert f"a worker has another `{model}`" in " ".join(found.err.split())
    with monkeypatch.context() as m:
        m.setattr(cluster, "_by", lambda: "0" * 40)
        found = run("verify", "--no-store", "--dask", place.address, model)
    assert found.status == 2
    assert "a worker has another refcheck" in found.err


def test_what_the_store_has_needs_no_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("REFCHECK_NO_STORE", raising=False)
    model = ROOT / "models" / "bareudp.rc"
    first = run("verify", "--store", tmp_path, model)
    assert run("verify", "--store", tmp_path, "--dask", "127.0.0.1:1", model) == first


@pytest.mark.parametrize("address", ["127.0.0.1:1", "", "nothing://x", "x y"])
def test_an_address_without_a_scheduler(address: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cluster, "_ANSWER", 0.5)
    found = run("verify", "--no-store", "--dask", address, ROOT / "models" / "bareudp.rc")
    assert found.status == 2
    assert f"no scheduler answers at `{address}`" in found.err
    assert "dask scheduler" in found.err


def test_a_scheduler_without_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cluster, "PATIENCE", 0.0)
    monkeypatch.setattr(cluster, "_LOOK", 0.1)
    empty = Cluster(tmp_path)
    try:
        found = run("verify", "--no-store", "--dask", empty.address, ROOT / "models" / "bareudp.rc")
    finally:
        empty.end()
    assert found.status == 2
    assert "has no worker" in found.err


class _Died:
    """A task whose workers have all died."""

    def result(self, timeout: float) -> None:  # noqa: ARG002
        from distributed.scheduler import KilledWorker

        raise KilledWorker("x", type("W", (), {"address": "tcp://a:1"})(), 3)


def test_a_file_that_ends_each_worker_is_a_fault():
    with pytest.raises(InternalError, match=r"each worker that verified m\.rc ended, the last one at tcp://a:1"):
        cluster._received(_Died(), Path("m.rc"), None, "a")


class _OnItsWay:
    """A task that is done, whose answer is lost with its worker once."""

    def __init__(self, status: str) -> None:
        self.status, self.asked = status, 0

    def result(self, timeout: float) -> cluster._Refused:  # noqa: ARG002
        self.asked += 1
        if self.asked == 1:
            raise OSError("the worker is gone")
        return cluster._Refused("answered")


class _OneWorker:
    """A client whose scheduler has a worker."""

    status = "running"

    def scheduler_info(self) -> dict[str, list[str]]:
        return {"workers": ["a"]}


@pytest.mark.parametrize(
    ("status", "asked", "why"), [("finished", 2, "a worker answered"), ("error", 1, "OSError: the worker is gone")]
)
def test_an_answer_lost_on_its_way_is_asked_for_again(status: str, asked: int, why: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cluster, "_LOOK", 0.0)
    task = _OnItsWay(status)
    with pytest.raises(InputError, match=why):
        cluster._received(task, Path("m.rc"), _OneWorker(), "a")
    assert task.asked == asked


def test_processes_of_ones_own_and_of_a_cluster_exclude_each_other():
    found = run("verify", "--dask", "a:1", "--jobs", "2", ROOT / "models" / "bareudp.rc")
    assert found.status == 2
    assert "leave out --jobs" in found.err


def test_a_worker_says_which_folder_it_has_not(tmp_path: Path):
    task = cluster._Errand("r", cluster._by(), str(tmp_path / "gone"), Path("m.rc"), "", Options(), None)
    assert cluster._work(task) == cluster._Refused(f"has no folder `{tmp_path / 'gone'}` (No such file or directory)")
