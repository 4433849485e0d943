# SPDX-License-Identifier: GPL-2.0-only
"""Two versions of a function compared: what changed in its lifecycle, and whether a verdict got worse.

In: two `Side`s per function.  Out: `Change`s, their text within 75 columns, and the same as data.
"""

import textwrap

from refcheck.base.named import NamedTuple
from refcheck.base.verdicts import Verdict
from refcheck.inspect.lifecycle import Lifecycle, Tracked
from refcheck.render.text import WIDTH, clean
from refcheck.verdict.verdict import Result

SCHEMA = 1
_RANK = {Verdict.PROVED: 0, Verdict.NOTHING: 0, Verdict.VACUOUS: 1, Verdict.UNKNOWN: 2, Verdict.REFUTED: 3}


class Side(NamedTuple):
    """A function on one side: its lifecycle, and its result in each entry context (`` is any caller)."""

    lifecycle: Lifecycle
    results: dict[str, Result]


class Both(NamedTuple):
    """A fact on both sides; an empty text or tuple where a side has none."""

    old: tuple[str, ...]
    new: tuple[str, ...]


class ObjectChange(NamedTuple):
    """What changed about one object: where it comes from, who owns it, what ends that."""

    name: str
    acquired: Both
    owners: Both
    ends: Both


class VerdictChange(NamedTuple):
    """The verdict in one entry context on both sides (empty where the side has no such context)."""

    entry: str
    old: str
    new: str
    worse: bool
    better: bool


class FunctionChange(NamedTuple):
    """A function that changed: kind is `changed`, `added` or `removed`; `contracts` has those whose text changed."""

    file: str
    function: str
    kind: str
    objects: tuple[ObjectChange, ...]
    needs: Both
    applies: Both
    contracts: tuple[str, ...]
    verdicts: tuple[VerdictChange, ...]

    @property
    def worse(self) -> bool:
        """Some verdict got worse."""
        return any(v.worse for v in self.verdicts)


class Comparison(NamedTuple):
    """Everything that was compared: how many functions stand on both sides, and the changes."""

    both: int
    changes: tuple[FunctionChange, ...]

    @property
    def worse(self) -> list[str]:
        """The functions with a verdict that got worse."""
        return [c.function for c in self.changes if c.worse]


def compare(file: str, function: str, old: Side | None, new: Side | None) -> FunctionChange | None:
    """The change of one function; None where nothing changed.  At least one side is given."""
    none = Both((), ())
    if old is None or new is None:
        side = new or old
        assert side is not None
        texts = [(e, verdict_text(r)) for e, r in side.results.items()]
        verdicts = tuple(VerdictChange(e, "" if new else t, t if new else "", False, False) for e, t in texts)
        return FunctionChange(file, function, "added" if new else "removed", (), none, none, (), verdicts)
    a, b = old.lifecycle, new.lifecycle
    change = FunctionChange(
        file, function, "changed", _objects(a.objects, b.objects), _differ(a.needs, b.needs),
        _differ(tuple(a.applies), tuple(b.applies)),
        tuple(c for c in a.applies if c in b.applies and a.applies[c] != b.applies[c]), _verdicts(old, new),
    )  # fmt: skip
    moved = any(v.old != v.new for v in change.verdicts)
    same = not change.objects and change.needs == change.applies == none and not change.contracts and not moved
    return None if same else change


def verdict_text(r: Result) -> str:
    """`PROVED`, or the verdict with the properties that have it."""
    names = [v.property for v in r.verdicts if v.verdict == r.verdict]
    return r.verdict if r.verdict == Verdict.PROVED else f"{r.verdict}({', '.join(names)})"


def _differ(old: tuple[str, ...], new: tuple[str, ...]) -> Both:
    """What only one side has."""
    return Both(tuple(x for x in old if x not in new), tuple(x for x in new if x not in old))


