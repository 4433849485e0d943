# SPDX-License-Identifier: GPL-2.0-only
"""What a macro does to the function that it stands in: jumps, calls, and what it assigns.

A macro is expanded once for all its calls, with marks in the places of its arguments, and then looked at by its words.
More may be found than it does, which costs an expansion in the tree (expand.py), and no less.
"""

import re
from collections.abc import Container, Iterable, Iterator
from itertools import pairwise

from refcheck.base.named import NamedTuple
from refcheck.c import tree as c
from refcheck.slice.facts import nodes
from refcheck.slice.kinds import TreeIndex

_TOKEN = re.compile(
    r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|[A-Za-z_]\w*|\d\w*|->|\.\.\.|##|<<=|>>=|[-+*/%&|^=!<>]=|\+\+|--|&&|\|\||<<|>>|\S'
)
_NAME = re.compile(r"[A-Za-z_]\w*")
_WORD = re.compile(r"[\w\x00]+")
_MARK = re.compile(r"\x00(\d+)\x00")
_NO_VALUE = {"typeof": "int", "__typeof__": "int", "TYPEOF_UNQUAL": "int", "sizeof": "0", "__builtin_constant_p": "0"}
_ASSIGNS = frozenset({"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="})
_COUNTS = frozenset({"++", "--"})
_LOOPS = frozenset({"for", "while", "do", "switch"})
_NO_TYPE = frozenset({"else", "do", "return", "case", "goto"})
_OPEN, _CLOSE = "([{", ")]}"
_BEFORE_UNARY = frozenset({"(", ",", "=", "?", ":", ";", "{", "}", "!", "&&", "||", "return", ""})
_ASM = ("asm", "__asm__")
_LONGEST = 50_000  # words


class MacroDoes(NamedTuple):
    """What a macro does, with those that it names.

    `jumps`: it leaves the statement that it stands in.  `calls` are the words in front of a `(`, `pasted` those that are put
    together, with marks for arguments (`filled`), `aliases` those that stand alone.  `changes` are the arguments of which
    something is assigned or counted or has its address taken, `names` other things of which that is so and that it does not
    declare itself.  `through`: it calls something through a pointer.
    """

    jumps: bool
    calls: frozenset[str]
    pasted: frozenset[str]
    aliases: frozenset[str]
    changes: frozenset[int]
    names: frozenset[str]
    through: bool


class Macros:
    """What the macros of a file and its headers do, each found out once; those of which something is `known` stay names."""

    def __init__(self, tree: TreeIndex, known: Container[str]) -> None:
        self._tree, self._names = tree, known
        self._texts: dict[c.CMacro, tuple[str, ...]] = {}
        self._found: dict[str, MacroDoes] = {}
        self._open: set[str] = set()
        self._stayed: set[str] = set()  # names that are open further out

    def macros(self, name: str) -> tuple[c.CMacro, ...]:
        """What a name is as a macro, in each way; nothing where it is a function as well, unless a file itself says so."""
        if self.mine(name) or self._tree.signature(name) is None:
            return self._tree.macros(name)
        return ()

    def mine(self, name: str) -> bool:
        """It is a macro of the file itself."""
        return self._tree.defines(name)

    def does(self, name: str) -> MacroDoes:
        """What a macro does, in one way or another."""
        if name not in self._found:
            self._found[name] = _does(tuple(w for m in self.macros(name) for w in (*self._expanded(m), ";")))
        return self._found[name]

    def written_by(self, f: c.CFunction) -> frozenset[tuple[str, str]]:
        """The variables that macros in a function may write, also those of which nothing is known."""
        found = set[tuple[str, str]]()
        for n in nodes(f.body):
            match n:
                case c.CallExpr(c.Id(name), args) if name not in self._names and self._tree.signature(name) is None:
                    known, changes = self.macros(name), self.does(name).changes
                    most = max((len(m.params or ()) for m in known), default=0)
                    given = [(i, a.name) for i, a in enumerate(args) if isinstance(a, c.Id)]
                    found |= {(f.name, x) for i, x in given if not known or min(i, most - 1) in changes}
                case _:
                    pass
        return frozenset(found)

    def _expanded(self, macro: c.CMacro) -> tuple[str, ...]:
        """The words of a macro, with those of the macros in it; a mark for each parameter."""
        if macro in self._texts:
            return self._texts[macro]
        outer, self._stayed = self._stayed, set()
        self._open.add(macro.name)
        tokens = tuple(self._words(_marked(macro)))
        self._open.discard(macro.name)
        self._stayed.discard(macro.name)
        if not self._stayed:
            self._texts[macro] = tokens
        self._stayed |= outer
        return tokens

    def _words(self, tokens: list[str]) -> list[str]:
        made, at = list[str](), 0
        while at < len(tokens) and len(made) < _LONGEST:
            here, at = tokens[at], at + 1
            called = tokens[at : at + 1] == ["("]
            args = list(_arguments(tokens, at)) if called else []
            self._stayed |= {here} & self._open
            stays = not _NAME.fullmatch(here) or here in self._open or here in self._names
            inner = [m for m in self.macros(here) if called or m.params is None] if not stays else []
            if here in _NO_VALUE and called:
                made.append(_NO_VALUE[here])
            elif inner:
                each = [self._words(a) for a in args]
                made += [w for m in inner for w in (*_filled(self._expanded(m), m.params, each), ";")][:-1]
            else:
                made.append(here)
                continue
            if called and (not inner or inner[0].params is not None):
                at += sum(len(a) + 1 for a in args) + 1
        return made


