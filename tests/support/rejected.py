# SPDX-License-Identifier: GPL-2.0-only
"""Input that is refused: the diagnostics of a run, which say the same as text and as data."""

from pathlib import Path

from command import run

FN = "void f()\n{\n}\n"


def rejected(path: Path, *args: object) -> list[dict]:
    """The diagnostics of a run that ends in status 2, which say the same as text and as data."""
    ran = run("verify", path, *args, "--format", "json")
    assert (ran.status, "Traceback" in ran.out + ran.err) == (2, False), ran.err or ran.out
    found = ran.errors()
    heads = [line for line in ran.err.splitlines() if line.startswith("error[")]
    assert [h.split(":")[0] for h in heads] == [f"error[{d['name']}]" for d in found]
    return found


def one(path: Path, code: str, *args: object) -> dict:
    """The only diagnostic of a run; it has this code and says something."""
    found = rejected(path, *args)
    assert [d["code"] for d in found] == [code], found
    assert found[0]["message"]
    return found[0]
