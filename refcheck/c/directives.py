# SPDX-License-Identifier: GPL-2.0-only
"""The lines of the preprocessor: what they define and include, and which text stands under which condition.

Works on masked text (mask.py).  `#if 0` and what is not for the kernel's C (`__cplusplus`, `__ASSEMBLY__`) is dropped,
`__KERNEL__` and include guards hold; every other condition is kept as a group of branches.
"""

import re

from refcheck.base.named import NamedTuple
from refcheck.c.mask import blank

_LINE = re.compile(r"^[ \t]*#[ \t]*([a-z_]*)((?:[^\\\n]|\\[ \t\r]*\n|\\.)*)", re.MULTILINE)
_JOIN = re.compile(r"\\[ \t\r]*\n")
_DEFINE = re.compile(r"\s*([A-Za-z_]\w*)(\(([^()]*)\))?")
_WORD = re.compile(r"[A-Za-z_]\w*")
_FALSE = ("__cplusplus", "__ASSEMBLY__", "__ASSEMBLER__", "__CHECKER__", "__GENKSYMS__", "BUILD_VDSO32")
_TRUE = ("__KERNEL__",)
_KNOWN = {"0": False, "1": True} | {f"defined({n})": False for n in _FALSE} | {f"defined({n})": True for n in _TRUE}


class Branch(NamedTuple):
    """`#if`, `#elif` or `#else` and the text below it: the condition (empty of an `#else`) and offsets.

    `start` is that of the line, `body` that behind it, `end` that of the line which ends the branch.
    """

    cond: str
    start: int
    body: int
    end: int


class Group(NamedTuple):
    """`#if` to `#endif`: its branches, and where the last line starts and ends."""

    branches: tuple[Branch, ...]
    last: int
    end: int

    @property
    def start(self) -> int:
        """Where the `#if` starts."""
        return self.branches[0].start

    def under(self, number: int) -> tuple[str, ...]:
        """What holds in a branch: its own condition and the negation of those before."""
        before = tuple(negated(b.cond) for b in self.branches[:number])
        own = self.branches[number].cond
        return (*before, own) if own else before


class Define(NamedTuple):
    """A `#define`: offsets of the line, the name, the parameters (None where there are none) and where its text starts."""

    start: int
    end: int
    name: str
    params: tuple[str, ...] | None
    body: int


class Include(NamedTuple):
    """An `#include` line."""

    start: int
    end: int


class Directives(NamedTuple):
    """The text without its lines for the preprocessor, and what they said; groups by their start, outer ones first.

    `loose` are the lines of an `#if` that has no `#endif`, or the other way round: no compiler takes such a file.
    """

    text: str
    defines: tuple[Define, ...]
    includes: tuple[Include, ...]
    groups: tuple[Group, ...]
    loose: tuple[int, ...]


def negated(cond: str) -> str:
    """The text of the condition that holds where this one does not."""
    if re.fullmatch(r"!defined\(\w+\)|!\w+", cond):
        return cond[1:]
    return f"!{cond}" if re.fullmatch(r"defined\(\w+\)|\w+(\(\w+\))?", cond) else f"!({cond})"


def directives(text: str) -> Directives:
    """Read and blank the lines for the preprocessor of a masked text.  `#endif`s too many or too few are passed over."""
    pieces: list[str] = []
    at = 0
    defines: list[Define] = []
    includes: list[Include] = []
    groups: list[Group] = []
    dead: list[tuple[int, int]] = []
    stack: list[list[Branch]] = []
    loose: list[int] = []
    guard = _guard(text)
    for found in _LINE.finditer(text):
        kind, start, end = found[1], found.start(), found.end()
        pieces += (text[at:start], blank(found[0]))
        at = end
        rest = found[2]
        if kind == "define":
            if made := _defined(found):
                defines.append(made)
        elif kind.startswith("include"):
            includes.append(Include(start, end))
        elif kind in ("if", "ifdef", "ifndef"):
            cond = "1" if start == guard else _condition(kind, rest)
            stack.append([Branch(cond, start, end, -1)])
        elif kind in ("elif", "elifdef", "elifndef", "else") and stack:
            branches = stack[-1]
            branches[-1] = branches[-1]._replace(end=start)
            branches.append(Branch("" if kind == "else" else _condition(kind[2:], rest), start, end, -1))
        elif kind == "endif" and stack:
            branches = stack.pop()
            branches[-1] = branches[-1]._replace(end=start)
            _close(branches, start, end, groups, dead)
        elif kind == "endif" or kind.startswith("el"):
            loose.append(start)
    loose += [branches[0].start for branches in stack]
    pieces.append(text[at:])
    bare = "".join(pieces)
    for a, b in sorted(dead):
        bare = bare[:a] + blank(bare[a:b]) + bare[b:]
    lives = [g for g in groups if not _within(g.start, dead)]
    return Directives(
        bare, tuple(d for d in defines if not _within(d.start, dead)),
        tuple(i for i in includes if not _within(i.start, dead)), tuple(sorted(lives, key=lambda g: (g.start, -g.end))),
        tuple(at for at in sorted(loose) if not _within(at, dead)),
    )  # fmt: skip


def _within(at: int, spans: list[tuple[int, int]]) -> bool:
    return any(a <= at < b for a, b in spans)


def _close(branches: list[Branch], last: int, end: int, groups: list[Group], dead: list[tuple[int, int]]) -> None:
    """A group that is complete: branches that cannot be are dead, and a branch that always is ends it."""
    kept: list[Branch] = []
    certain = False
    for branch in branches:
        value = True if not branch.cond and not kept else _KNOWN.get(branch.cond)
        if certain or value is False:
            dead.append((branch.body, branch.end))
            continue
        certain = value is True
        kept.append(branch._replace(cond="") if certain else branch)
    if kept and kept[0].cond:
        groups.append(Group(tuple(kept), last, end))


def _condition(kind: str, rest: str) -> str:
    """The text of a condition with single blanks; that of `#ifdef X` is `defined(X)`."""
    words = " ".join(_JOIN.sub(" ", rest).split())
    if kind in ("ifdef", "ifndef", "def", "ndef"):
        word = _WORD.search(words)
        return f"{'!' if 'n' in kind.removeprefix('if') else ''}defined({word[0] if word else ''})"
    words = re.sub(r"\bdefined\s*\(\s*(\w+)\s*\)|\bdefined\s+(\w+)", lambda m: f"defined({m[1] or m[2]})", words)
    words = re.sub(r"^\((.*)\)$", lambda m: m[1] if "(" not in m[1] else m[0], words)
    if words.startswith("!defined(") and words.count("(") == 1 and words[1:] in _KNOWN:
        return "0" if _KNOWN[words[1:]] else "1"
    return words or "0"


def _guard(text: str) -> int:
    """Where the `#ifndef` of an include guard stands; -1 where there is none."""
    lines = _LINE.finditer(text)
    first, second = next(lines, None), next(lines, None)
    if first is None or second is None or first[1] not in ("ifndef", "if") or second[1] != "define":
        return -1
    a, b = _WORD.findall(first[2]), _WORD.search(second[2])
    return first.start() if a and b and a[-1] == b[0] and not text[: first.start()].strip() else -1


def _defined(found: re.Match[str]) -> Define | None:
    head = _DEFINE.match(found[2])
    if head is None:
        return None
    params = None
    if head[2] is not None:
        params = tuple(p.strip() for p in _JOIN.sub(" ", head[3]).split(",") if p.strip())
    return Define(found.start(), found.end(), head[1], params, found.start(2) + head.end())
