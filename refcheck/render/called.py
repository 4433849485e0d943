# SPDX-License-Identifier: GPL-2.0-only
"""The contracts that a function's calls are taken by, for a page: each with its standing, and lines that lead there."""

import re

from markupsafe import Markup, escape

from refcheck.base.named import NamedTuple
from refcheck.render.text import clean
from refcheck.result.record import CalledContract, Named, Record
from refcheck.result.standing import Beside, contract_standing

_COLOURS = {"proved": "PROVED", "REFUTED": "REFUTED", "trusted": "dim", "shown": "dim"}
_MEANINGS = {
    "trusted": "nobody proves it here; it was read from the kernel function that is named",
    "proved": "its body is verified in this run, and keeps it",
    "not verified here": "it has a body, which this run left out",
    "shown": "its body, in a header or in this file, only looks at its arguments",
    "assumed": "nothing at hand says so; what rests on it is as good as that",
    "REFUTED": "its body breaks it, so that nothing is known of who calls it",
}


class ContractView(NamedTuple):
    """A contract with its anchor, what is known of it, and the class of that."""

    contract: CalledContract
    id: str
    standing: str

    @property
    def colour(self) -> str:
        """Good news is a contract that its body keeps."""
        return _COLOURS.get(self.standing, "UNKNOWN")

    @property
    def lines(self) -> str:
        """The lines that call it."""
        calls = self.contract.calls
        if not calls:
            return "a body that stands in place here"
        return f"line{'s' if calls[1:] else ''} {', '.join(map(str, calls))}"

    @property
    def has_file(self) -> bool:
        """It stands in a file: nobody wrote down what is shown or assumed."""
        return self.contract.how not in ("shown", "assumed")


def contract_views(r: Record, beside: Beside, name: str) -> list[ContractView]:
    """The contracts of a record, beside those of its model; `name` is the anchor of the record."""
    return [ContractView(c, f"{name}-c{i}", contract_standing(c, r, beside)) for i, c in enumerate(r.contracts)]


def linked(text: str, line: int, views: list[ContractView]) -> Markup:
    """A line of the model in which each call leads to its contract."""
    here = {v.contract.function: v for v in views if line in v.contract.calls}
    parts, rest = list[Markup](), clean(text)
    while here:
        names = "|".join(map(re.escape, sorted(here, key=len, reverse=True)))
        found = re.search(rf"(?<!\w)(?:{names})(?=\s*\()", rest)
        if found is None:
            break
        parts += [escape(rest[: found.start()]), _link(here.pop(found[0]), found[0])]
        rest = rest[found.end() :]
    others = [Markup(" ") + _link(v, v.contract.function) for v in here.values() if v.contract.text]
    return Markup().join([*parts, escape(rest), *(Markup('<span class="dim">{}</span>').format(o) for o in others)])


def _link(view: ContractView, text: str) -> Markup:
    return Markup('<a href="#{}" title="{}">{}</a>').format(view.id, clean(view.standing), clean(text))


def meanings(views: list[ContractView]) -> dict[str, str]:
    """What the standings of some contracts mean, each once."""
    heads = dict.fromkeys(v.standing.partition(" if ")[0] for v in views)
    return {head: _MEANINGS[head] for head in heads if head in _MEANINGS}


def facts(r: Record) -> list[Named]:
    """The names of several contexts in what a page says of a record, with these contexts."""
    said = " ".join((*(b.how for b in r.balance), *(c.text for c in r.contracts), r.from_c.contract if r.from_c else ""))
    words = set(re.findall(r"\w+", said))
    return [f for f in r.facts if f.name in words]
