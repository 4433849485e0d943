# SPDX-License-Identifier: GPL-2.0-only
"""refcheck and its peers as commands, and what each of them says about a program."""

import json
import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from measure import Ran, run

ROUNDS = 10  # of a loop, for CBMC, which has to be told a bound
HOLDS, FAILS, UNKNOWN, LIMIT, FAULT = "holds", "fails", "unknown", "limit", "fault"


class Peers(NamedTuple):
    """Where the peers are; None for one that is not installed."""

    cbmc: str | None
    spin: str | None
    cc: str | None


def find() -> Peers:
    """Look on the path, where `make` puts what `make peers` installs."""
    return Peers(shutil.which("cbmc"), shutil.which("spin"), shutil.which("cc"))


def versions(peers: Peers) -> dict[str, str]:
    """The version of everything that is measured."""
    refcheck = _first([str(Path(sys.executable).with_name("refcheck")), "--version"]).split()[-1]
    found = {"refcheck": refcheck, "python": sys.version.split()[0]}
    for name, tool, option in (("cbmc", peers.cbmc, "--version"), ("spin", peers.spin, "-V"), ("cc", peers.cc, "--version")):
        if tool:
            found[name] = _first([tool, option])
    return {**found, "z3": version("z3-solver")}


def _first(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).splitlines()[0].strip()


class Measured(NamedTuple):
    """One tool on one program: its phases, and the verdict."""

    verdict: str
    phases: dict[str, Ran]
    said: str = ""

    @property
    def seconds(self) -> float:
        """From the program to the verdict."""
        return sum(r.seconds for r in self.phases.values())

    @property
    def cpu(self) -> float:
        """Seconds of CPU of all phases."""
        return sum(r.cpu for r in self.phases.values())

    @property
    def megabytes(self) -> float:
        """Of the largest process."""
        return max(r.megabytes for r in self.phases.values())


def export(model: Path, function: str, folder: Path, peers_too: bool) -> dict:
    """The locations of a model, and its programs for the peers; by a process of its own, whose memory no child inherits."""
    script = Path(__file__).with_name("exported.py")
    forms = ["c", "promela"] if peers_too else []
    ran = run([sys.executable, str(script), str(model), function or "-", str(folder), *forms], folder, 300)
    return json.loads(ran.output) if ran.status == 0 else {"not_exported": ran.output[-200:]}


def refcheck(model: Path, function: str, limit: float) -> Measured:
    """`refcheck verify`, without a store of earlier verdicts."""
    tool = str(Path(sys.executable).with_name("refcheck"))
    only = ["-f", function] if function else []
    ran = run([tool, "verify", "-q", "--no-store", "--timeout", str(limit), *only, model.name], model.parent, limit * 1.2)
    known = {0: HOLDS, 1: FAILS, 3: UNKNOWN, None: LIMIT}
    return Measured(known.get(ran.status, FAULT), {"refcheck": ran}, ran.output[-600:])


def cbmc(peers: Peers, program: Path, loops: bool, limit: float) -> Measured:
    """CBMC; a program with a loop is only looked at for ROUNDS rounds."""
    bound = ["--unwind", str(ROUNDS), "--no-unwinding-assertions"] if loops else []
    command = [str(peers.cbmc), "--no-standard-checks", *bound, "--stop-on-fail", program.name]
    ran = run(command, program.parent, limit)
    verdict = LIMIT if ran.status is None else {0: HOLDS, 10: FAILS}.get(ran.status, FAULT)
    return Measured(verdict, {"cbmc": ran}, ran.output[-600:])


def spin(peers: Peers, program: Path, limit: float) -> Measured:
    """SPIN: generate, compile, search; the search stops at the first error."""
    folder, phases = program.parent, dict[str, Ran]()
    steps = (
        ("spin", [str(peers.spin), "-a", program.name]),
        ("cc", [str(peers.cc), *CC_FLAGS, "-o", "pan", "pan.c"]),
        ("pan", ["./pan", "-E", "-m1000000", "-w20"]),
    )
    for name, command in steps:
        ran = run(command, folder, limit - sum(r.seconds for r in phases.values()))
        phases[name] = ran
        if ran.status is None:
            return Measured(LIMIT, phases)
        if ran.status != 0 and name != "pan":
            return Measured(FAULT, phases, ran.output[-600:])
    text = phases["pan"].output
    if "Search not completed" in text and "errors: 0" in text:
        return Measured(LIMIT, phases, text[-600:])
    found = re.search(r"errors: (\d+)", text)
    if "assertion violated" in text:
        return Measured(FAILS, phases)
    return Measured(HOLDS if found and found[1] == "0" else FAULT, phases, text[-600:])


CC_FLAGS = ["-O0", "-w", "-DSAFETY", "-DMEMLIM=8000"]