def _verdicts(old: Side, new: Side) -> tuple[VerdictChange, ...]:
    """Per entry context; a context that is new is held against the worst that each property was before."""
    found = []
    for entry in dict.fromkeys((*old.results, *new.results)):
        a, b = old.results.get(entry), new.results.get(entry)
        if a is None or b is None:
            worse = b is not None and _above(_ranks(*old.results.values()), _ranks(b))
            found.append(VerdictChange(entry, verdict_text(a) if a else "", verdict_text(b) if b else "", worse, False))
            continue
        before, after = _ranks(a), _ranks(b)
        worse = _above(before, after)
        found.append(VerdictChange(entry, verdict_text(a), verdict_text(b), worse, not worse and _above(after, before)))
    return tuple(found)


def _ranks(*results: Result) -> dict[str, int]:
    """How bad each property is, the worst over the results."""
    ranks: dict[str, int] = {}
    for r in results:
        for v in r.verdicts:
            ranks[v.property] = max(ranks.get(v.property, 0), _RANK[v.verdict])
    return ranks


def _above(before: dict[str, int], after: dict[str, int]) -> bool:
    return any(rank > before.get(name, 0) for name, rank in after.items())


def _objects(old: tuple[Tracked, ...], new: tuple[Tracked, ...]) -> tuple[ObjectChange, ...]:
    """Objects matched by variable and acquiring call; where a variable's only call changed, by the variable alone."""
    a, b = {(o.name, o.acquired): o for o in old}, {(o.name, o.acquired): o for o in new}
    pairs: list[tuple[Tracked | None, Tracked | None]] = [(a[k], b[k]) for k in a if k in b]
    gone, come = [a[k] for k in a if k not in b], [b[k] for k in b if k not in a]
    for name in sorted({o.name for o in (*gone, *come)}):
        left, right = [o for o in gone if o.name == name], [o for o in come if o.name == name]
        if len(left) == len(right) == 1:
            pairs.append((left[0], right[0]))
        else:
            pairs += [*((o, None) for o in left), *((None, o) for o in right)]
    found = []
    for x, y in pairs:
        if x != y:
            where = Both((_where(x),) if x else (), (_where(y),) if y else ())
            owners = Both(x.owners if x else (), y.owners if y else ())
            ends = Both(x.ends if x else (), y.ends if y else ())
            found.append(ObjectChange((x or y or old[0]).name, where, owners, ends))
    return tuple(sorted(found, key=lambda o: (o.name, o.acquired)))


def _where(o: Tracked) -> str:
    return o.acquired or "the caller"


# ---------------------------------------------------------------------------------------------- text


def comparison_text(c: Comparison) -> str:
    """Every change, the functions that got worse, and a summary in the last line."""
    blocks = ["\n".join(change_lines(x)) for x in c.changes if x.kind == "changed"]
    for kind in ("added", "removed"):
        files = dict.fromkeys(x.file for x in c.changes if x.kind == kind)
        for file in files:
            lines = [f"{kind} in {clean(file)}"]
            for x in (x for x in c.changes if x.kind == kind and x.file == file):
                lines += _wrap(f"  {x.function}", ", ".join(f"{_entry(x, v)} {v.new or v.old}".strip() for v in x.verdicts))
            blocks.append("\n".join(lines))
    if c.worse:
        blocks.append("\n".join(_wrap("got worse:", ", ".join(dict.fromkeys(c.worse)))))
    return "\n\n".join([*blocks, summary(c)]) + "\n"


def summary(c: Comparison) -> str:
    """How much changed, in one line."""
    kinds = [x.kind for x in c.changes]
    better = sum(not x.worse and any(v.better for v in x.verdicts) for x in c.changes)
    parts = f"{kinds.count('changed')} changed, {len(c.worse)} got worse, {better} better"
    plural = "" if c.both == 1 else "s"
    return f"{c.both} function{plural}: {parts}; {kinds.count('added')} added, {kinds.count('removed')} removed"


