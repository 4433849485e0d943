# SPDX-License-Identifier: GPL-2.0-only
"""The reports of all parts of a run joined into the report that one run would have made."""

import json
from pathlib import Path

from refcheck.base.diagnostics import Diagnostic, InputError, error
from refcheck.base.files import read_regular
from refcheck.result.codec import DataError
from refcheck.result.record import Record, Run, from_data
from refcheck.result.standing import stand

_MOST = 256 << 20
_HELP = "give the report of each part of one run, each once: `refcheck verify --shard K/N --output json=FILE`"


def read_report(path: Path) -> Run:
    """The report in a file; InputError where there is none that can be read."""

    def bad(why: str) -> InputError:
        return InputError([error("bad-report", f"`{path}` {why}", help_text="name a file that `--output json=FILE` wrote")])

    try:
        return from_data(json.loads(read_regular(path, _MOST)))
    except OSError as e:
        raise bad(f"cannot be read: {e.strerror or e}") from None
    except DataError as e:
        raise bad(f"is no report of this refcheck: {e}") from None
    except (ValueError, RecursionError):
        raise bad("is no JSON") from None


def merge(reports: list[tuple[str, Run]]) -> Run:
    """One run from the reports (name, report) of all its parts.

    InputError with everything that speaks against it: reports that are no parts, parts of other runs, parts that are
    missing or given twice, verdicts that are missing, given twice or not in the plan.
    """
    found = _misfits(reports)
    if found:
        raise InputError(found)
    runs = [r for _, r in reports]
    errors = tuple(dict.fromkeys(p for r in runs for p in r.errors))
    records = {item(r): r for run in runs for r in run.results}
    shard = runs[0].shard
    assert shard is not None
    if not errors:
        found = _gaps(reports, shard.plan)
        if found:
            raise InputError(found)
    ordered = stand([records[name] for name in shard.plan if name in records])
    sources = {s.file: s for run in runs for s in run.sources}
    shown = tuple(sources[m] for m in dict.fromkeys(r.model for r in ordered) if m in sources)
    return Run(runs[0].refcheck, runs[0].z3, ordered, errors, shown)


def item(r: Record) -> str:
    """How a plan names a record."""
    return ":".join(filter(None, (Path(r.model).as_posix(), r.function, r.entry)))


def _bad(text: str) -> Diagnostic:
    return error("bad-report", text, help_text=_HELP)


def _misfits(reports: list[tuple[str, Run]]) -> list[Diagnostic]:
    """What speaks against the reports being the parts of one run."""
    name, first = reports[0]
    whole = [_bad(f"`{n}` is the report of a whole run, not of a part of one") for n, r in reports if r.shard is None]
    if whole:
        return whole
    seen: dict[int, str] = {}
    found: list[Diagnostic] = []
    shard = first.shard
    assert shard is not None
    for other, run in reports:
        part = run.shard
        assert part is not None
        if (run.refcheck, run.z3) != (first.refcheck, first.z3):
            versions = f"refcheck {run.refcheck} and Z3 {run.z3}, `{name}` by refcheck {first.refcheck} and Z3 {first.z3}"
            found.append(_bad(f"`{other}` was made by {versions}"))
        elif part.total != shard.total:
            found.append(_bad(f"`{other}` is one of {part.total} parts, `{name}` one of {shard.total}"))
        elif (part.inputs, part.plan) != (shard.inputs, shard.plan):
            found.append(_bad(f"`{other}` and `{name}` are of runs with different models, contracts or options"))
        elif part.number in seen:
            found.append(_bad(f"`{seen[part.number]}` and `{other}` are both part {part.number} of {part.total}"))
        seen.setdefault(part.number, other)
    missing = [str(i) for i in range(1, shard.total + 1) if i not in seen] if shard.total <= 10_000 else ["most"]
    if missing and not found:
        one = len(missing) == 1
        listed = ", ".join(missing[:10])
        found.append(_bad(f"part{'' if one else 's'} {listed} of {shard.total} {'is' if one else 'are'} missing"))
    return found


def _gaps(reports: list[tuple[str, Run]], plan: tuple[str, ...]) -> list[Diagnostic]:
    """Verdicts that the plan has and the reports have not, or that they have twice or too many."""
    where: dict[str, str] = {}
    found: list[Diagnostic] = []
    for name, run in reports:
        for r in run.results:
            if item(r) in where:
                found.append(_bad(f"`{where[item(r)]}` and `{name}` both have a verdict for {item(r)}"))
            elif item(r) not in plan:
                found.append(_bad(f"`{name}` has a verdict for {item(r)}, which the run does not have"))
            where[item(r)] = name
    missing = [p for p in plan if p not in where]
    if missing:
        more = f" and {len(missing) - 1} more" if missing[1:] else ""
        found.append(_bad(f"no report has the verdict for {missing[0]}{more}"))
    return found
