# SPDX-License-Identifier: GPL-2.0-only
"""Whether an unknown that is new hides a refutation: the base's lines are put back in its place, and the result is verified.

A `nondet` in place of a call or a test can make a proof of what was refuted: what the call owed is owed no more.  The
stretches of text that have an unknown more than the base's are put back, one at a time and all together, in the head's
model with the head's contracts.  What can be an answer that nobody knows counts: `nondet`, `config`, a function that is new.
"""

import difflib
import re
from collections import Counter
from collections.abc import Iterator

from refcheck.base.diagnostics import InputError
from refcheck.base.limits import Limits
from refcheck.base.named import NamedTuple
from refcheck.base.source import SourceFile
from refcheck.base.verdicts import Verdict
from refcheck.gate.breach import HIDDEN, Breach
from refcheck.gate.rules import Pair
from refcheck.gate.side import Function, Model, plain, renamed
from refcheck.prove.prove import verify
from refcheck.run.tasks import prepare_unit
from refcheck.syntax.parser import parse

MOST = 32
_TOKEN = re.compile(r'(?:nondet|config|unreachable)\s*\(\s*(?:"(?:[^"\\]|\\.)*"|\w+)?|\w+(?=\s*\()')
_HELP = "model what the kernel does there; an unknown owes nothing"

CameBack = set[tuple[str, str, str]]


class Replaced(NamedTuple):
    """Lines of the base, lines of the head in their place, and the unknowns that the head's have and the base's have not."""

    old: tuple[int, int]
    new: tuple[int, int]
    unknowns: tuple[str, ...]


def hidden(pair: Pair, limits: Limits) -> Iterator[Breach]:
    """Refutations that come back with the base's lines in place of new unknowns."""
    if pair.old is None or pair.new is None:
        return
    (base, old), (model, new) = pair.old, pair.new
    changed = _stretches(old, new, model.known - base.known)
    found = [s for s in changed if s.unknowns]
    if not found:
        return
    texts = ", ".join(sorted({u for s in found for u in s.unknowns}))
    if len(found) > MOST:
        message = f"{len(found)} stretches have new unknowns, more than can be looked behind: {texts}"
        yield Breach(HIDDEN, new.name, message, new.place, "not looked at", "", (), "change fewer at a time")
        return
    inlining = (f.name for f in model.functions.values() if new.name in f.reaches and not new.contract)
    affected = {new.name, *inlining}
    now = {(r.function, r.entry or "", p.property) for r in model.records if r.function in affected for p in r.properties
           if p.verdict == Verdict.REFUTED}  # fmt: skip
    unread = 0
    for chosen in [*([s] for s in found), *([found] if len(found) > 1 else [])]:
        broken = _refuted(model, new, _with(old, new, chosen), affected, limits)
        unread += broken is None
        if broken and broken - now:
            yield _breach(new, texts, broken - now)
            return
    if unread:
        broken = _refuted(model, new, _with(old, new, changed), affected, limits)
        if broken is None:
            message = f"{texts}: the base's lines cannot be put back in its place, so that nobody knows what it hides"
            yield Breach(HIDDEN, new.name, message, new.place, "not looked at", "", (), "change names and unknowns apart")
        elif broken - now:
            yield _breach(new, texts, broken - now)


def _breach(new: Function, texts: str, broken: CameBack) -> Breach:
    names = ", ".join(sorted({p for _, _, p in broken}))
    return Breach(HIDDEN, new.name, f"{texts} hides a refutation: {names}", new.place,
                  f"with the base's lines in its place: REFUTED: {names}", "not refuted", (), _HELP)  # fmt: skip


def _stretches(old: Function, new: Function, fresh: frozenset[str]) -> list[Replaced]:
    """The stretches of text that differ; `fresh` are functions and contracts that the base has not."""
    a, b = plain(old.lines, {}), plain(new.lines, renamed(old, new))
    found = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if tag != "equal":
            more = _unknowns(b[j1:j2], fresh) - _unknowns(a[i1:i2], fresh)
            found.append(Replaced((i1, i2), (j1, j2), tuple(sorted(more))))
    return found


def _unknowns(lines: list[str], fresh: frozenset[str]) -> Counter[str]:
    found = Counter[str]()
    for token in _TOKEN.findall(" ".join(lines)):
        name = re.split(r"\W", token)[0]
        if name in ("nondet", "config"):
            found[f"{token})"] += 1
        elif name in fresh:
            found[f"{name}()"] += 1
    return found


def _with(old: Function, new: Function, chosen: list[Replaced]) -> list[str]:
    """The head's lines with those of the base in place of some stretches."""
    lines = list(new.lines)
    for s in reversed(chosen):
        lines[slice(*s.new)] = old.lines[slice(*s.old)]
    return lines


def _refuted(model: Model, f: Function, body: list[str], names: set[str], limits: Limits) -> CameBack | None:
    """(function, entry context, property) for what is refuted with another text of a function; None where it is no model."""
    unit = model.unit
    source = unit.sources[unit.model.path]
    lines = list(source.lines())
    lines[f.first - 1 : f.first - 1 + len(f.lines)] = body
    module, errors = parse(SourceFile(source.path, "\n".join(lines)))
    if errors:
        return None
    other = unit._replace(model=module, modules=(*unit.modules[:-1], module))
    try:
        tasks = prepare_unit(other, tuple(sorted(names))).tasks
    except InputError:
        return None
    results = [(t.cfg.function, t.cfg.entry, verify(t.cfg, limits)) for t in tasks]
    return {(name, entry, v.property) for name, entry, r in results for v in r.verdicts if v.verdict == Verdict.REFUTED}
