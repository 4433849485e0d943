# SPDX-License-Identifier: GPL-2.0-only
"""The folder of the store: one secret, whole files, and no run that it stops."""

import multiprocessing
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from stored import cost, store, verify

from refcheck.store.place import Store, Usage


def test_the_secret_is_the_users_alone(place: Path):
    verify(place)
    assert stat.S_IMODE((place / "key").stat().st_mode) == 0o600
    assert not list((place / "store").rglob("key"))
    (place / "key").chmod(0o644)
    assert cost(verify(place)) == (0, 2, 0), "what others can read seals nothing"
    assert stat.S_IMODE((place / "key").stat().st_mode) == 0o600


def _secret(place: str, start: object, told: object) -> None:
    start.wait()
    ours = store(Path(place))
    ours.put("x", "0" * 40, {})
    told.put(ours._secret)


def test_processes_that_start_at_once_have_one_secret(place: Path):
    context = multiprocessing.get_context("fork")
    for _ in range(5):
        (place / "key").unlink(missing_ok=True)
        start, told = context.Event(), context.Queue()
        runs = [context.Process(target=_secret, args=(str(place), start, told)) for _ in range(4)]
        for run in runs:
            run.start()
        start.set()
        assert len({told.get(timeout=60) for _ in runs}) == 1
        for run in runs:
            run.join()
    assert [p.name for p in place.iterdir() if p.name.startswith(".")] == []


def test_a_secret_that_cannot_be_kept_seals_nothing(place: Path):
    (place / "none").write_text("a file", encoding="utf-8")
    assert cost(verify(place, secret="none/key")) == (0, 0, 2)
    assert cost(verify(place, secret="none/key")) == (0, 2, 0)


def test_a_folder_that_cannot_be_written_stops_nothing(place: Path):
    (place / "store").write_text("a file stands in its place", encoding="utf-8")
    found = verify(place)
    assert cost(found) == (0, 0, 2)
    assert found.trouble


def test_a_full_disk_stops_nothing_and_leaves_nothing(place: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    (place / "key").write_bytes(b"k" * 32)
    (place / "key").chmod(0o600)
    found = verify(place)
    assert cost(found) == (0, 0, 2)
    assert found.trouble == "No space left on device"
    assert [p for p in (place / "store").rglob("*") if p.is_file()] == []


def _many(place: str, start: object) -> None:
    start.wait()
    for _ in range(3):
        assert [r.verdict for r in verify(Path(place)).records] == ["REFUTED", "PROVED"]


def test_runs_at_the_same_time_leave_a_store_that_the_next_accepts(place: Path):
    context = multiprocessing.get_context("fork")
    start = context.Event()
    runs = [context.Process(target=_many, args=(str(place), start)) for _ in range(3)]
    for run in runs:
        run.start()
    start.set()
    for run in runs:
        run.join(120)
    assert [run.exitcode for run in runs] == [0, 0, 0]
    assert cost(verify(place)) == (1, 0, 0)


def test_the_oldest_entries_go_first_and_what_a_killed_run_left(place: Path):
    ours = Store(place / "store", place / "key", most_bytes=400)
    for n in range(8):
        ours.put("x", f"{n:040d}", {"n": "abcdefghij" * n})
        path = place / "store" / "v1" / "x" / "00" / f"{n:038d}"
        os.utime(path, (1000 + n, 1000 + n))
    torn = place / "store" / "v1" / "x" / "00" / ".half"
    torn.write_bytes(b"half")
    os.utime(torn, (900, 900))
    ours.tidy()
    left = [ours.get("x", f"{n:040d}") is not None for n in range(8)]
    assert left == sorted(left)
    assert True in left
    assert False in left
    assert not torn.exists()
    assert ours.usage().size <= 400
    assert ours.clear().entries == left.count(True)
    assert ours.usage() == Usage(0, 0)


def test_a_pipe_in_place_of_what_was_read_is_not_waited_for(place):
    # Given a verdict in the store, and a pipe where one of the contracts stood that it rests on
    command = [sys.executable, "-m", "refcheck", "verify", "-q", "--store", str(place / "kept"), str(place / "m.rc")]
    subprocess.run(command, cwd=place, capture_output=True, check=False, timeout=120)
    (place / "specs" / "route.spec").unlink()
    os.mkfifo(place / "specs" / "route.spec")
    # When the model is verified again, then nothing is believed that rests on it: the contract of refcheck takes its place
    again = subprocess.run([*command, "--stats"], cwd=place, capture_output=True, text=True, check=False, timeout=120)
    assert again.returncode == 1
    assert "0 files unchanged" in again.stderr
