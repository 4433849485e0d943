# SPDX-License-Identifier: GPL-2.0-only
"""The rules of the gate: two sides of a change compared, function by function and contract by contract.

A function is matched by name: with the one in the same file, else with one that left its file.  So neither a new place nor
a new name of a file hides anything.  What a contract says is compared where it is applied, whichever file it came from.
"""

from collections.abc import Iterable, Iterator

from refcheck.base.named import NamedTuple
from refcheck.base.verdicts import Verdict
from refcheck.gate.breach import ASSUMED, HIDDEN, LOST, SANITY, THINNER, UNEXPECTED, WEAKER, WORSE, Breach
from refcheck.gate.side import Function, Ground, Model
from refcheck.render.facts import passes, surprises, verdict_text
from refcheck.result.record import Place, Record

_RANK = {Verdict.PROVED: 0, Verdict.NOTHING: 0, Verdict.VACUOUS: 1, Verdict.UNKNOWN: 2, Verdict.REFUTED: 3}
# Stricter where it grows: what is asked of callers.  Weaker where it grows: what an entry or a fact gives.
_GIVES = ("entry", "fact")


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
        yield from judge_record(old.get(entry) or (_worst(list(old.values())) if old else None), r)


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
        listed = ", ".join(names)
        text = f"{message}: {listed}" if listed else message
        return Breach(rule, new.name, text, _where(new, listed.split(", ")), base, head, (), help_text, only_unknown)

    seen = {(u.what, u.text) for u in old.unreached} if old else set()
    added = [u.text for u in new.unreached if (u.what, u.text) not in seen]
    if hidden:
        help_text = "repair the model; where the kernel has this bug now, a reviewer must say so past the gate"
        yield breach(HIDDEN, [p.property for p in hidden], "a new `expect` hides what the base proves", help_text)
    if rest:
        help_text = "refcheck verify shows the trace; repair the function, or raise the limit that was hit"
        yield breach(WORSE, [p.property for p in rest], "the verdict got worse", help_text)
    if added and not (hidden and all(p.property == "sanity" for p in hidden)):
        yield breach(SANITY, added, "something that nothing reaches is new",
                     'take out what cannot happen, or say `unreachable("why")`')  # fmt: skip
    elif idle:
        yield breach(SANITY, ["sanity"], "something that nothing reaches is new", "take out what cannot happen")
    if not worse and not added and not passes(new):
        what = "the verdict is not as its `expect` says" if new.expected else "the verdict is no proof, and none is expected"
        why = "".join(f"; {text}" for text in surprises(new))
        help_text = "repair the model or its contracts; an `expect` names what is refuted, exactly"
        yield breach(UNEXPECTED, [], what + why, help_text)


def _where(r: Record, properties: list[str]) -> Place:
    return next((f.place for f in r.findings if f.property in properties), r.place)


# ------------------------------------------------------------------------------------------------ what a model says


def substance(pair: Pair) -> Iterator[Breach | str]:
    """A model that says less of the same source; a function that assumes more of callers.  A text says what passes, why."""
    if pair.old is None or pair.new is None:
        return
    (base, old), (head, new) = pair.old, pair.new
    lost = sorted((old.calls - new.calls).elements())
    less = {n for n in lost if not new.calls[n]} or (set(lost) if new.unknowns - old.unknowns else set())
    names, versions = ", ".join(f"{n}()" for n in sorted(less)), sorted(set(head.note) - set(base.note))
    if less and versions:
        yield f"the model of `{new.name}` lost {names}: its source is {'; '.join(versions)} now"
    elif less:
        unknown = sorted(new.unknowns - old.unknowns)
        instead = f'; new instead: nondet("{unknown[0]}")' if unknown else ""
        message = f"the model of the same source lost {names}{instead}"
        help_text = "name in `source` the version of the kernel that has it no more, or put it back"
        yield Breach(THINNER, new.name, message, new.place, _noted(base), _noted(head), (), help_text)
    asked, cited = sorted(new.asks - old.asks), sorted(new.sources - old.sources)
    if asked and cited:
        yield f"`{new.name}` assumes more of its callers: it cites {', '.join(cited)}"
    elif asked:
        message = f"the function assumes more of its callers: {'; '.join(asked)}"
        help_text = "model a caller, or an entry context, that gives it, or cite where the kernel says so (`__from`)"
        was, now = "; ".join(sorted(old.asks)) or "nothing", "; ".join(sorted(new.asks))
        yield Breach(ASSUMED, new.name, message, new.place, was, now, (), help_text)


