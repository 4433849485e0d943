# SPDX-License-Identifier: GPL-2.0-only
"""What stands where something else begins: a body, a contract, an outcome, an effect, a list in parentheses."""

import re

from refcheck.base.diagnostics import near, slip
from refcheck.syntax import slips
from refcheck.syntax.habits import ATTRIBUTES, EFFECTS
from refcheck.syntax.slips import LIST
from refcheck.syntax.stop import Stop, Wrong, meaning, words


def misplaced(w: Stop) -> Wrong | None:
    """What stands where a body, a contract, an outcome or an effect begins."""
    last = re.search(r"(\w+)\s*$", w.before)
    if w.token == ";" and "_RESOURCE" in w.allowed and w.before[-1:] == "}":
        return w.said("this `;` stands behind what is complete", "leave it out", drop=1)
    if w.allowed == {"SEMICOLON", "LBRACE"} and (w.token == "expect" or w.token.startswith("__")):
        return w.said(f"`{w.token}` stands in front of the contract", "write it behind the parameters", whole=True)
    if w.token == "contract" and "LBRACE" in w.allowed:
        return w.said("in a spec every `{ ... }` is a contract", "leave the word out", drop=len(w.token))
    if w.token == ";" and w.allowed >= {"LBRACE", "__MUST_HOLD"} and "CONTRACT" not in w.allowed:
        return w.said("this has no contract", "write { ok: ...; } in place of the `;`", whole=True)
    if w.allowed == {"LPAR"} and last and last[1] in _LISTS:
        return w.said(*_LISTS[last[1]])
    if w.token == "(" and {"LBRACE", "__FROM"} <= w.allowed:
        return w.said("a contract and a body stand in braces", "write { ... }", whole=True)
    if w.token == ";" and last and last[1] == "return" and "COLON" not in w.allowed and "IMMORTAL" in w.allowed:
        return w.said("nothing is returned here", "leave `return` out, or write what it returns", last.start(), drop=6)
    if w.allowed == {"COLON"} and re.search(r"\bslot\s+\w+\s*$", w.before):
        return w.said("a slot holds an object", "write slot NAME: RESOURCE;")
    if {"CONTRACT", "LBRACE"} <= w.allowed:
        if w.token == ";":
            return w.said("this has neither a contract nor a body", "write `contract { ok: ...; };`, or a body", whole=True)
        if w.token.startswith("_"):
            meant = near(w.token, words(w.allowed), 0.8)
            help_text = ATTRIBUTES.get(w.token) or (f"{meant} Otherwise leave it out" if meant else "leave it out")
            return w.said(f"`{w.token}` is no word of a signature", help_text)
        if meant := slips.attribute(w.token):
            return meaning(w, slips.Slip(w.token, w.at, meant), f"`{w.token}` is no word of a signature")
        return w.said("a body begins with `{`", "write `{` in front, or `contract { ok: ...; };`", whole=True)
    if w.allowed == {"PROPERTY"}:
        dashed, meant = w.token.replace("_", "-"), slips.property_meant(w.token)
        listed = f"the properties are {', '.join(slips.PROPERTIES.values())}"
        help_text = f"write `{dashed}`" if dashed != w.token else f"did you mean `{meant}`?" if meant else listed
        return w.said(f"`{w.token}` is no name of a property", help_text)
    if w.allowed <= {"COLON", "IF"} and last and last[1] not in EFFECTS and w.token in (*EFFECTS, "return"):
        help_text = f"an outcome has a name: {last[1]}: {w.token} ...;"
        return w.said("a `:` is missing here", help_text, len(w.before), insert=":")
    if w.allowed == {"COLON", "IF"} and last:
        return _unnamed(w, last)
    if "COLON" in w.allowed and w.token in (*EFFECTS, "return") and re.search(r"[{;]\s*\w+\s+if\b[^:;{}]*$", w.before):
        return w.said("a `:` is missing here", "an outcome is NAME if CONDITION: EFFECTS;", len(w.before), insert=":")
    if w.token in (*EFFECTS, "return") and {"COMMA", "SEMICOLON", "UNLESS"} <= w.allowed:
        help_text = f"write `,` in front of `{w.token}`"
        return w.said("the effects of an outcome are divided by `,`", help_text, len(w.before), insert=",")
    if w.token == ";" and w.allowed == {"COMMA", "RBRACE"}:
        return w.said("the members of an enum are divided by `,`", "write `,` in place of the `;`", insert=",", drop=1)
    if w.token == "=" and "__ANON_1" in w.allowed and LIST.search(w.code, 0, w.at):
        return w.said("a condition compares", "write `==`", insert="==", drop=1)
    if w.token in ("|", "||") and {"COMMA", "SEMICOLON", "UNLESS"} <= w.allowed:
        return w.said("an outcome returns one value, or one of some numbers", "write an outcome for each")
    if w.token == ":" and last and "EQUAL" in w.allowed:
        return w.said("an outcome ends with `;`", f"write `;` in front: ...; {last[1]}: ...;", last.start())
    if {"SLOT", "EMBEDS"} <= w.allowed and (unfit := _in_resource(w)):
        return unfit
    member = last is not None and w.before[: last.start()].rstrip().endswith(("->", "."))
    signs = {"EQUAL", "__ANON_0", "__ANON_1", "__ANON_2", "__ANON_3"}
    if w.allowed <= signs and last and "EQUAL" in w.allowed and not member:
        if last[1] in EFFECTS:
            return w.said(f"`{last[1]}` is written without parentheses", f"write {last[1]} NAME", last.start())
        listed = f"effects are {', '.join(EFFECTS)}"
        return w.said(f"there is no effect `{last[1]}`", _meant(last[1]) or near(last[1], [*EFFECTS, "return"]) or listed)
    return None


