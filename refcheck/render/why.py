# SPDX-License-Identifier: GPL-2.0-only
"""What balances each reference of a proved function, as text."""

from collections.abc import Iterator

from refcheck.render.text import clean
from refcheck.result.record import HELD, Balance, BalanceEnd, Record

_MOST_BRANCHES = 3


def why(r: Record) -> Iterator[tuple[str, str]]:
    """Pairs of a word and a text: an acquisition (`why`), and each place where what it gave ends (empty word)."""
    for b in r.balance:
        since = ", which came in" if b.by == "came in" else f", {b.how} since {b.by} ({_line(b)})"
        head = f"`{b.object}`{since}"
        yield "why", f"{head}: nothing is to be given back" if lent(b) else head
        for end in b.ends:
            yield "", f"{_line(end)}: {end.how}{_branches(end)}"


def lent(b: Balance) -> bool:
    """It is borrowed: nothing is to be given back."""
    return b.how != HELD


def _line(at: Balance | BalanceEnd) -> str:
    return f"line {at.place.line}" + (f", kernel {at.kernel_line}" if at.kernel_line else "")


def _branches(end: BalanceEnd) -> str:
    """The branches that lead there, the last ones where there are many."""
    shown = end.branches[-_MOST_BRANCHES:]
    left = "..., " if len(shown) < len(end.branches) else ""
    return clean(f"   [{left}{', '.join(shown)}]") if shown else ""
