# SPDX-License-Identifier: GPL-2.0-only
"""What is C and not in the language, answered in C's words: the habit that stands where a text cannot be read.

Each is a pattern of a line around the place at which the parser stopped, with what it is called and what to write instead.
"""

import re

from refcheck.base.named import NamedTuple

_ID = r"[A-Za-z_]\w*"
_WORDS = r"(?:return|break|continue|goto|else|do|case|default|use|enum|resource|static)\b"
NUMBER_WORDS = "unsigned|signed|long|short|char|float|double|size_t"
_PREPROCESSOR = {
    "include": 'contracts come from specs: use "NAME.spec";',
    "if": "ask the option in the code: if (config(CONFIG_NAME)) { ... }",
    "define": "write the value where it is used, or an `enum`",
}


EFFECTS = ("use", "hold", "try_hold", "release", "consume", "queue", "drop", "free", "enter", "leave", "sleep")
A_NUMBER = "write `int`, and a pointer as its resource"
# Compiled where it is first asked for: only what is wrong asks.
NUMBERS = (
    r"(?:__)?[us](?:8|16|32|64)|__(?:be|le)(?:16|32|64)|s?size_t|u?int\d+_t|gfp_t|netdev_tx_t|uint|ulong|"
    rf"{NUMBER_WORDS}"
)
CONSTANTS = {"TRUE": "true", "True": "true", "FALSE": "false", "False": "false", "nullptr": "NULL", "null": "NULL"}
_WARNS = "leave it out where it stands alone; a condition stands without it: if (x)"
COUNTS = (
    "refcount_inc", "refcount_inc_not_zero", "refcount_dec", "refcount_dec_and_test", "refcount_set", "kref_init",
    "kref_get", "kref_get_unless_zero", "kref_put", "atomic_inc", "atomic_dec", "atomic_inc_not_zero", "atomic_dec_and_test",
)  # fmt: skip
MACROS = {
    "READ_ONCE": "a model reads plainly: leave `READ_ONCE` out", "WRITE_ONCE": "a model writes plainly: a = b;",
    "WARN_ON": _WARNS, "WARN_ON_ONCE": _WARNS, "WARN": _WARNS, "pr_warn": "leave it out",
    "BUG_ON": 'what cannot be is said by `if (...) unreachable("why");`', "BUG": 'write `unreachable("why");`',
    "ASSERT_RTNL": "write `__must_hold(rtnl)` behind the parameters",
    "lockdep_assert_held": "write `__must_hold(...)` behind the parameters",
    "IS_ERR_VALUE": "a number that is an error is negative: x < 0",
    "IS_ENABLED": "ask the option as config(CONFIG_NAME)",
    **dict.fromkeys(("no_free_ptr", "return_ptr"), "leave it out: what is held is returned, or released, at each exit"),
    **dict.fromkeys(COUNTS, "call what a contract describes: `hold` is one reference more, `release` one less"),
    "sizeof": 'write the number, or an unknown: nondet("...")',
    "container_of": "a member is read as a slot, or is what the resource `embeds`",
    "netdev_priv": "the private part of a device is a resource that `embeds` it, or a contract gives it",
}  # fmt: skip
# Words that look like the type of a declaration.
NO_TYPES = {
    "else": ("this `else` has no `if`", "what is between them ends the `if`: put both into braces"),
    **{w: (f"there is no `{w}`", "write the type: `int`, `bool`, an enum or a resource") for w in ("let", "var", "auto")},
    **{w: (f"there is no `{w}`", "an error is returned: return -EINVAL;") for w in ("throw", "raise")},
    **{w: (f"there is no `{w}`", "leave it out: a model has what touches references") for w in ("print", "echo", "assert")},
}
# The arguments of these are types, members, options.
OF_TYPES = ("container_of", "sizeof", "IS_ENABLED", *COUNTS)
_NO_CAST = "leave it out; where it cuts bits off, write `x & 255`"
_TEXTS = "texts stand in `nondet`, `unreachable` and `use` only"
# Words of the kernel around a signature of which a model takes no notice.
_OWN = "must_hold|entry|from|requires|may_sleep|nullable|maybe_err|any|counted|rcu"
_ODD = rf"(?:__(?!(?:{_OWN})\b)\w+|noinline\w*|asmlinkage)\b"
ATTRIBUTES = {
    "__acquires": "write `enter CONTEXT` in the outcomes of its contract",
    "__releases": "write `leave CONTEXT` in the outcomes of its contract",
}
_CAST = "leave it out: `&x->member` is the object as what it embeds"


