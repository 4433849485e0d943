# SPDX-License-Identifier: GPL-2.0-only
"""What a model says of its source: whether it says less than at the base, or takes more for granted."""

from collections.abc import Collection, Iterator

from refcheck.gate.breach import ASSUMED, THINNER, Breach
from refcheck.gate.paths import TEST, lost, meets
from refcheck.gate.rules import Pair
from refcheck.gate.side import Function, Model, plain, renamed

_MOST = 6


def substance(pair: Pair) -> Iterator[Breach | str]:
    """A model that says less of the same source; a function that assumes more of callers.  A text says what passes, why."""
    if pair.old is None or pair.new is None:
        return
    yield from _thinner(pair.old, pair.new)
    more = assumed(pair.old[1], pair.new[1])
    cited = sorted(pair.new[1].sources - pair.old[1].sources)
    if more and cited:
        yield f"`{pair.new[1].name}` assumes more of its callers: it cites {', '.join(cited)}"
    elif more:
        new = pair.new[1]
        message = f"the function assumes more of its callers: {'; '.join(more)}"
        help_text = "model a caller, or an entry context, that gives it, or cite where the kernel says so (`__from`)"
        was, now = "; ".join(sorted(pair.old[1].asks)) or "nothing", "; ".join(sorted(new.asks))
        yield Breach(ASSUMED, new.name, message, new.place, was, now, (), help_text)


def assumed(old: Function, new: Function) -> list[str]:
    """What a function assumes of callers that it did not, whatever its parameters are called."""
    names = renamed(old, new)
    return [text for text in sorted(new.asks) if plain([text], names)[0] not in old.asks]


def _thinner(base: tuple[Model, Function], head: tuple[Model, Function]) -> Iterator[Breach | str]:
    (before, old), (after, new) = base, head
    gone = (f"{n}()" for n in sorted(old.calls) if not new.calls[n])
    less = [text for text in gone if not _told(text, before, after, new)]
    was, now = meets(before.unit, old.name, {}), meets(after.unit, new.name, renamed(old, new))
    if was and now:
        less += [text for text in lost(was, now) if text not in less and not _told(text, before, after, new)]
    # What nothing reached may go.
    if any(r.unreached for r in before.records if r.function == old.name):
        less = [text for text in less if text != TEST and not text.startswith("nondet")]
    if not less:
        return
    names = ", ".join(less[:_MOST]) + (f" and {len(less) - _MOST} more" if len(less) > _MOST else "")
    versions = sorted(set(after.note) - set(before.note))
    if versions:
        yield f"the model of `{new.name}` lost {names}: its source is {'; '.join(versions)} now"
        return
    message = f"the model of the same source lost {names}"
    help_text = "name in `source` the version of the kernel that has it no more, or put it back"
    yield Breach(THINNER, new.name, message, new.place, _noted(before), _noted(after), (), help_text)


def _told(text: str, before: Model, after: Model, new: Function) -> bool:
    """What a helper does that has a contract now and had none: callers rest on that contract."""
    name = text.split(" on a path", maxsplit=1)[0].removesuffix("()")
    helpers = [f for f in after.functions.values() if f.contract and f.name in new.reaches and f.name != new.name]
    return any(
        (f.calls[name] or f"{name}()" == "use()" or text == TEST or text.startswith("nondet")
         or (text.startswith("-E") and text in _met(after, f)))
        and not (f.name in before.functions and before.functions[f.name].contract)
        for f in helpers
    )


def _met(m: Model, f: Function) -> Collection[str]:
    found = meets(m.unit, f.name, {})
    return found.most if found else ()


def _noted(m: Model) -> str:
    return "; ".join(m.note) or "no source is named"
