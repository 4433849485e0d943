# SPDX-License-Identifier: GPL-2.0-only
"""The names in a contract: places are parameters or the result, `->` leads to a slot of them, states and errors exist."""

from collections.abc import Iterator, Mapping
from typing import Any

from refcheck.base.diagnostics import Diagnostic, error, near
from refcheck.base.errnos import ERRNO
from refcheck.base.source import Span
from refcheck.syntax import ast, code

STATES = ("empty", "noref", "owned")


def check_places(resources: Mapping[str, ast.ResourceDef], contract: ast.ContractDef) -> Iterator[Diagnostic]:
    """Every place, state and error code of a contract, its conditions included, that is none."""
    types = {"result": contract.sig.result} | {p.name: p.type for p in contract.sig.params}
    todo: list[Any] = [contract.sig.must_hold, contract.sig.requires, contract.outcomes]
    while todo:
        here = todo.pop()
        match here:
            case ast.EffectPlace(name) if name in types:
                yield from _place(resources, types[name], here)
            case ast.PlaceTest(ast.EffectPlace(name, _, _, span)) | ast.StateIs(ast.EffectPlace(name, _, _, span)) if (
                name not in types
            ):
                known = [n for n in types if n != "result"]
                help_text = near(name, known) or (f"name one: {', '.join(known)}" if known else "there are none")
                yield error("unknown-name", f"`{name}` is not a parameter of `{contract.sig.name}`", span, help_text)
            case ast.StateIs(_, states, span) if wrong := [s for s in states if s not in STATES]:
                help_text = near(wrong[0], list(STATES)) or "a slot is empty, noref or owned"
                yield error("unknown-name", f"`{wrong[0]}` is no state of a slot", span, help_text)
            case code.Errno(name, span) if name not in ERRNO:
                yield error("unknown-name", f"there is no error code `{name}`", span, near(name, list(ERRNO)))
            case ast.Effect(verb, ast.EffectPlace(name, _, None, span)) if verb not in ("set", "return") and name in types:
                if types[name].name not in resources:
                    text = f"`{verb}` takes an object, and `{name}` is `{types[name].name}`"
                    yield error("wrong-kind", text, span, "name a parameter that is a resource")
            case _:
                pass
        if isinstance(here, tuple) and type(here) is not Span:
            todo += here


def _place(resources: Mapping[str, ast.ResourceDef], kind: code.Type, place: ast.EffectPlace) -> Iterator[Diagnostic]:
    if place.deref != kind.pointer:
        text = "is an out-parameter" if kind.pointer else "is no pointer to a variable"
        yield error("wrong-kind", f"`{place.name}` {text}", place.span, f"write `{'*' * kind.pointer}{place.name}`")
    elif place.slot and kind.name not in resources:
        yield error("wrong-kind", f"`{place.name}` is `{kind.name}`: that has no slots", place.span, "name a resource")
    elif place.slot and place.slot not in (names := [s.name for s in resources[kind.name].slots]):
        help_text = near(place.slot, names) or f"add it to the resource: slot {place.slot}: RESOURCE;"
        yield error("unknown-name", f"`{kind.name}` has no slot `{place.slot}`", place.span, help_text)
