# SPDX-License-Identifier: GPL-2.0-only
"""Survivors that were looked at: `mutants.toml` says for each why nothing kills it.

The file stands beside the models.  It names mutants by file and name, which do not change when other lines do; an entry
that no survivor matches any more is an error, so that no explanation outlives its reason.

    [[survivor]]
    file = "geneve.rc"      # relative to the folder of mutants.toml; <refcheck>/x.spec for contracts of the package
    mutants = ["geneve_xmit_skb: drop-must-hold: rcu"]
    reason = "why this is right"
"""

import tomllib
from pathlib import Path

from refcheck.base.diagnostics import Diagnostic, InputError, error
from refcheck.base.named import NamedTuple
from refcheck.base.source import Span
from refcheck.mutation.judged import SURVIVED, Judged
from refcheck.unit.load import read_source

FILE = "mutants.toml"


class Explanation(NamedTuple):
    """Why one survivor is right to survive."""

    file: str
    mutant: str
    reason: str
    where: Span


def read(paths: list[Path]) -> list[Explanation]:
    """The explanations beside the models that the paths name; InputError where a file is not as it should be."""
    folders = dict.fromkeys((p if p.is_dir() else p.parent) for p in paths)
    return [e for folder in folders if (folder / FILE).is_file() for e in _read(folder / FILE)]


def _read(path: Path) -> list[Explanation]:
    shown = str(path)
    text = read_source(path, shown).text

    def bad(line: int, what: str) -> InputError:
        span = Span(shown, line, 1, line, 1)
        return InputError([error("usage", what, span, "write [[survivor]] with file, mutants and reason")])

    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        raise bad(1, f"`{shown}` is no TOML: {e}") from None
    entries = data.get("survivor", [])
    if data.keys() - {"survivor"} or not isinstance(entries, list):
        raise bad(1, f"`{shown}` holds something else than [[survivor]] entries")
    found = []
    for n, entry in enumerate(entries, 1):
        if not isinstance(entry, dict) or entry.keys() != {"file", "mutants", "reason"}:
            raise bad(1, f"survivor {n} does not have exactly `file`, `mutants` and `reason`")
        file, mutants, reason = entry["file"], entry["mutants"], entry["reason"]
        if not (isinstance(file, str) and isinstance(reason, str) and reason.strip() and isinstance(mutants, list)):
            raise bad(1, f"survivor {n}: `file` and `reason` are texts, `mutants` is a list of texts")
        for mutant in mutants:
            if not isinstance(mutant, str):
                raise bad(1, f"survivor {n}: `mutants` is a list of texts")
            line = _line(text, mutant)
            found.append(Explanation(_of(path, file), mutant, " ".join(reason.split()), Span(shown, line, 1, line, 1)))
    return found


def _of(path: Path, file: str) -> str:
    """The file as a run shows it: contracts of the package by their own name, others below the folder of the models."""
    return file if file.startswith("<") else str(path.parent / file)


def _line(text: str, mutant: str) -> int:
    at = text.find(mutant)
    return text.count("\n", 0, at) + 1 if at >= 0 else 1


def match(judged: list[Judged], explanations: list[Explanation], whole: bool) -> dict[tuple[str, str], str]:
    """The reason of each explained survivor, by file and name.

    InputError names the entries that no survivor matches; in a run that is not `whole` only those whose mutant was judged.
    """
    status = {(j.mutant.file, j.mutant.name): j.status for j in judged}
    reasons: dict[tuple[str, str], str] = {}
    stale: list[Diagnostic] = []
    for e in explanations:
        at = (e.file, e.mutant)
        if status.get(at) == SURVIVED:
            reasons[at] = e.reason
        elif at in status or whole:
            text = f"no mutant `{e.mutant}` of {e.file} survives" + (f": it is {status[at]}" if at in status else "")
            stale.append(error("bad-expectation", text, e.where, "take the entry out"))
    if stale:
        raise InputError(stale)
    return reasons