def change_lines(x: FunctionChange) -> list[str]:
    """One changed function."""
    lines = _wrap(x.function, f"({x.file})")
    for v in x.verdicts:
        where = f" {_entry(x, v)}".rstrip()
        mark = "  (WORSE)" if v.worse else "  (better)" if v.better else ""
        moved = f"{v.old or 'not verified'} -> {v.new or 'not verified'}" if v.old != v.new else f"{v.new}, as before"
        lines += _wrap(f"  verdict{where}:", moved + mark)
    return lines + lifecycle_lines(x)


def lifecycle_lines(x: FunctionChange) -> list[str]:
    """What changed of a lifecycle: who owns each object and what ends that, what is needed, which contracts apply."""
    lines = [line for o in x.objects for line in _object_lines(o)]
    lines += _listed("needs", x.needs)
    return lines + _listed("contracts", x.applies, tuple(sorted(x.contracts)))


def _entry(x: FunctionChange, v: VerdictChange) -> str:
    """The entry context of a verdict, where the function has one."""
    return f"[{v.entry}]" if v.entry else "[any caller]" if len(x.verdicts) > 1 else ""


def _object_lines(o: ObjectChange) -> list[str]:
    """One object: where it comes from, its owner on both sides, and what ends that."""
    if o.acquired.old and o.acquired.new:
        source = " -> ".join(dict.fromkeys((*o.acquired.old, *o.acquired.new)))
    else:
        source = f"{o.acquired.new[0]}, new" if o.acquired.new else f"{o.acquired.old[0]}, gone"
    lines = _wrap(f"  {o.name}", f"from {source}")
    ends = _differ(o.ends.old, o.ends.new)
    if o.owners.old == o.owners.new:
        return lines + _listed("  owner", Both((), ()), same=_one(o.owners.new)) + _listed("  ends", ends)
    lines += _listed("  owner", Both(_one(o.owners.old), _one(o.owners.new)))
    return lines + _listed("  ends", ends, same=tuple(e for e in o.ends.new if e in o.ends.old))


def _one(texts: tuple[str, ...]) -> tuple[str, ...]:
    return (", ".join(texts),) if texts else ()


def _listed(word: str, facts: Both, changed: tuple[str, ...] = (), same: tuple[str, ...] = ()) -> list[str]:
    """Marked `-` and `+`: what one side has; `=`: what both have; `~`: what both have, but with another text."""
    marked = [*(("-", t) for t in facts.old), *(("=", t) for t in same), *(("+", t) for t in facts.new)]
    lines: list[str] = []
    for i, (mark, text) in enumerate([*marked, *(("~", t) for t in changed)]):
        lines += _wrap(f"  {word if i == 0 else '':<10}{mark}", text)
    return lines


def _wrap(head: str, text: str) -> list[str]:
    hang = " " * (len(head) + 1 if len(head) < 24 else 6)
    return textwrap.wrap(clean(f"{head} {text}"), WIDTH, subsequent_indent=hang, break_on_hyphens=False) or [head]


# ---------------------------------------------------------------------------------------------- data


def comparison_data(c: Comparison, version: str) -> dict[str, object]:
    """The same facts as data."""
    return {
        "schema": SCHEMA,
        "refcheck": version,
        "compared": c.both,
        "functions": [_change_data(x) for x in c.changes],
        "worse": c.worse,
        "summary": summary(c),
    }


def _change_data(x: FunctionChange) -> dict[str, object]:
    return {
        "file": x.file,
        "function": x.function,
        "change": x.kind,
        "worse": x.worse,
        "verdicts": [{"entry": v.entry or None, "old": v.old or None, "new": v.new or None, "worse": v.worse,
                      "better": v.better} for v in x.verdicts],
        "objects": [{"name": o.name, "acquired": _both(o.acquired), "owner": _both(o.owners), "ends": _both(o.ends)}
                    for o in x.objects],
        "needs": _both(x.needs),
        "contracts": {**_both(x.applies), "changed": list(x.contracts)},
    }  # fmt: skip


def _both(b: Both) -> dict[str, list[str]]:
    return {"old": list(b.old), "new": list(b.new)}