def parameters(macro: c.CMacro) -> tuple[str, ...]:
    """The parameters of a macro as its text has them."""
    return tuple(p.removesuffix("...") or "__VA_ARGS__" for p in macro.params or ())


def text_of(macro: c.CMacro, names: list[str]) -> str:
    """The text of a macro with words put together of arguments that are names; empty where one is none."""
    params, made = parameters(macro), list[str]()
    for word in _marked(macro):
        whole = _MARK.fullmatch(word)
        if whole is None and not all(names[int(i)] for i in _MARK.findall(word)):
            return ""
        made.append(params[int(whole[1])] if whole is not None else filled(word, names))
    return " ".join(made)


def filled(word: str, args: list[str]) -> str:
    """A word with marks, with names in the places of some arguments; empty where an argument is none."""
    return _MARK.sub(lambda m: args[int(m[1])] if int(m[1]) < len(args) else "", word)


def _marked(macro: c.CMacro) -> list[str]:
    """The words of a text with marks for its parameters, pasted ones together, those in a text left out."""
    marks = {p: f"\x00{i}\x00" for i, p in enumerate(parameters(macro))}
    made = list[str]()
    tokens = iter(_TOKEN.findall(macro.text))
    for token in tokens:
        if token == "##" and made and made[-1] != ",":
            right = next(tokens, "")
            made[-1] += marks.get(right, right)
        elif token == "#" and macro.params is not None:
            made.append('""')
            next(tokens, "")
        elif token != "##":
            made.append(marks.get(token, token))
    return made


def _filled(tokens: tuple[str, ...], params: tuple[str, ...] | None, args: list[list[str]]) -> Iterator[str]:
    """Words with those of arguments in the places of marks; those behind the last parameter belong to it."""
    if params and len(args) > len(params):
        rest = [t for a in args[len(params) - 1 :] for t in (*a, ",")][:-1]
        args = [*args[: len(params) - 1], rest]
    for token in tokens:
        whole = _MARK.fullmatch(token)
        if whole:
            yield from args[int(whole[1])] if int(whole[1]) < len(args) else ()
        else:
            yield filled(token, ["".join(a) for a in args]) if "\x00" in token else token


def _does(tokens: tuple[str, ...]) -> MacroDoes:
    """What some words do."""
    words = [i for i, t in enumerate(tokens) if _WORD.fullmatch(t) and not _is_field(tokens, i)]
    declared = {tokens[i] for i in words if _declares(tokens, i)}
    changed = {w for i in range(len(tokens)) for w in _changed(tokens, i)} - declared
    there, bare = set(tokens), [t for t in tokens if t not in ("(", ")")]
    return MacroDoes(
        len(tokens) >= _LONGEST or _jumps(tokens, there),
        frozenset(tokens[i] for i in words if tokens[i + 1 : i + 2] == ("(",)),
        frozenset(tokens[i] for i in words if "\x00" in tokens[i] and not _MARK.fullmatch(tokens[i])),
        frozenset(t for i, t in enumerate(bare) if bare[i - 1 : i] in ([], [";"]) and bare[i + 1 : i + 2] in ([], [";"])),
        frozenset(int(m[1]) for w in changed if (m := _MARK.fullmatch(w))),
        frozenset(w for w in changed if "\x00" not in w),
        any(_through(tokens, i) for i in range(len(tokens))),
    )