class Habit(NamedTuple):
    """What stands there in words, what to do instead, and where it begins and ends on its line."""

    message: str
    help: str
    start: int
    end: int


# pattern, what it is, what to do; `{0}` and so on are the groups.  The first at the place is said, of its group `at`.
_HABITS: tuple[tuple[str, str, str], ...] = (
    (r"^\s*#\s*(?:if|ifdef|ifndef|else|elif|endif)\b.*", "a model is not preprocessed", _PREPROCESSOR["if"]),
    (r"^\s*#\s*include\b.*", "a model includes nothing", _PREPROCESSOR["include"]),
    (r"^\s*#\s*\w+.*", "a model is not preprocessed", _PREPROCESSOR["define"]),
    (r"\btypedef\b.*", "there is no `typedef`", "a type is `int`, `bool`, an enum or a resource: resource NAME;"),
    (r"^\s*use\s+([\w/.-]+\.spec)", "the name of a spec stands in quotes", 'write use "{0}";'),
    (r"^([A-Z][A-Z_0-9]+)\s*\(.*", "`{0}` is a macro", "leave it out"),
    (r"\bextern\b.*", "there is no `extern`", "what another file defines has a contract: contract { ok: ...; };"),
    (r"^(?:if|while|for|switch|return|goto|else|do|break|continue)\b.*",
     "a statement stands in a function",
     "write it between the braces of one: void NAME() { ... }"),
    (rf"^({_ID})\s*\([^{{]*\)\s*;.*", "a call stands in a function",
     "write it in one; what is declared has a type: void {0}(...)"),
    (rf"^(?!fact\b|guard\b|role\b)(?:enum\s+)?{_ID}\s+{_ID}\s*=(?!=).*", "a variable of a model is local",
     "declare it in the function that uses it"),
    (r"\\\s*$", "no line needs to be continued", "leave the `\\` out: a statement may have several lines"),
    (r"[^\x00-\x7f]+", "a name has letters from a to z, digits and `_`", "write it otherwise; comments may have any text"),
    (r"\b(sizeof)\s*\([^()]*\)?", "there is no `{0}`", MACROS["sizeof"]),
    (rf"^\s*struct\s+({_ID})\s*\{{?\s*$", "there are no structs", "what is counted is a resource: resource {0};"),
    (rf"\b(?!{_WORDS}){_ID}\s*\(\s*void\s*\)", "what takes nothing has `()`", "leave `void` out"),
    (r"\(\s*void\s*\)", "there are no casts", "leave it out: a result need not be kept"),
    (rf"(?<!\w)\(\s*(?:struct\s+)?({_ID})\s*\*+\s*\)", "there are no casts", _CAST),
    (rf"(?<!\w)\(\s*(?:enum\s+{_ID}|(?:(?:int|bool|{NUMBERS})\s*)+)\s*\)", "there are no casts",
     _NO_CAST),
    (rf"(?<!\w)\(\s*{_ID}\s*\)\s*(?=\d)", "there are no casts", _NO_CAST),
    (rf"(?<!\w)\(\s*({_ID})\s*\)\s*(?={_ID}|\()", "there are no casts", _CAST),
    (rf"\b(struct|union)\s+{_ID}\s*\**", "there is no `{0}`", "write the resource, without `{0}` and `*`"),
    (rf"\b({_ID})\s*\*\s*\*\s*({_ID})", "there is no pointer to a pointer", "an out-parameter has one star: `{0} *{1}`"),
    (rf"\b{_ID}\s+(?P<at>__free\s*\([^)]*\))", "there is no `__free`", "release it at each exit, or declare a `guard`"),
    (r"\b__must_hold\s*\([^)]*?(?P<at>\bor\b|\|\|)", "one of several facts is said with `|`", "write __must_hold(A | B)"),
    (r"\b__must_hold\s*\([^)]*?(?P<at>\band\b|&&?)", "several facts are divided by `,`", "write __must_hold(A, B)"),
    (r'\b(__must_hold|__entry|__requires)\s*\(\s*"([^"]*)"?.*', "names of contexts have no quotes", "write {0}({1})"),
    (r'\b(config)\s*\(\s*"([^"]*)"?\)?', "the name of an option has no quotes", "write config({1})"),
    (r"\bscoped_guard\s*\(\s*(\w+)\s*,[^;{]*", "a guard has a name, and takes nothing", "write scoped_guard({0})"),
    (r"\bguard\s*\(\s*(\w+)\s*\)\s*\(\s*[^)\s].*", "a guard has a name, and takes nothing", "write guard({0})();"),
    (r"\bguard\s*\(\s*(\w+)\s*\)\s*;", "a guard is written as a call", "write guard({0})();"),
    (r"\bbreak\s+\d+", "`break` leaves one loop", "to leave more, `goto` a label behind them"),
    (r"\b(?:use|hold|release|consume|queue|drop|free|return)\s+[\w*>-]+\s+(and|then)\b",
     "the effects of an outcome are divided by `,`",
     "write `,` in place of `{0}`"),
    (r"^[^=(]*?:\s*(\w+->\w+)\s+is\b.*", "an effect says what becomes of a slot",
     "write {0} = ..., or drop {0}; what it must be before the call, __requires says"),
    (r"[!~]\s*\w+\s*=(?!=).*", "what is assigned to is a variable", "to compare, write `==` or `!=`"),
    (rf"^(?:{_ID}\s+)*?(?P<at>{_ODD})\s+(?:{_ID}[\s*]+)*{_ID}(?=\s*\()", "`{0}` is no word of a signature", "leave it out"),
    (rf"[(,]\s*(?:{_ID}\s+)*?(?P<at>{_ODD})[\s*]*(?:{_ID})?", "`{0}` is no word of a signature", "leave it out"),
    (r"^\}\s*(expect|contract|__\w+)\b.*", "`{0}` stands behind the parameters", "write it between `)` and the body"),
    (r"\bexpect\s*:?\s*(?:proved|passe[sd]|success|ok|kept(?!\s*\())\b(?:\s*\([^)]*\))?",
     "what is proved needs no `expect`",
     "leave it out: every property is expected to hold, where nothing else is said"),
    (r"\bexpect\b(?!\s*(?:refuted|vacuous|kept)\s*\().*", "an `expect` says what is refuted",
     "write `expect refuted(leaked-ref)`, with the property that is meant"),
    (r"\benum\s+\w+\s*\{[^}]*=.*", "the members of an enum are numbered from 0", "leave `= ...` out"),
    (r"\bERR_PTR\s*\(\s*(E[A-Z0-9]+).*", "the code of an error is negative", "write ERR_PTR(-{0})"),
    (r"\breturn\s+[^;|]*\|\s*(ERR_PTR|NULL|hold|borrow)\b.*", "an outcome returns a number or a pointer",
     "write an outcome for each: a: return 0; b: return ERR_PTR(...);"),
    (r"\b(__must_hold|__entry)\s*\(\s*\)", "`{0}` names a context",
     "write {0}(rcu), with the context that is meant, or leave it out"),
    (r"\bgoto\s*(?:\d.*|;)", "a jump leads to a label", "write `goto NAME;`, and `NAME:` in front of a statement"),
    (r"\breturn\s*\(\s*\)", "`()` is no value", "write `return;`, or a value"),
    (rf"[(,]\s*(int|bool|enum\s+{_ID})\s*(?=[,)])", "a parameter has a name", "write {0} NAME"),
    (r"\b(defer)\b.*", "there is no `{0}`", "write it at each exit, or declare a `guard`"),
    (r"^\s*\}?\s*(try|catch|finally|unless|until|repeat|loop|foreach|forever)\b.*", "there is no `{0}`",
     "there are `if`, `while`, `do`, `for` and `switch`, as in C"),
    (r"\b(typeof|__typeof__|__auto_type|auto)\b.*", "there is no `{0}`",
     "write the type: `int`, `bool`, an enum or a resource"),
    (r"\benum\s*\{.*", "an enum has a name", "write enum NAME { A, B };"),
    (rf"\bcase\s+{_ID}\s*\(.*", "a `case` is a number or a member of an enum",
     'name the values: enum NAME { ... }; or ask with `if (nondet("..."))`'),
    (r"^\s*(int|bool)\s*(?:=.*|;)", "this variable has no name", "write {0} NAME ...;"),
    (rf"[(,]\s*(?:out|inout)\s+({_ID})\s+({_ID})", "an out-parameter has a star", "write {0} *{1}"),
    (r"\bcontract\s*=.*", "there is no `=` in front of a contract", "write contract { ... }"),
    (rf"^\w[^;{{]*[(,]\s*(?:{_ID}\s+)?{_ID}\s*=(?!=).*", "a parameter has no default value", "leave `= ...` out"),
    (r"\bnondet\s*\(\s*(?![\"\s]).*", "an unknown has a text", 'write what is asked in quotes: nondet("skb->len > mtu")'),
    (r'"\s*"', "a text is one piece", "write one pair of quotes"),
    (r"\w+\s*(?:<=?|>=?)\s*\w+\s*(?:<=?|>=?)", "a comparison has two sides", "write `a < b && b < c`"),
    (r"\bfor\s*\([^;]*,.*", "the parts of a `for` are divided by `;`", "write for (...; ...; ...)"),
    (r"\bfor\s*\([^;]*(?:\).*|$)", "a `for` has three parts", "write for (i = 0; i < n; i = i + 1)"),
    (rf"\b(?:if|while)\s*\(\s*{_ID}\s+{_ID}\s*=(?!=).*", "a condition declares nothing", "declare the variable in front"),
    (r"\?[^:;]*;", "this `?` has no `:`", "write a ? b : c"),
    (r"[=!]==|<>", "there is no such comparison", "write `==` or `!=`"),
    (rf"\*\s*({_ID}\s*->\s*{_ID})", "a slot is read without `*`", "write {0}"),
    (r"^\s*(?:if|else|while|for)\b.*[^:]:\s*$", "there is no `:` behind a condition", "leave it out"),
    (rf"\bgoto\s+({_ID})\s*:", "a jump ends with `;`", "write goto {0};"),
    (r"^\s*\d+\s*:", "a label is a name", "write NAME: in front of the statement"),
    (rf"^\s*{_ID}-[\w-]*\s*:\s*$", "a name has letters from a to z, digits and `_`", "write it otherwise"),
    (rf"\bgoto\s+{_ID}-.*", "a name has letters from a to z, digits and `_`", "write it otherwise"),
    (r"^\s+contract\s*\{.*", "a contract stands in front of the body", "write it behind the parameters"),
    (r"^(__\w+)\s*\(.*", "`{0}` stands behind the parameters", "write f(...) {0}(...)"),
    (r"^\s*use\s*<.*", "the name of a spec stands in quotes", 'write use "NAME.spec";'),
    (r"^\s*(import|include|require)\b.*", "there is no `{0}`", 'contracts come from specs: use "NAME.spec";'),
    (rf"^({_ID})\s*\(.*", "this function has no type", "write in front what it returns: void {0}(...)"),
    (rf"^\s+(?:int|bool|void)\s+{_ID}\s*\(.*\{{.*", "a function stands in no other", "write it in front"),
    (r"\basm\b.*|\b__asm__\b.*", "there is no assembly", "leave it out, or write a contract for what it does"),
    (r"\bchar\s*\*.*", "there are no texts", 'leave it out; ask what it decides as `nondet("...")`'),
    (r"\bstatic\b(?![^;=]*\()[^;=]*", "a variable of a model is local", "leave `static` out; what lasts is a slot"),
    (rf"\(\s*\*\s*(?:{_ID})?\s*\)\s*\(.*", "there are no pointers to functions", "write a contract for what is called"),
    (rf"\b(const|volatile|register)\b(?:\s+{_ID})*\s*\**", "there is no `{0}`", "leave it out"),
    (rf"\b(?:{NUMBER_WORDS})\b(?:\s+{_ID})*", "a number is `int` or `bool`", A_NUMBER),
    (rf"({_ID}(?:->{_ID})?)\s*(\+\+|--)", "there is no `{1}`", "write it out: {0} = {0} {1[0]} 1"),
    (rf"(\+\+|--)\s*({_ID})", "there is no `{0}`", "write it out: {1} = {1} {0[0]} 1"),
    (rf"({_ID}(?:->{_ID})?)\s*(\+|-|\*|/|%|\||&|\^|<<|>>)=(?!=)", "there is no `{1}=`", "write it out: {0} = {0} {1} ..."),
    (rf"({_ID}|\))\s*\?\s*:", "there is no `?:` without a middle", "write the value twice: a ? a : b"),
    (r"\b(\w*for_each\w*)\s*\(.*", "`{0}` is a macro", 'a loop over what is not modelled: while (nondet("another"))'),
    (r"\b(unlikely|likely)\s*\(", "a condition stands in parentheses", "write if ({0}(...))"),
    (rf"(?:->|\.)\s*{_ID}\s*\(", "there are no calls through a pointer",
     "write a contract for what is called, and call that"),
    (rf"->\s*{_ID}\s*(?:->|\.)\s*{_ID}", "there are no members of members",
     'read the slot into a variable first; ask what is no slot as `nondet("...")`'),
    (r"[(,]\s*\.\.\.\s*\)", "there are no open arguments", "leave `...` out"),
    (r"\.\.\.", "there are no ranges", "write a `case` for each"),
    (r"\)\s*->.*", "a slot is read from a variable", "put the value into one first"),
    (r"\b\d+[uUlL]+\b", "a number has no suffix", "write the digits only"),
    (r"\b\d+\.\d*", "a number is whole", 'write an unknown of the same meaning: nondet("...")'),
    (rf"\b{_ID}\s*\.\s*{_ID}", "there are no structs with members",
     'a slot is read by `->`; ask what is no slot as `nondet("...")`'),
    (r"\bfallthrough\s*;", "there is no `fallthrough`", "leave it out: without `break` the next case goes on"),
    (r"(?<=[=,!&|])\s*\(\s*\{", "there are no statements in expressions", "write them in front"),
    (rf",\s*\*+\s*({_ID})", "a resource is a pointer already", "write `{0}` without `*`"),
    (r"^\s*(?:\}?\s*else\s+)?(if|while|switch)\s+(?=[^\s(])", "a condition stands in parentheses", "write {0} (...)"),
    (r"\[[^\]]*\]?", "there are no arrays", 'a slot or a variable holds one object; ask the rest as `nondet("...")`'),
    (r"'(?:[^'\\]|\\.)*'?", "there are no characters", 'ask it as `nondet("...")`, or write the number'),
    (r"\b0[xX][0-9a-fA-F]*", "a number is decimal", "write it without `0x`"),
    (r"\b0\d+", "a number is decimal", "write it without the leading 0"),
    (rf'^\s*(?!{_WORDS}|if\b|while\b|switch\b){_ID}\s*\([^()"]*(?P<at>"(?:[^"\\]|\\.)*"?)', _TEXTS, "leave the call out"),
    (r'"(?:[^"\\]|\\.)*"?', _TEXTS, 'leave it out; ask what it decides as `nondet("...")`'),
    (r"/|%", "integers have `+ - * & | ^ << >>`", 'write an unknown of the same meaning: nondet("...")'),
    (r"\b(and|or|not|AND|OR|NOT)\b", "`{0}` is no operator", "write `&&`, `||` or `!`"),
    (r"\b(elif|elseif|elsif)\b.*", "there is no `{0}`", "write `else if (...)`"),
    (rf"[(,]\s*(?P<at>(?:{_ID}|\d+)[ \t]+(?:{_ID}|\d+))\s*(?=[,)])", "arguments are divided by `,`",
     "write `,` between them, or leave one out"),
    (r"^\s*else\b", "this `else` has no `if`", "what is between them ends the `if`: put both into braces"),
    (r"\b(?:if|while)\s*\(\s*\w+\s*=[^=].*", "an assignment in a condition takes parentheses of its own",
     "write `if ((x = f()))`; to compare, `==`"),
    (rf"^\s*(?!{_WORDS})({_ID})\s*;", "`{0};` does nothing", "a call is `{0}();`, a label `{0}:`; otherwise leave it out"),
    (rf"^context\s+{_ID}\s+{_ID}.*", "names are divided by `,`", "write context A, B;"),
    (rf"^enum\s+{_ID}\s+[^{{\s].*", "the members of an enum stand in braces", "write enum NAME { A, B };"),
    (rf"^\s+(?!{_WORDS})({_ID})\s+({_ID})\s+({_ID})\s*[;=]", "a declaration has one type and one name",
     "write {0} {2}; or {1} {2};"),
    (r"\bcase\b[^:]*,[^:]*", "a `case` has one value", "write a `case` for each: case A: case B:"),
    (r",", "a statement has one value", "write two statements"),
    (rf"^\s*(?:[!~&(-]|\d|(?!{_WORDS}){_ID}(?:->{_ID})?\s*(?:[-+*/&|^<>?;]|==|!=))[^;]*;", "a value alone does nothing",
     "leave it out, or assign it; what stands alone is a call"),
)  # fmt: skip


def habit(line: str, column: int) -> Habit | None:
    """The habit at a column of a line, counted from 0; None where what stands there is none."""
    for pattern, message, help_text in _HABITS:
        for m in re.finditer(pattern, line):
            if m.start() <= column <= m.end():
                groups, part = tuple(g or "" for g in m.groups()), "at" if "at" in m.groupdict() else 0
                start, end = m.start(part), min(m.end(part), len(line.rstrip()))
                return Habit(_filled(message, groups), _filled(help_text, groups), start, max(end, start + 1))
    return None


def _filled(text: str, groups: tuple[str, ...]) -> str:
    """The text with the groups in the places of `{0}`, or the first character of one for `{0[0]}`."""
    return re.sub(r"\{(\d)(\[0\])?\}", lambda m: groups[int(m[1])][:1] if m[2] else groups[int(m[1])], text)
