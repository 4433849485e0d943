# SPDX-License-Identifier: GPL-2.0-only
"""docs/language.md shows every alternative of every rule of the grammar in an example that is verified."""

from collections.abc import Callable
from typing import Any

from command import ROOT
from examples import BLOCKS
from lark import Lark
from lark.grammar import Rule

GRAMMAR = (ROOT / "refcheck" / "syntax" / "refcheck.lark").read_text(encoding="utf-8")
Alternative = tuple[str, str, tuple[str, ...]]


def alternative(rule: Rule) -> Alternative:
    """What a rule of lark's tables stands for in the grammar: repetitions and line marks are left out."""
    names = [str(s.name) for s in rule.expansion]
    return str(rule.origin.name), rule.alias or "", tuple(n for n in names if n != "LINE" and not n.startswith("__"))


def used(lark: Lark, texts: list[tuple[str, str]]) -> set[Alternative]:
    """The alternatives by which some texts are read, each from its start rule."""
    found: set[Alternative] = set()
    callbacks = lark.parser.parser.parser.callbacks

    def noted(rule: Rule, make: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def call(children: Any) -> Any:
            found.add(alternative(rule))
            return make(children)

        return call

    for rule, make in list(callbacks.items()):
        callbacks[rule] = noted(rule, make)
    for text, start in texts:
        lark.parse(text, start=start)
    return found


def test_every_alternative_of_the_grammar_has_an_example():
    lark = Lark(GRAMMAR, parser="lalr", start=["model", "spec"], maybe_placeholders=False)
    # An example is a model; the first spec that they use stands for all specs, and an overlay for all overlays
    texts = [(b.text, "model") for b in BLOCKS if b.page == "docs/language.md"]
    texts += [((ROOT / "specs" / n).read_text(encoding="utf-8"), "spec") for n in ("dst.spec", "noref/udp_tunnel.spec")]
    wanted = {alternative(r) for r in lark.rules if not r.origin.name.startswith("_")} - {("spec", "", ())}
    assert len(wanted) > 150
    assert sorted(wanted - used(lark, texts)) == []
