# SPDX-License-Identifier: GPL-2.0-only
"""The rules of the gate: two sides of a change compared, function by function and contract by contract.

A function is matched by name: with the one in the same file, else with one that left its file.  So neither a new place nor
a new name of a file hides anything.  What a contract says is compared where it is applied, whichever file it came from.
"""

import posixpath
from collections import Counter
from collections.abc import Iterable, Iterator

from refcheck.base.named import NamedTuple
from refcheck.base.verdicts import Verdict
from refcheck.gate.breach import HIDDEN, LOST, SANITY, UNEXPECTED, WORSE, Breach
from refcheck.gate.side import Function, Model, plain, renamed
from refcheck.render.facts import passes, surprises, verdict_text
from refcheck.result.record import Finding, Place, Record

_RANK = {Verdict.PROVED: 0, Verdict.NOTHING: 0, Verdict.VACUOUS: 1, Verdict.UNKNOWN: 2, Verdict.REFUTED: 3}


class Pair(NamedTuple):
    """A function on both sides, with the model that it is in; one side is missing where it came or went."""

    old: tuple[Model, Function] | None
    new: tuple[Model, Function] | None


def pairs(old: Iterable[Model], new: Iterable[Model]) -> list[Pair]:
    """The functions of both sides, matched."""
    before = {(m.path, f.name): (m, f) for m in old for f in m.functions.values()}
    after = {(m.path, f.name): (m, f) for m in new for f in m.functions.values()}
    found = [Pair(before.get(key), side) for key, side in after.items() if key in before]
    gone = {key: side for key, side in before.items() if key not in after}
    come = {key: side for key, side in after.items() if key not in before}
    for key, side in gone.items():
        file = key[0].rsplit("/", 1)[-1]
        same = sorted((k for k in come if k[1] == key[1]), key=lambda k: (k[0].rsplit("/", 1)[-1] != file, k))
        found.append(Pair(side, come.pop(same[0]) if same else None))
    return found + [Pair(None, side) for side in come.values()]


def beside(side: tuple[Model, Function], named: Iterable[tuple[Model, Function]]) -> Pair:
    """A function that is new, held against the best of its name that the base has of the same source, wherever that stands.

    A copy beside the original is no new function.  One of another source file is.
    """
    files = side[0].files
    same = [s for s in named if not files or not s[0].files or _one_of(files, s[0].files)]
    ranked = sorted(same, key=lambda s: (max((_RANK[r.verdict] for r in _records(s)), default=0), s[0].path))
    return Pair(ranked[0] if ranked else None, side)


def _one_of(files: Iterable[str], others: Iterable[str]) -> bool:
    """Whether two models have a source file in common, from whichever folder each counts its path."""
    plain_names = [[f"/{posixpath.normpath(f).lstrip('./')}" for f in names] for names in (files, others)]
    return any(a.endswith(b) or b.endswith(a) for a in plain_names[0] for b in plain_names[1])


def verdicts(pair: Pair) -> Iterator[Breach]:
    """Verdicts that got worse, that are not as expected, that an expectation newly hides; sanity findings; what is lost."""
    old = {r.entry: r for r in _records(pair.old)}
    new = {r.entry: r for r in _records(pair.new)}
    if pair.new is None:
        assert pair.old is not None
        f, said = pair.old[1], "; ".join(f"{r.name}: {verdict_text(r)}" for r in old.values())
        help_text = "keep the model for as long as the kernel has the function; where it is gone, land this past the gate"
        yield Breach(LOST, f.name, "the function has lost its model", f.place, said, "no model", (), help_text)
        return
    for entry, r in old.items():
        if entry not in new:
            where = f"entry context `{entry}`" if entry else "verdict for any caller"
            help_text = "verify the function in every context from which the kernel calls it"
            message = f"the function has lost its {where}"
            yield Breach(LOST, r.name, message, pair.new[1].place, verdict_text(r), "not verified", (), help_text)
    for entry, r in new.items():
        against = old.get(entry) or (_worst(list(old.values())) if old else None)
        yield from judge_record(against, r)
        if against is not None and passes(r):
            yield from _more_of_the_same(pair, against, r)


def _records(side: tuple[Model, Function] | None) -> list[Record]:
    return [r for r in side[0].records if r.function == side[1].name] if side else []


def _worst(records: list[Record]) -> Record:
    """What a context that is new is held against: the worst that the function was before."""
    return max(records, key=lambda r: _RANK[r.verdict])