_DECLARATIONS = {
    "fact": "fact NAME = CONTEXT | CONTEXT;", "guard": "guard NAME = ENTERS, LEAVES;", "enum": "enum NAME { A, B };",
    "extend": "extend resource NAME { slot NAME: RESOURCE; }",
    "entry": "entry NAME { holds CONTEXT; }", "resource": "resource NAME;", "context": "context NAME;",
}  # fmt: skip
_LISTS = {
    "nondet": ("an unknown has a text", 'write what is asked in quotes: nondet("skb->len > mtu")'),
    "config": ("an option has a name", "write config(CONFIG_NAME)"),
    "borrow": ("a borrow lasts as long as something", "write borrow(FACT), such as borrow(rcu), or borrow(PARAMETER)"),
    "unreachable": ("what is not reached has a reason", 'write unreachable("why");'),
}


def without_list(w: Stop) -> Wrong | None:
    """A `(` is missing behind a word, which is that of a function where nothing else is."""
    last = re.search(r"(\w+)\s*$", w.before)
    if w.allowed != {"LPAR"} or last is None:
        return None
    line = w.before[w.before.rfind("\n") + 1 :]
    declared = re.match(r"(?:resource|context|extend\s+resource)\s+\w+$", line)
    if declared and "\n" in w.code[len(w.before) : w.at]:
        return w.said("a `;` is missing here", "a declaration ends with `;`", len(w.before), insert=";")
    begins = re.match(r"\w+", line)
    if begins and begins[0] in _DECLARATIONS:
        text = f"this is no `{begins[0]}`"
        return w.said(text, f"write {_DECLARATIONS[begins[0]]}", len(w.before) - len(last[1]), whole=True)
    typed = re.match(r"(?:(?:static|inline)\s+)*(\w+)\s+(\w+)$", line)
    if typed and re.match(r"\w+\s*\(", w.code[w.at :]):
        text, name = f"`{typed[1]} {typed[2]}` are two types", w.token
        return w.said(text, f"a function has one: {typed[2]} {name}(...)", w.before.rfind(typed[1]), drop=len(typed[1]))
    if typed:
        at, text = len(w.before) - len(last[1]), f"`{last[1]}` is neither a function nor a declaration"
        help_text = f"a function has parameters: {typed[1]} {last[1]}(...); a variable is declared in one"
        return w.said(text, help_text, at, whole=True)
    return w.said(f"a `(` is missing behind `{last[1]}`", f"write {last[1]}(...)")


def _in_resource(w: Stop) -> Wrong | None:
    """What stands in place of a slot, or of another word of a resource."""
    if meant := slip(w.token, words(w.allowed)):
        return meaning(w, slips.Slip(w.token, w.at, meant))
    text = f"`{w.token}` is no word of a resource"
    if re.match(r"\w+[ \t]*:", w.code[w.at :]):
        return w.said(text, f"a field that holds an object is a slot: slot {w.token}: RESOURCE; leave others out")
    if re.match(r"\w+[ \t]*\**\w+[ \t]*;", w.code[w.at :]):
        return w.said(text, f"a field that holds an object is a slot: slot NAME: {w.token};")
    return None


def _unnamed(w: Stop, last: re.Match[str]) -> Wrong | None:
    """What stands in place of the name of an outcome."""
    word, front = last[1], w.before[: last.start()].rstrip()
    text = f"`{word}` is no name of an outcome: that is missing"
    if word in (*EFFECTS, "return"):
        if front[-1:] == ";":
            help_text = f"write `,` in place of the `;`: ..., {word} ...;"
            return w.said("the effects of an outcome are divided by `,`", help_text, len(front) - 1, insert=",", drop=1)
        return w.said(text, f"name the outcome: ok: {word} {w.token};")
    if word == "if":
        return w.said(text, "write it in front: ok if ...: ...;", last.start())
    if w.token in (";", "}", ","):
        help_text, sign = f"an outcome that does nothing is `{word}: ;`", ":;" if w.token == "}" else ":"
        return w.said("a `:` is missing here", help_text, len(w.before), insert=sign)
    if w.token in ("{", "="):
        none = "braces" if w.token == "{" else "`=`"
        return w.said(f"an outcome has no {none}", "write NAME: EFFECTS; or NAME if CONDITION: EFFECTS;")
    if w.token == "(":
        return w.said(f"`{word}(...)` is no effect: this is a contract", f"effects are {', '.join(EFFECTS)}", last.start())
    return None


def _meant(word: str) -> str:
    """The effect that a word of the kernel stands for."""
    if word == "if":
        return "a condition stands behind an effect: consume x if a, or behind the name of the outcome"
    other = {"put": "release", "get": "hold", "take": "consume", "give": "consume", "lock": "enter", "unlock": "leave"}
    return f"did you mean `{other[word]}`?" if word in other else ""
