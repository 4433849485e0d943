# SPDX-License-Identifier: GPL-2.0-only
"""A model whose function is mended: the repairs of its findings, applied one after the other and verified.

Nothing is proposed that was not proved: with the new text the function is PROVED in each of its entry contexts, and no
other function of the model is worse off.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from refcheck.base.diagnostics import InputError
from refcheck.base.limits import Limits
from refcheck.base.named import NamedTuple
from refcheck.base.verdicts import Verdict
from refcheck.certificate.digest import cfg_digest
from refcheck.lower.task import Task
from refcheck.prove.prove import verify
from refcheck.result.build import record
from refcheck.result.checked import Checked
from refcheck.result.edits import edited
from refcheck.result.record import Record
from refcheck.run.tasks import prepare_unit
from refcheck.unit.load import Unit, load_all

_MOST_REPAIRS = 10
_BETTER = (Verdict.REFUTED, Verdict.UNKNOWN, Verdict.VACUOUS, Verdict.PROVED)


class _Version(NamedTuple):
    """A text of the model, and its functions lowered."""

    unit: Unit
    tasks: dict[tuple[str, str], Task]


def repaired(
    path: Path, text: str, function: str, specs: Path | None, limits: Limits, texts: Mapping[str, str]
) -> str | None:
    """The text of a model in which a function is mended; None where its repairs do not suffice, or it needs none.

    `texts` stand in place of other files, by real path.
    """
    first = _version(path, text, specs, texts)
    now, new = first, text
    for _ in range(_MOST_REPAIRS):
        if first is None or now is None:
            return None
        records = [_record(now, task, limits) for (name, _), task in now.tasks.items() if name == function]
        if all(r.verdict == Verdict.PROVED for r in records):
            return new if new != text and not _worse(first, now, function, limits) else None
        edits = next((f.repair for r in records for f in r.findings if f.repair and f.place.file == str(path)), ())
        changed = edited(new, edits)
        if not edits or changed is None:
            return None
        new, now = changed, _version(path, changed, specs, texts)
    return None


def _version(path: Path, text: str, specs: Path | None, texts: Mapping[str, str]) -> _Version | None:
    """A text of the model; None where it has errors."""
    try:
        unit, errors = load_all(path, specs, {**texts, os.path.realpath(path): text})
        tasks = prepare_unit(unit, ()).tasks if not errors else []
    except InputError:
        return None
    return _Version(unit, {(t.cfg.function, t.cfg.entry): t for t in tasks}) if not errors else None


def _record(version: _Version, task: Task, limits: Limits) -> Record:
    return record(Checked(task, verify(task.cfg, limits)), version.unit.sources)


def _worse(old: _Version, new: _Version, function: str, limits: Limits) -> bool:
    """A function with the mended one inside of it has a worse verdict than before, or one less property proved."""
    for key, task in new.tasks.items():
        before = old.tasks.get(key)
        if key[0] == function or (before is not None and cfg_digest(before.cfg) == cfg_digest(task.cfg)):
            continue
        if before is None:
            return True
        was, now = (_record(v, t, limits) for v, t in ((old, before), (new, task)))
        if _BETTER.index(now.verdict) < _BETTER.index(was.verdict) or len(now.findings) > len(was.findings):
            return True
    return False
