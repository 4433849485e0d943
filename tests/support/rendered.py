# SPDX-License-Identifier: GPL-2.0-only
"""What goes into a rendering and what comes out of one."""

from pathlib import Path

from refcheck.prove.prove import Limits, verify
from refcheck.result import record as r
from refcheck.result.checked import Checked
from refcheck.result.standing import stand
from refcheck.run.mend import with_help
from refcheck.run.tasks import prepare_unit
from refcheck.unit.load import load


def records(path: Path, graph: bool = False) -> list[r.Record]:
    """The records of a model's functions."""
    unit = load(path, None)
    prepared = prepare_unit(unit, ())
    judged = [Checked(t, verify(t.cfg, Limits())) for t in prepared.tasks]
    return list(stand(with_help(unit, prepared.decl, judged, Limits(), graph)))


def unescaped(text: str) -> str:
    """What a runner makes of escaped text."""
    for code, c in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, c)
    return text
