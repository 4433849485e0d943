# SPDX-License-Identifier: GPL-2.0-only
"""Whether an unknown that is new hides a refutation: the base's lines are put back in its place, and the result is verified.

A `nondet` in place of a call or a test can make a proof of what was refuted: what the call owed is owed no more.  Only
the stretches of text with a new unknown are put back, one at a time and all together, in the head's model with the
head's contracts.
"""

import difflib
import re
from collections.abc import Iterator

from refcheck.base.diagnostics import InputError
from refcheck.base.limits import Limits
from refcheck.base.source import SourceFile
from refcheck.base.verdicts import Verdict
from refcheck.gate.breach import HIDDEN, Breach
from refcheck.gate.rules import Pair
from refcheck.gate.side import Function
from refcheck.prove.prove import verify
from refcheck.run.tasks import prepare_unit
from refcheck.syntax.parser import parse
from refcheck.unit.load import Unit

MOST = 8
_COMMENT = re.compile(r"//.*|/\*.*?\*/|@\d+")


def hidden(pair: Pair, limits: Limits) -> Iterator[Breach]:
    """Refutations that come back with the base's lines in place of new unknowns."""
    if pair.old is None or pair.new is None:
        return
    old, (model, new) = pair.old[1], pair.new
    unknown = new.unknowns - old.unknowns
    if not unknown:
        return
    now = {(r.entry or "", p.property) for r in model.records if r.function == new.name for p in r.properties
           if p.verdict == Verdict.REFUTED}  # fmt: skip
    for body in _variants(old, new):
        broken = _refuted(model.unit, new, body, limits) - now
        if broken:
            names = ", ".join(sorted({p for _, p in broken}))
            texts = ", ".join(f'nondet("{t}")' for t in sorted(unknown))
            yield Breach(HIDDEN, new.name, f"{texts} hides a refutation: {names}", new.place,
                         f"with the base's lines in its place: REFUTED: {names}", "not refuted", (),
                         "model what the kernel does there; an unknown owes nothing")  # fmt: skip
            return


def _variants(old: Function, new: Function) -> Iterator[list[str]]:
    """The head's lines with stretches that have an unknown put back: each alone, then all."""
    a, b = [_plain(x) for x in old.lines], [_plain(x) for x in new.lines]
    blocks = [op for op in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes() if op[0] != "equal"]
    with_unknown = [op for op in blocks if any("nondet" in line for line in b[op[3] : op[4]])][:MOST]
    choices = [[op] for op in with_unknown] + ([with_unknown] if len(with_unknown) > 1 else [])
    for chosen in choices:
        lines = list(new.lines)
        for _, i1, i2, j1, j2 in reversed(chosen):
            lines[j1:j2] = old.lines[i1:i2]
        if lines != list(new.lines):
            yield lines


def _plain(line: str) -> str:
    return " ".join(_COMMENT.sub("", line).split())


def _refuted(unit: Unit, f: Function, body: list[str], limits: Limits) -> set[tuple[str, str]]:
    """(entry context, property) for what is refuted with another text of a function; nothing where it is no model."""
    source = unit.sources[unit.model.path]
    lines = source.lines()
    lines[f.first - 1 : f.first - 1 + len(f.lines)] = body
    module, errors = parse(SourceFile(source.path, "\n".join(lines)))
    if errors:
        return set()
    other = unit._replace(model=module, modules=(*unit.modules[:-1], module))
    try:
        tasks = prepare_unit(other, (f.name,)).tasks
    except InputError:
        return set()
    results = [(t.cfg.entry, verify(t.cfg, limits)) for t in tasks]
    return {(entry, v.property) for entry, r in results for v in r.verdicts if v.verdict == Verdict.REFUTED}
