# SPDX-License-Identifier: GPL-2.0-only
"""What proofs rest on: contracts and declarations, as a model resolves them, and whether a change makes them weaker.

A ground is compared where it is applied, whichever file it came from, and resources with all that extends them.
"""

import re
from collections.abc import Collection, Iterator

from refcheck.base.named import NamedTuple
from refcheck.base.source import Span
from refcheck.gate.breach import WEAKER, Breach
from refcheck.inspect.lifecycle import contract_text
from refcheck.result.places import place
from refcheck.result.record import Place
from refcheck.syntax import ast, pretty, write
from refcheck.unit.declare import Declarations
from refcheck.unit.load import Unit

# Stricter where it grows: what is asked of callers.  Weaker where it grows: what an entry or a fact gives.
_GIVES = ("entry", "fact")


class Ground(NamedTuple):
    """A contract or declaration that a model rests on; `body` tells whether this model is to keep it.

    `needs` has what a contract asks of callers (what an entry or a fact gives, what a resource is made of), `rest` all else
    of it as text that is equal for equal ones, `written` the whole as one would write it; `ships`: no change has it.
    """

    kind: str
    name: str
    needs: frozenset[str]
    rest: str
    sources: frozenset[str]
    place: Place
    body: bool
    written: str
    ships: bool

    @property
    def text(self) -> tuple[frozenset[str], str]:
        """What it says, without where it stands and what it cites."""
        return self.needs, self.rest


Grounds = dict[tuple[str, str], Ground]


def grounds_of(unit: Unit, decl: Declarations, ships: frozenset[str]) -> Grounds:
    """All grounds of a unit; `ships` names the files that are no part of any change."""
    found: Grounds = {}
    for name, c in decl.contracts.items():
        plain = c._replace(override=False, sig=c.sig._replace(must_hold=(), requires=(), may_sleep=False))
        said = c._replace(override=False, sig=c.sig._replace(sources=(), expects=(), entries=()))
        found["contract", name] = Ground(
            "contract", name, asks(c.sig), contract_text(plain), citations(c.sig.sources), place(c.span),
            name in decl.functions, write.contract(said, in_spec=True), c.span.path in ships)  # fmt: skip
    for name, r in decl.resources.items():
        bare = write.module(ast.Module("", (r._replace(slots=(), embeds=(), c_types=()),))).strip()
        shown = write.module(ast.Module("", (r,))).strip()
        _add(found, "resource", name, bare, r.span, _parts(r), shown, ships)
    for item in (i for m in unit.modules for i in m.items):
        shown = write.module(ast.Module("", (item,))).strip()
        match item:
            case ast.EntryDef(name=name, holds=holds, span=span):
                bare = write.module(ast.Module("", (item._replace(holds=()),)))
                _add(found, "entry", name, bare, span, frozenset(holds), shown, ships)
            case ast.FactDef(name, contexts, span):
                _add(found, "fact", name, "", span, frozenset(contexts), shown, ships)
            case ast.GuardDef(name=name, span=span):
                _add(found, "guard", name, shown, span, frozenset(), shown, ships)
            case ast.EnumDef(name, members, span):
                _add(found, "enum", name, ", ".join(members), span, frozenset(), shown, ships)
            case ast.ContextDef(names, sleeps, span):
                for name in names:
                    text = f"context {name}{' sleeps' if sleeps else ''};"
                    _add(found, "context", name, text, span, frozenset(), text, ships)
            case _:
                pass
    return found


def _add(
    found: Grounds, kind: str, name: str, rest: str, span: Span, needs: frozenset[str], written: str, ships: frozenset[str]
) -> None:
    found[kind, name] = Ground(kind, name, needs, rest, frozenset(), place(span), False, written, span.path in ships)


def _parts(r: ast.ResourceDef) -> frozenset[str]:
    slots = {f"slot {s.name}: {s.target}{' published' if s.published else ''} ({s.c_field})" for s in r.slots}
    return frozenset(slots | {f"embeds {m}" for m in r.embeds} | {f'c "{t}"' for t in r.c_types})


def asks(sig: ast.Signature) -> frozenset[str]:
    """What a signature asks of callers, each demand as a text."""
    asked = {f"must hold {' | '.join(m.facts)}" + (f" if {pretty.expr(m.when)}" if m.when else "") for m in sig.must_hold}
    asked |= {f"requires {pretty.expr(cond)}" for _, cond in sig.requires}
    return frozenset(asked | ({"may sleep"} if sig.may_sleep else set()))


def citations(texts: tuple[str, ...]) -> frozenset[str]:
    """What is cited, without what no reader sees."""
    return frozenset(c for text in texts if (c := visible(text)))


def visible(text: str) -> str:
    """A text as a reader sees it: spaces are one space, and what has no width is not there."""
    return " ".join(re.sub(r"[^\S ]", " ", "".join(c for c in text if c.isprintable() or c.isspace())).split())


# ------------------------------------------------------------------------------------------------ compared


