# SPDX-License-Identifier: GPL-2.0-only
"""Do the compiled modules and their sources give the same verdicts, traces, certificates and counts?

Usage: python tools/same.py COMPILED SOURCE verify|review ARG...: two `refcheck` programs, a command and its arguments.
Both run it in one process without a store; reports (but for seconds) and certificates must be equal, byte for
byte.  Exit status 1, with the first difference, where they are not, and where COMPILED is not compiled or SOURCE is.
"""

import difflib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

OPTIONS = ("--no-store", "--jobs", "1", "--max-states", "20000", "--format", "json")
KINDS = {"verify": "results", "review": "patches"}


def main(compiled: str, source: str, command: str, asked: list[str]) -> int:
    """Compare; returns the exit status."""
    for program, wanted in ((compiled, True), (source, False)):
        if _is_compiled(program) is not wanted:
            print(f"{program}: the modules are {'not ' if wanted else ''}compiled")
            return 1
    with tempfile.TemporaryDirectory() as folder:
        places = [Path(folder, name) for name in ("compiled", "source")]
        both = zip((compiled, source), places, strict=True)
        reports = [_report(program, place, command, asked) for program, place in both]
        written = [{f.relative_to(p): f.read_bytes() for f in p.rglob("*") if f.is_file()} for p in places]
    if reports[0] != reports[1]:
        texts = [json.dumps(r, indent=1).splitlines() for r in reports]
        print("\n".join(list(difflib.unified_diff(*texts, compiled, source, lineterm=""))[:60]))
        return 1
    if written[0] != written[1]:
        print("the certificates differ:", *sorted(str(f) for f in written[0] if written[0][f] != written[1].get(f))[:10])
        return 1
    print(f"{len(reports[0][KINDS[command]])} {KINDS[command]} and {len(written[0])} files of certificates: the same")
    return 0


def _is_compiled(program: str) -> bool:
    """The modules of a `refcheck` are shared objects."""
    asked = "import refcheck.lens.local as m; print(m.__file__.endswith('.py'))"
    python = Path(program).absolute().with_name("python")
    said = subprocess.run([python, "-c", asked], capture_output=True, text=True, check=True, cwd="/")  # noqa: S603
    return said.stdout.strip() == "False"


def _report(program: str, place: Path, command: str, asked: list[str]) -> Any:
    """What the command says, without how long it took."""
    run = [program, command, *OPTIONS, *(["--certify", str(place)] if command == "verify" else []), *asked]
    said = subprocess.run(run, capture_output=True, text=True, check=False)  # noqa: S603
    if said.returncode not in (0, 1, 3):
        sys.exit(f"{program}: status {said.returncode}\n{said.stderr}")
    # contracts that came with refcheck itself are named so where they are not those of the folder
    return _without_seconds(json.loads(said.stdout.replace("<refcheck>/", "specs/")))


def _without_seconds(data: Any) -> Any:
    if isinstance(data, dict):
        return {k: _without_seconds(v) for k, v in data.items() if k != "seconds"}
    return [_without_seconds(v) for v in data] if isinstance(data, list) else data


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4], sys.argv[4:]))
