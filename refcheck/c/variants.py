# SPDX-License-Identifier: GPL-2.0-only
"""`#if` inside of an item: as blocks where each branch is whole statements, else one text for each choice.

A choice fixes a condition for the whole item, so that the same condition asked twice is answered the same.
"""

import re

from refcheck.base.named import NamedTuple
from refcheck.c.directives import Group, negated
from refcheck.c.mask import blank

MOST = 32
MOST_GROUPS = 300
_ELSE = re.compile(r"\s*else\b")
_BRACKETS = re.compile(r"[(){}]")

Choice = dict[str, bool]


class Stretch(NamedTuple):
    """The text of an item under a choice; `branches` has condition and whether it is an `#if`, by the offset of a block."""

    text: str
    conds: tuple[str, ...]
    branches: dict[int, tuple[str, bool]]


def cut(text: str, groups: list[Group], body: int) -> list[Group]:
    """The groups that cannot be blocks for sure.

    They begin before the body or in parentheses, are out of balance, or an `else` stands at one of their edges.
    """
    return [
        g for g in groups
        if g.start < body or not _balanced(text, g) or _parens(text, body, g.start) or _ELSE.match(text, g.end)
        or any(_ELSE.match(text, b.body, b.end) for b in g.branches)
    ]  # fmt: skip


def _parens(text: str, start: int, end: int) -> int:
    return text.count("(", start, end) - text.count(")", start, end)


def _balanced(text: str, group: Group) -> bool:
    """Each branch closes what it opens, and nothing else."""
    for branch in group.branches:
        depth = {"(": 0, "{": 0}
        for found in _BRACKETS.finditer(text, branch.body, branch.end):
            kind = "(" if found[0] in "()" else "{"
            depth[kind] += 1 if found[0] in "({" else -1
            if depth[kind] < 0:
                return False
        if any(depth.values()):
            return False
    return True


def choices(groups: list[Group], hard: list[Group]) -> list[Choice]:
    """Every way to answer the conditions of the groups that are cut; more than MOST where there are too many."""
    made: list[Choice] = [{}]
    for group in (g for g in groups if g in hard):
        further: list[Choice] = []
        for choice in made:
            further += _answers(group, choice) if not _dropped(group, groups, choice) else [choice]
            if len(further) > MOST:
                return further
        made = further
    return made


def _answers(group: Group, choice: Choice) -> list[Choice]:
    """The choice with each answer that picks a branch of this group."""
    found: list[Choice] = []
    for branch in group.branches:
        known = _known(branch.cond, choice) if branch.cond else True
        if known is None:
            found.append({**choice, branch.cond: True})
            choice = {**choice, branch.cond: False}
        elif known:
            return [*found, choice]
    return [*found, choice]


def _known(cond: str, choice: Choice) -> bool | None:
    if cond in choice:
        return choice[cond]
    other = choice.get(negated(cond))
    return None if other is None else not other


def _taken(group: Group, choice: Choice) -> int | None:
    """The number of the branch that a choice takes: -1 for none of them, None where it does not say."""
    for number, branch in enumerate(group.branches):
        known = _known(branch.cond, choice) if branch.cond else True
        if known is None:
            return None
        if known:
            return number
    return -1


def _dropped(group: Group, groups: list[Group], choice: Choice) -> bool:
    """The group stands in a branch that is not taken."""
    for outer in groups:
        if outer.start < group.start and outer.end > group.start:
            taken = _taken(outer, choice)
            if taken is not None:
                at = next((n for n, b in enumerate(outer.branches) if b.body <= group.start < b.end), -1)
                if at != taken:
                    return True
    return False


def stretch(text: str, start: int, end: int, groups: list[Group], choice: Choice) -> Stretch:
    """The text of an item under a choice; groups that it leaves open become blocks."""
    chars: list[tuple[int, int, str]] = []
    branches: dict[int, tuple[str, bool]] = {}
    for group in groups:
        if _dropped(group, groups, choice):
            continue
        taken = _taken(group, choice)
        if taken is None:
            chars += _blocks(text, group, branches)
            continue
        for number, branch in enumerate(group.branches):
            if number != taken:
                a, b = max(branch.body, start), min(branch.end, end)
                chars.append((a, b, blank(text[a:b])))
    made = text[start:end]
    for a, b, new in chars:
        made = made[: a - start] + new + made[b - start :] if a < b else made
    conds = tuple(c if holds else negated(c) for c, holds in choice.items())
    return Stretch(made, conds, branches)


def _blocks(text: str, group: Group, branches: dict[int, tuple[str, bool]]) -> list[tuple[int, int, str]]:
    """The brackets that make blocks of the branches of a group, in the place of its lines."""
    found: list[tuple[int, int, str]] = []
    for number, branch in enumerate(group.branches):
        opening = "{" if not number else _end(text, group.branches[number - 1].body, branch.start) + "{"
        at = branch.start + len(opening)
        branches[at - 1] = (branch.cond, not number)
        found.append((branch.start, at, opening))
    last = _end(text, group.branches[-1].body, group.last)
    return [*found, (group.last, group.last + len(last), last)]


def _end(text: str, start: int, end: int) -> str:
    """What ends a block: a label before it needs a statement."""
    return ";}" if text[start:end].rstrip().endswith(":") else "}"
