# SPDX-License-Identifier: GPL-2.0-only
"""Running whole processes: time, memory, what they said, and what else the machine did meanwhile."""

import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import NamedTuple


class Ran(NamedTuple):
    """One process: seconds of wall clock and of CPU, resident set in MB, exit status (None: killed at the limit).

    `others` is the part of all cores that other processes used meanwhile, from 0 to 1.
    """

    seconds: float
    cpu: float
    megabytes: float
    status: int | None
    output: str
    others: float = 0.0


def run(command: list[str], folder: Path, limit: float) -> Ran:
    """Run a command to its end or to its limit, alone in its process group."""
    with tempfile.TemporaryFile() as out:
        began, busy = time.perf_counter(), _busy()
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
        seconds, busy = time.perf_counter() - began, _busy() - busy
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read().decode(errors="replace")
    code = None if killed else child.returncode
    cpu = used.ru_utime + used.ru_stime
    others = max(0.0, busy - cpu) / (seconds * (os.cpu_count() or 1))
    return Ran(seconds, cpu, used.ru_maxrss / 1024, code, text, min(1.0, others))


def _busy() -> float:
    """Seconds that all cores have worked since the machine began; 0 where the system does not tell."""
    try:
        user, nice, system, _, _, irq, softirq, *_ = map(int, Path("/proc/stat").read_text().split("\n")[0].split()[1:])
    except (OSError, ValueError):
        return 0.0
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def load() -> float:
    """Processes that wanted a CPU during the last minute."""
    return os.getloadavg()[0]
