# SPDX-License-Identifier: GPL-2.0-only
"""What goes into a rendering and what comes out of one."""

from pathlib import Path

from refcheck.prove.prove import Limits, verify
from refcheck.result import record as r
from refcheck.result.build import record
from refcheck.result.checked import Checked
from refcheck.result.standing import stand
from refcheck.run.tasks import prepare


def records(path: Path, graph: bool = False) -> list[r.Record]:
    """The records of a model's functions."""
    tasks, sources = prepare(path, None, ())
    return list(stand([record(Checked(t, verify(t.cfg, Limits())), sources, graph) for t in tasks]))


def unescaped(text: str) -> str:
    """What a runner makes of escaped text."""
    for code, c in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, c)
    return text