def judge_record(old: Record | None, new: Record) -> Iterator[Breach]:
    """One verdict against that of the base, or against its expectation alone where there is none."""
    before = {p.property: p.verdict for p in old.properties} if old else {}
    worse = [p for p in new.properties if old and _RANK[p.verdict] > _RANK[before.get(p.property, Verdict.PROVED)]]
    hidden = [p for p in worse if new.expected and f"{p.verdict.lower()}({p.property})" in new.expected]
    idle = [p for p in worse if p.property == "sanity" and p not in hidden]
    rest = [p for p in worse if p not in hidden and p not in idle]
    base, head = verdict_text(old) if old else "no model", verdict_text(new)

    def breach(rule: str, names: Iterable[str], message: str, help_text: str) -> Breach:
        have = {p.verdict for p in new.properties}
        only_unknown = Verdict.UNKNOWN in have and not have & {Verdict.REFUTED, Verdict.VACUOUS}
        listed = list(names)
        text = f"{message}: {', '.join(listed)}" if listed else message
        shown = tuple(f for f in new.findings if f.property in listed or not listed)
        return Breach(rule, new.name, text, _where(new, listed), base, head, (), help_text, only_unknown, shown)

    added = list((_unreached(new) - (_unreached(old) if old else Counter())).elements())
    if hidden:
        help_text = "repair the model; where the kernel has this bug now, a reviewer must say so past the gate"
        yield breach(HIDDEN, [p.property for p in hidden], "a new `expect` hides what the base proves", help_text)
    if rest:
        help_text = "repair the function, or raise the limit that was hit"
        yield breach(WORSE, [p.property for p in rest], "the verdict got worse", help_text)
    if added and not (hidden and all(p.property == "sanity" for p in hidden)):
        yield breach(SANITY, added, "something that nothing reaches is new",
                     'take out what cannot happen, or say `unreachable("why")`')  # fmt: skip
    elif idle:
        yield breach(SANITY, ["sanity"], "something that nothing reaches is new", "take out what cannot happen")
    if not worse and not added and not passes(new):
        what = "the verdict is not as its `expect` says" if new.expected else "the verdict is no proof, and none is expected"
        unknown = [f"`{p.property}` is unknown: {p.reason or 'no reason is known'}" for p in new.properties
                   if p.verdict == Verdict.UNKNOWN]  # fmt: skip
        why = "".join(f"; {text}" for text in [*surprises(new), *unknown])
        help_text = "repair the model or its contracts; an `expect` names what is refuted, exactly"
        yield breach(UNEXPECTED, [], what + why, help_text)


def _unreached(r: Record) -> Counter[str]:
    return Counter(u.text for u in r.unreached)


def _where(r: Record, properties: list[str]) -> Place:
    return next((f.place for f in r.findings if f.property in properties), r.place)


# ------------------------------------------------------------------------------------------------ under an expectation


def _more_of_the_same(pair: Pair, old: Record, new: Record) -> Iterator[Breach]:
    """Findings of a property that is refuted on both sides which the base has not: another place, or another cause."""
    assert pair.old is not None
    assert pair.new is not None
    names = renamed(pair.old[1], pair.new[1])
    before = Counter(_cause(f, {}) for f in old.findings)
    had = {p.property for p in old.properties if p.verdict == Verdict.REFUTED}
    for f in new.findings:
        cause = _cause(f, names)
        if f.property not in had:
            continue
        if before[cause]:
            before[cause] -= 1
            continue
        lines = "; ".join(f"{said} at `{line}`" for said, line in map(_said, old.findings) if said.startswith(f.property))
        said, line = _said(f)
        message = f"under its `expect` stands a finding that the base has not: {said} at `{line}`"
        help_text = "repair it; where the kernel has this bug now, a reviewer must say so past the gate"
        yield Breach(HIDDEN, new.name, message, f.place, lines, f"{said} at `{line}`", (), help_text, False, (f,))
    hides = sorted((set(new.kept) & set(new.broken)) - set(old.broken))
    if hides:
        message = f"a new `expect kept({', '.join(hides)})` hides that it rests on what is refuted"
        help_text = "repair what it rests on; where the kernel has this bug now, a reviewer must say so past the gate"
        yield Breach(HIDDEN, new.name, message, new.place, "rests on nothing refuted", verdict_text(new), (), help_text)


def _cause(f: Finding, names: dict[str, str]) -> tuple[str, ...]:
    """Property, reason, variable and line of a finding, as the base names variables."""
    subject, line = plain([f.subject, _said(f)[1]], names)
    return f.property, f.reason, subject, line


def _said(f: Finding) -> tuple[str, str]:
    """A finding in words, and its line."""
    quotes = [m.quote for m in f.labels if m.place == f.place] or [m.quote for m in f.labels][-1:]
    return f"{f.property}{f' of `{f.subject}`' if f.subject else ''}", " ".join("".join(quotes[:1]).split())