class Shift(NamedTuple):
    """A ground that changed for a function: what it was (None: new), what it is (None: a body stands in its place)."""

    old: Ground | None
    new: Ground | None
    body: Place | None = None

    @property
    def ground(self) -> Ground:
        """The ground of which it speaks."""
        found = self.new or self.old
        assert found is not None
        return found


def shifts(old: Grounds | None, new: Grounds, reaches: frozenset[str], bodies: dict[str, Place]) -> Iterator[Shift]:
    """The grounds of one function that say something else than at the base (None: a function that is new)."""
    for key, ground in new.items():
        if key[0] == "contract" and key[1] not in reaches:
            continue
        was = old.get(key) if old is not None else None
        if was is not None and was.text != ground.text:
            yield Shift(was, ground)
        elif was is None and key[0] == "contract" and not ground.body:
            yield Shift(None, ground)
    for name in sorted(reaches & bodies.keys()):
        trusted = (old or {}).get(("contract", name))
        if ("contract", name) not in new and trusted is not None and not trusted.body:
            yield Shift(trusted, None, bodies[name])


def weaker(
    shift: Shift, functions: tuple[str, ...], proved: bool, known: Collection[Ground], cited: frozenset[str]
) -> Breach | str | None:  # fmt: skip
    """The breach of a changed ground, or why it passes (None: no reviewer needs to know).

    `proved`: a body that the base has keeps it at the head; `known` are those of its name that models of the base have;
    `cited` is what bodies that are new cite.
    """
    old, new = shift.old, shift.new
    ground = shift.ground
    named = f"the contract of `{ground.name}`" if ground.kind == "contract" else f"{ground.kind} `{ground.name}`"
    what = "is gone" if new is None else "changed" if old else "is new"
    if old is not None and new is not None:
        if _stricter(old, new):
            return None
        if _larger(old, new):
            return f"{named} has more: {'; '.join(sorted(new.needs - old.needs))}"
    if proved:
        return f"{named} {what}: its body is proved to keep it"
    sources = (new.sources if new else frozenset()) | cited
    if old is None and (ground.ships or any(g.text == ground.text for g in known if sources)):
        return None
    added = sorted(sources - frozenset[str]().union(*(g.sources for g in ([old] if old else known))))
    if added:
        return f"{named} {what}: it cites {', '.join(added)}"
    other = next(iter(known), None) if old is None else None
    return _breach(shift, named, functions, other)


def _breach(shift: Shift, named: str, functions: tuple[str, ...], other: Ground | None) -> Breach:
    old, new = shift.old, shift.new
    if new is None:
        assert old is not None
        message = f"{named} is gone: a body without a contract stands in its place, and nothing backs it"
        return Breach(WEAKER, old.name, message, shift.body or old.place, old.written, "no contract", functions,
                      "put the contract back, or cite where the body was read (`__from`)")  # fmt: skip
    if old is None and other is not None:
        assert new is not None
        message = f"{named} is another than the one that the base has, and cites nothing that this one does not"
        return Breach(WEAKER, new.name, message, new.place, other.written, new.written, functions,
                      "use the contract that is there, or cite where the kernel has another (`__from`)")  # fmt: skip
    if old is None:
        return Breach(WEAKER, new.name, f"{named} is new, trusted, and cites nothing", new.place, "not there", new.written,
                      functions, 'cite the kernel lines that it was read from: __from("file:function")')  # fmt: skip
    help_text = "prove it by a body, or cite what backs it (`__from`)" if new.kind == "contract" else (
        "every proof rests on it and no citation can back it: let a reviewer land it past the gate, apart from models"
    )
    message = f"{named} changed{_how(old, new)}, and nothing backs it"
    return Breach(WEAKER, new.name, message, new.place, old.written, new.written, functions, help_text)


def _stricter(old: Ground, new: Ground) -> bool:
    """Callers owe more, or are given less, and nothing else changed; an enum has members behind those that it had."""
    if new.kind == "enum":
        return new.rest.startswith(f"{old.rest}, ")
    if old.rest != new.rest or new.kind == "resource":
        return False
    return new.needs <= old.needs if new.kind in _GIVES else new.needs >= old.needs


def _larger(old: Ground, new: Ground) -> bool:
    """A resource has all that it had and more; its first slot makes two arguments two objects, which is no addition."""
    if new.kind != "resource" or old.rest != new.rest or not new.needs >= old.needs:
        return False
    slots = [any(p.startswith("slot ") for p in g.needs) for g in (old, new)]
    return slots[0] == slots[1]


def _how(old: Ground, new: Ground) -> str:
    less, more = sorted(old.needs - new.needs), sorted(new.needs - old.needs)
    words = {"entry": "holds", "fact": "holds in", "resource": "has"}.get(new.kind, "asks")
    parts = [f"{words} no more: {', '.join(less)}"] if less else []
    parts += [f"{words} now: {', '.join(more)}"] if more else []
    if old.rest != new.rest:
        parts.append("other effects or outcomes" if new.kind == "contract" else "it says something else")
    return f" ({'; '.join(parts)})"
