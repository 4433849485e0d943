# SPDX-License-Identifier: GPL-2.0-only
"""Which of the known ways past the gate does another checkout let through, and how does this one refuse them?

    python tools/gate_holes.py CHECKOUT

Each hole of tests/support/gate_holes.py is tried on both, in a repository of its own.  The other checkout is run by its
own environment where it has one (`make .venv/.ready` there).  The status is 1 where this checkout lets one through.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "support")]

from gate_holes import HOLES, Hole, stage  # noqa: E402
from gate_world import World  # noqa: E402


def main() -> int:
    """The table."""
    [other] = sys.argv[1:]
    through = 0
    print("| hole | how | there | here |\n| --- | --- | --- | --- |")
    for hole in HOLES:
        there, here = tried(hole, Path(other).resolve()), tried(hole, ROOT)
        through += here == PASSED
        print(f"| {hole.kind} | {hole.how} | {there} | {here} |", flush=True)
    return bool(through)


PASSED = "passed"


def tried(hole: Hole, checkout: Path) -> str:
    """What the gate of a checkout says of a hole: the rules, and where they are broken."""
    with tempfile.TemporaryDirectory() as made:
        world = World(*(Path(made).resolve() / n for n in ("repo", "beside", "package/specs")))
        temporary = Path(made).resolve() / "tmp"
        for folder in (world.beside, world.shipped, temporary):
            folder.mkdir(parents=True)
        # The package beside contracts of our own: they are what ships.
        for part in ("refcheck", "docs/diagnostics"):
            shutil.copytree(checkout / part, world.shipped.parent / part)
        os.environ["TMPDIR"] = str(temporary)
        stage(hole, world)
        hole.change(world)
        return said(checkout, world)


def said(checkout: Path, world: World) -> str:
    """The verdict of the gate of a checkout in one line."""
    own = checkout / ".venv" / "bin" / "python"
    python = str(own) if own.exists() else sys.executable
    env = {**os.environ, "PYTHONPATH": str(world.shipped.parent), "REFCHECK_NO_STORE": "1"}
    command = [python, "-m", "refcheck", "gate", "models", "--base", "HEAD", "--format", "json"]
    ran = subprocess.run(command, cwd=world.repo, env=env, capture_output=True, text=True, check=False)
    if ran.returncode == 0:
        return PASSED
    if not ran.stdout.startswith("{"):
        return f"status {ran.returncode}: {ran.stderr}"
    broken = [(b["rule"], f"{b['place']['file']}:{b['place']['line']}") for b in json.loads(ran.stdout)["breaches"]]
    return "; ".join(f"{rule} ({place})" for rule, place in broken)


if __name__ == "__main__":
    sys.exit(main())
