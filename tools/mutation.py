# SPDX-License-Identifier: GPL-2.0-only
"""docs/mutation.md: what became of every mutant of the models, and of the contracts that they rest on.

    tools/mutation.py [--jobs N] [--report FILE] [--check]

Without a report (of `refcheck mutate models --with tests/contracts --format json`) all mutants are judged anew, which takes
minutes.  `--check` writes nothing; it compares the digest of all inputs that the page names with the files as they are.
"""

import argparse
import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from refcheck.base.diagnostics import InputError  # noqa: E402
from refcheck.mutation import explained  # noqa: E402
from refcheck.mutation.report import MutantRow, as_markdown, counts  # noqa: E402
from refcheck.unit.load import load  # noqa: E402

PAGE = ROOT / "docs" / "mutation.md"
MODELS = ("models/**/*.rc", "tests/contracts/*.rc")
INPUTS = (*MODELS, "models/mutants.toml", "refcheck/mutation/*.py")
COMMAND = ("mutate", "models", "--with", "tests/contracts", "--format", "json")
HEAD = """Written by tools/mutation.py; do not edit.  [commands](commands.md#mutate) says what is done to the models and
when a mutant counts as killed; [trust](trust.md) says what follows.  To repeat it:

    refcheck mutate models --with tests/contracts

Inputs: {digest}
"""


def digest() -> str:
    """One digest of every file that the table depends on: of the specs those that the models read."""
    total = hashlib.sha256()
    used = {ROOT / name for pattern in MODELS for model in ROOT.glob(pattern) for name, _ in load(model).read}
    for path in sorted({p for pattern in INPUTS for p in ROOT.glob(pattern)} | used):
        total.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes() + b"\0")
    return total.hexdigest()[:16]


def rows_of(data: dict[str, Any]) -> list[MutantRow]:
    """The rows of a JSON report."""
    return [
        MutantRow(m["file"], m["mutant"], m["function"], m["operator"], m["line"], m["status"], m["by"] or "",
            m["where"] or "", m["reason"] or "", tuple((c["line"], c["text"]) for c in m["change"]))
        for m in data["mutants"]
    ]  # fmt: skip


def rows(data: dict[str, Any]) -> list[MutantRow]:
    """The rows of a JSON report with their explanations; the run ends where those and the survivors differ."""
    found = rows_of(data)
    why = {(e.file, e.mutant): e.reason for e in explained.read([Path("models")])}
    alive = {(r.file, r.name) for r in found if r.status in ("survived", "explained")}
    if alive != why.keys():
        raise SystemExit(f"models/mutants.toml and the survivors differ: {sorted(alive ^ why.keys())}")
    return [r._replace(status="explained", reason=why[r.file, r.name]) if (r.file, r.name) in why else r for r in found]


def page(found: list[MutantRow]) -> str:
    """The page as it should be."""
    title, body = as_markdown(found, "Mutants of the models").split("\n", 1)
    return f"{title}\n\n{HEAD.format(digest=digest())}{body}"


def recorded() -> str:
    """The digest that the page names."""
    named = re.search(r"^Inputs: (\w+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE) if PAGE.is_file() else None
    return named[1] if named else ""


def main() -> int:
    """Write the page, or say whether it is current."""
    parser = argparse.ArgumentParser(description="Write docs/mutation.md.")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--report", type=Path, help="a JSON report to write the page from")
    parser.add_argument("--check", action="store_true", help="write nothing; status 1 where the page is not current")
    a = parser.parse_args()
    if a.check:
        if recorded() != digest():
            print("docs/mutation.md is not current: run tools/mutation.py", file=sys.stderr)
        return int(recorded() != digest())
    if a.report:
        text = a.report.read_text(encoding="utf-8")
    else:
        command = [sys.executable, "-m", "refcheck", *COMMAND, "--jobs", str(a.jobs)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)  # noqa: S603  (ourselves)
        if done.returncode > 1:
            print(done.stderr, file=sys.stderr)
            return done.returncode
        text = done.stdout
    try:
        found = rows(json.loads(text))
    except InputError as e:
        print(e, file=sys.stderr)
        return 2
    beside = PAGE.with_name(".mutation.md")
    beside.write_text(page(found), encoding="utf-8")
    beside.replace(PAGE)
    print(f"docs/mutation.md: {counts(found)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