def _is_field(tokens: tuple[str, ...] | list[str], at: int) -> bool:
    return at > 0 and tokens[at - 1] in ("->", ".")


def _through(tokens: tuple[str, ...], at: int) -> bool:
    """A call of a field, or of what stands in parentheses and is no type: `(*f)(x)`, `(x->f)(x)`."""
    if tokens[at + 1 : at + 2] != ("(",):
        return False
    if tokens[at] != ")":
        return _is_field(tokens, at) or (_MARK.fullmatch(tokens[at]) is not None)
    depth, start = 0, at
    while start >= 0:
        depth += (tokens[start] in _CLOSE) - (tokens[start] in _OPEN)
        if depth == 0:
            break
        start -= 1
    inside = tokens[start + 1 : at]
    called = start > 0 and _WORD.fullmatch(tokens[start - 1]) is not None  # `f(x)(y)`, `while (x) (y)`
    return not called and (inside[:1] == ("*",) or "->" in inside or any(_MARK.fullmatch(t) for t in inside))


def _jumps(tokens: tuple[str, ...], there: set[str]) -> bool:
    pairs = list(pairwise(tokens))
    labels = {a for a, b in pairs if b == ":"}
    away = any(a == "goto" and b not in labels for a, b in pairs)
    return "return" in there or away or (bool(there & {"break", "continue"}) and not there & _LOOPS)


def _declares(tokens: tuple[str, ...], at: int) -> bool:
    """A name behind a type, in front of what ends a declarator."""
    before = at - 1
    while before >= 0 and tokens[before] == "*":
        before -= 1
    typed = (
        before >= 0
        and _NAME.fullmatch(tokens[at]) is not None
        and _NAME.fullmatch(tokens[before]) is not None
        and tokens[before] not in _NO_TYPE
    )
    return typed and tokens[at + 1 : at + 2] in ((";",), ("=",), (",",), ("[",))


def _changed(tokens: tuple[str, ...], at: int) -> list[str]:
    """The names in what is assigned or counted at a place of a text, or has its address taken there."""
    here, before = tokens[at], tokens[at - 1] if at else ""
    if here in _ASSIGNS or (here in _COUNTS and (before in (")", "]") or _WORD.fullmatch(before))):
        return [] if _declares(tokens, at - 1) else _operand(reversed(tokens[:at]), _CLOSE, _OPEN)
    if here in _COUNTS or (here == "&" and before in _BEFORE_UNARY):
        return _operand(tokens[at + 1 :], _OPEN, _CLOSE)
    return list(_outputs(tokens[at + 1 :])) if here in _ASM else []


def _outputs(tokens: Iterable[str]) -> Iterator[str]:
    """The names in the operands that inline assembly writes, behind its first colon."""
    depth, colons = 0, 0
    for t in tokens:
        depth += (t in _OPEN) - (t in _CLOSE)
        colons += t == ":" and depth == 1
        if colons > 1 or (depth == 0 and t == ")"):
            return
        if colons and _WORD.fullmatch(t):
            yield t


def _operand(tokens: Iterable[str], opens: str, closes: str) -> list[str]:
    """The names of an operand, without those of fields, from one side of it to the other."""
    depth, found = 0, list[str]()
    for t in tokens:
        depth += (t in opens) - (t in closes)
        if depth < 0 or (depth == 0 and (t in ";{},?:=" or t in ("&&", "||", "return"))):
            break
        found.append(t)
    ordered = found if opens == _OPEN else found[::-1]
    return [w for i, w in enumerate(ordered) if _WORD.fullmatch(w) and not _is_field(ordered, i)]


def _arguments(tokens: list[str], at: int) -> Iterator[list[str]]:
    """The words of each argument behind the `(` at a place."""
    depth, here = 0, list[str]()
    for t in tokens[at:]:
        depth += (t in _OPEN) - (t in _CLOSE)
        if depth == 0:
            break
        if t == "," and depth == 1:
            yield here
            here = []
        elif depth > 1 or t != "(" or here:
            here.append(t)
    yield here
