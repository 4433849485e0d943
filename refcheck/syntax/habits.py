# SPDX-License-Identifier: GPL-2.0-only
"""What is C and not in the language, answered in C's words: the habit that stands where a text cannot be read.

Each is a pattern of a line around the place at which the parser stopped, with what it is called and what to write instead.
"""

import re

from refcheck.base.named import NamedTuple

_ID = r"[A-Za-z_]\w*"
_TYPES = "unsigned|signed|long|short|char|float|double|size_t"
_PREPROCESSOR = {
    "include": 'contracts come from specs: use "NAME.spec";',
    "if": "ask the option in the code: if (config(CONFIG_NAME)) { ... }",
    "define": "write the value where it is used, or an `enum`",
}


_CAST = "leave it out: `&x->member` is the object as what it embeds"


class Habit(NamedTuple):
    """What stands there in words, what to do instead, and where it begins and ends on its line."""

    message: str
    help: str
    start: int
    end: int


# pattern, what it is, what to do; `{0}` and so on are the groups.  The first that is at the place is said.
_HABITS: tuple[tuple[str, str, str], ...] = (
    (r"^\s*#\s*(?:if|ifdef|ifndef|else|elif|endif)\b.*", "a model is not preprocessed", _PREPROCESSOR["if"]),
    (r"^\s*#\s*include\b.*", "a model includes nothing", _PREPROCESSOR["include"]),
    (r"^\s*#\s*\w+.*", "a model is not preprocessed", _PREPROCESSOR["define"]),
    (r"\btypedef\b.*", "there is no `typedef`", "a type is `int`, `bool`, an enum or a resource: resource NAME;"),
    (rf"^\s*struct\s+({_ID})\s*\{{?\s*$", "there are no structs", "what is counted is a resource: resource {0};"),
    (r"\(\s*void\s*\)", "there are no casts", "leave it out: a result need not be kept"),
    (rf"\(\s*(?:struct\s+)?({_ID})\s*\*+\s*\)", "there are no casts", _CAST),
    (rf"(?<!\w)\(\s*({_ID})\s*\)\s*(?={_ID}|\()", "there are no casts", _CAST),
    (rf"\b(?:struct|union)\s+({_ID})\s*\**", "there is no `struct`", "write the resource, without `struct` and `*`"),
    (rf"\b({_ID})\s*\*\s*\*\s*({_ID})", "there is no pointer to a pointer", "an out-parameter has one star: `{0} *{1}`"),
    (rf"\b(__\w+|noinline\w*|asmlinkage)\s+(?={_ID}\s+{_ID}\s*\()", "`{0}` is no word of a signature", "leave it out"),
    (r"\basm\b.*|\b__asm__\b.*", "there is no assembly", "leave it out, or write a contract for what it does"),
    (rf"\bstatic\s+{_ID}(?:\s+{_ID})*", "a variable of a model is local", "leave `static` out; what lasts is a slot"),
    (rf"\b(const|volatile|register)\b(?:\s+{_ID})*", "there is no `{0}`", "leave it out"),
    (rf"\b(?:{_TYPES})\b(?:\s+{_ID})*", "a number is `int` or `bool`", "write `int`, and a pointer as its resource"),
    (rf"({_ID}(?:->{_ID})?)\s*(\+\+|--)", "there is no `{1}`", "write it out: {0} = {0} {1[0]} 1"),
    (rf"(\+\+|--)\s*({_ID})", "there is no `{0}`", "write it out: {1} = {1} {0[0]} 1"),
    (rf"({_ID}(?:->{_ID})?)\s*(\+|-|\*|/|%|\||&|\^|<<|>>)=(?!=)", "there is no `{1}=`", "write it out: {0} = {0} {1} ..."),
    (rf"({_ID}|\))\s*\?\s*:", "there is no `?:` without a middle", "write the value twice: a ? a : b"),
    (r"\b(\w*for_each\w*)\s*\(.*", "`{0}` is a macro", 'a loop over what is not modelled: while (nondet("another"))'),
    (r"\b(unlikely|likely)\s*\(", "a condition stands in parentheses", "write if ({0}(...))"),
    (rf"->\s*{_ID}\s*(?:->|\.)\s*{_ID}", "there are no members of members",
     'read the slot into a variable first; ask what is no slot as `nondet("...")`'),
    (rf"\b{_ID}\s*\.\s*{_ID}", "there are no structs with members", 'ask what is no slot as `nondet("...")`'),
    (r"\[[^\]]*\]?", "there are no arrays", 'a slot or a variable holds one object; ask the rest as `nondet("...")`'),
    (r"'(?:[^'\\]|\\.)*'?", "there are no characters", 'ask it as `nondet("...")`, or write the number'),
    (r"\b0[xX][0-9a-fA-F]*", "a number is decimal", "write it without `0x`"),
    (r"\b0\d+", "a number is decimal", "write it without the leading 0"),
    (r'"(?:[^"\\]|\\.)*"?', "texts stand in `nondet`, `unreachable` and `use` only", "leave the call out"),
    (r"/|%", "integers have `+ - * & | ^ << >>`", 'write an unknown of the same meaning: nondet("...")'),
    (r"\b(and|or|not)\b", "`{0}` is no operator", "write `&&`, `||` or `!`"),
    (r"\b(elif|elseif|elsif)\b.*", "there is no `{0}`", "write `else if (...)`"),
    (r"^\s*else\b", "this `else` has no `if`", "what is between them ends the `if`: put both into braces"),
    (r"\b(?:if|while)\s*\(\s*\w+\s*=[^=].*", "an assignment in a condition takes parentheses of its own",
     "write `if ((x = f()))`; to compare, `==`"),
    (r",", "a statement has one value", "write two statements"),
)  # fmt: skip


def habit(line: str, column: int) -> Habit | None:
    """The habit at a column of a line, counted from 0; None where what stands there is none."""
    for pattern, message, help_text in _HABITS:
        for m in re.finditer(pattern, line):
            if m.start() <= column <= m.end():
                groups = tuple(g or "" for g in m.groups())
                end = min(m.end(), len(line.rstrip()))
                return Habit(_filled(message, groups), _filled(help_text, groups), m.start(), max(end, m.start() + 1))
    return None


def _filled(text: str, groups: tuple[str, ...]) -> str:
    """The text with the groups in the places of `{0}`, or the first character of one for `{0[0]}`."""
    return re.sub(r"\{(\d)(\[0\])?\}", lambda m: groups[int(m[1])][:1] if m[2] else groups[int(m[1])], text)
