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
from refcheck.result.checked import Checked
from refcheck.result.edits import edited
from refcheck.run.mend import with_help
from refcheck.run.tasks import prepare_unit
from refcheck.unit.declare import Declarations
from refcheck.unit.load import Unit, load_all

_MOST_REPAIRS = 10
_BETTER = (Verdict.REFUTED, Verdict.UNKNOWN, Verdict.VACUOUS, Verdict.PROVED)


class Mended(NamedTuple):
    """A text in which a function is mended, and what was done for that, in words."""

    words: str
    text: str


class _Version(NamedTuple):
    """A text of the model, and its functions lowered."""

    unit: Unit
    decl: Declarations
    tasks: dict[tuple[str, str], Task]


def repaired(
    path: Path, text: str, function: str, specs: Path | None, limits: Limits, texts: Mapping[str, str]
) -> Mended | None:
    """A model in which a function is mended; None where its repairs do not suffice, or it needs none.

    `texts` stand in place of other files, by real path.
    """
    first = _version(path, text, specs, texts)
    now, new, done = first, text, list[str]()
    for _ in range(_MOST_REPAIRS):
        if first is None or now is None:
            return None
        judged = [Checked(t, verify(t.cfg, limits)) for (name, _), t in now.tasks.items() if name == function]
        records = with_help(now.unit, now.decl, judged, limits)
        if all(r.verdict == Verdict.PROVED for r in records):
            return Mended(_in_words(done), new) if done and not _worse(first, now, function, limits) else None
        f = next((f for r in records for f in r.findings if f.repair and f.place.file == str(path)), None)
        changed = edited(new, f.repair) if f is not None else None
        if f is None or changed is None:
            return None
        new, now = changed, _version(path, changed, specs, texts)
        done.append(f.help)
    return None


def _in_words(helps: list[str]) -> str:
    """What was done, the same in several places said once."""
    times = {h: helps.count(h) for h in helps}
    return " and ".join(f"{h.removesuffix(';')}{f' ({n} places)' if n > 1 else ''}" for h, n in times.items())


def _version(path: Path, text: str, specs: Path | None, texts: Mapping[str, str]) -> _Version | None:
    """A text of the model; None where it has errors."""
    try:
        unit, errors = load_all(path, specs, {**texts, os.path.realpath(path): text})
        if errors:
            return None
        prepared = prepare_unit(unit, ())
    except InputError:
        return None
    return _Version(unit, prepared.decl, {(t.cfg.function, t.cfg.entry): t for t in prepared.tasks})


def _worse(old: _Version, new: _Version, function: str, limits: Limits) -> bool:
    """A function with the mended one inside of it has a worse verdict than before, or one less property proved."""
    for key, task in new.tasks.items():
        before = old.tasks.get(key)
        if key[0] == function or (before is not None and cfg_digest(before.cfg) == cfg_digest(task.cfg)):
            continue
        if before is None:
            return True
        was, now = (verify(t.cfg, limits) for t in (before, task))
        if _BETTER.index(now.verdict) < _BETTER.index(was.verdict) or len(now.traces) > len(was.traces):
            return True
    return False
