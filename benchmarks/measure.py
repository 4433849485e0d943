"""Running whole processes: time, memory and what they said."""

import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import NamedTuple


class Ran(NamedTuple):
    """One process: seconds of wall clock and of CPU, resident set in MB, exit status (None: killed at the limit)."""

    seconds: float
    cpu: float
    megabytes: float
    status: int | None
    output: str


def run(command: list[str], folder: Path, limit: float) -> Ran:
    """Run a command to its end or to its limit, alone in its process group."""
    with tempfile.TemporaryFile() as out:
        began = time.perf_counter()
        child = subprocess.Popen(command, cwd=folder, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
        killed = False
        while True:
            pid, status, used = os.wait4(child.pid, os.WNOHANG)
            if pid:
                break
            if time.perf_counter() - began > limit:
                os.killpg(child.pid, signal.SIGKILL)
                killed = True
                _, status, used = os.wait4(child.pid, 0)
                break
            time.sleep(0.002)
        seconds = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read().decode(errors="replace")
    code = None if killed else child.returncode
    return Ran(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, code, text)


def load() -> float:
    """Processes that wanted a CPU during the last minute."""
    return os.getloadavg()[0]