def _noted(m: Model) -> str:
    return "; ".join(m.note) or "no source is named"


# ------------------------------------------------------------------------------------------------ grounds


class Shift(NamedTuple):
    """A ground that changed for a function: what it was (None: new), what it is."""

    old: Ground | None
    new: Ground


def shifts(found: list[Pair]) -> dict[Shift, list[str]]:
    """The grounds that say something else than at the base, each once, with the functions for which they do."""
    seen: dict[Shift, list[str]] = {}
    for pair in found:
        if pair.new is None:
            continue
        head, f = pair.new
        base = pair.old[0] if pair.old else None
        for key, ground in head.grounds.items():
            if key[0] == "contract" and key[1] not in f.reaches:
                continue
            old = base.grounds.get(key) if base else None
            if base is not None and old is not None and old.text != ground.text:
                seen.setdefault(Shift(old, ground), []).append(f.name)
            elif old is None and key[0] == "contract" and not ground.body:
                seen.setdefault(Shift(None, ground), []).append(f.name)
    return seen


def weaker(shift: Shift, functions: list[str], proved: bool) -> Breach | str | None:
    """The breach of a changed ground, or why it passes (None: it is stricter); `proved`: a body keeps it at the head."""
    old, new = shift
    named = f"the contract of `{new.name}`" if new.kind == "contract" else f"{new.kind} `{new.name}`"
    if old is not None and _stricter(old, new):
        return None
    if proved:
        return f"{named} changed: its body is proved to keep it"
    added = sorted(new.sources - (old.sources if old else frozenset()))
    if added:
        return f"{named} {'changed' if old else 'is new'}: it cites {', '.join(added)}"
    if old is None:
        return Breach(WEAKER, new.name, f"{named} is new, trusted, and cites nothing", new.place, "not there", _text(new),
                      tuple(functions), 'cite the kernel lines that it was read from: __from("file:function")')  # fmt: skip
    help_text = "prove it by a body, or cite what backs it (`__from`)" if new.kind == "contract" else (
        "every proof rests on it and no citation can back it: let a reviewer land it past the gate, apart from models"
    )
    message = f"{named} changed{_how(old, new)}, and nothing backs it"
    return Breach(WEAKER, new.name, message, new.place, _text(old), _text(new), tuple(functions), help_text)


def _stricter(old: Ground, new: Ground) -> bool:
    """Callers owe more, or are given less, and nothing else changed."""
    if old.rest != new.rest:
        return False
    return new.needs <= old.needs if new.kind in _GIVES else new.needs >= old.needs


def _how(old: Ground, new: Ground) -> str:
    less, more = sorted(old.needs - new.needs), sorted(new.needs - old.needs)
    words = {"entry": "holds", "fact": "holds in"}.get(new.kind, "asks")
    parts = [f"{words} no more: {', '.join(less)}"] if less else []
    parts += [f"{words} now: {', '.join(more)}"] if more else []
    parts += ["other effects or outcomes"] if old.rest != new.rest else []
    return f" ({'; '.join(parts)})"


def _text(g: Ground) -> str:
    """A ground in a few lines: demands, then the lines of its outcomes that are told apart by `difference`."""
    return "\n".join([*sorted(g.needs), *(line.strip() for line in g.rest.splitlines() if line.strip())])
