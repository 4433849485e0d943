# SPDX-License-Identifier: GPL-2.0-only
"""Functions that a C compiler and refcheck both read, at random: everything that control flow and conversions can be."""

from __future__ import annotations

from random import Random

# What the functions call, as refcheck sees it; build.py has the same in C.
DECLARED = """
context a, b;
guard a = a_lock, a_unlock;
guard b = b_lock, b_unlock;
enum kind { A, B, C };
void a_lock() contract { ok: enter a; };
void a_unlock() contract { ok: leave a; };
void b_lock() contract { ok: enter b; };
void b_unlock() contract { ok: leave b; };
void need_a() __must_hold(a) contract { ok: ; };
void need_b() __must_hold(b) contract { ok: ; };
bool more() contract { yes: return true; no: return false; };
int num() contract { ok: return any; };
int set(int *x) contract { ok: *x = 1, return 0; };
void m0() contract { ok: ; };
void m1() contract { ok: ; };
void m2() contract { ok: ; };
void two(int x, bool y) contract { ok: ; };
void of(enum kind k) contract { ok: ; };
int five() { m0(); return 5; }
bool truth(int n) { if (n == -22) return n; return n > 1; }
int number(bool f) { if (f == true) m1(); return f; }
enum kind other(enum kind k) { return k == A ? B : C; }
int put(int *x, bool f) { *x = f; return *x == 1; }
int early(int n) { guard(b)(); scoped_guard(a) { if (n) return n; need_a(); } need_a(); return 2; }
"""


class Writer:
    """Writes one function; names in scope by type, and labels that exist."""

    def __init__(self, random: Random, labels: int) -> None:
        self.r = random
        self.names: dict[str, list[str]] = {"int": ["i", "j"], "bool": ["f", "g"], "kind": ["k"]}
        self.labels = [f"l{n}" for n in range(labels)]
        self.unset = list(self.labels)
        self.count = 0
        self.breaks: list[str] = []

    def pick(self, *options: str) -> str:
        return self.r.choice(options)

    # -- expressions
    def value(self, kind: str, depth: int = 0) -> str:
        """What can be given to a variable of a type."""
        if kind == "kind":
            return self.pick("A", "B", "C", "2", *self.names["kind"], f"other({self.pick(*self.names['kind'])})")
        options = [
            self.pick("0", "1", "2", "-1", "-22", "true", "false", "B"), self.pick(*self.names["int"]),
            self.pick(*self.names["bool"]), self.pick(*self.names["kind"]), "num()", "five()",
            f"truth({self.number()})", f"number({self.number()})", f"early({self.pick(*self.names['int'])})",
            f"set(&{self.pick(*self.names['int'])})", f"put(&{self.pick(*self.names['int'])}, {self.number()})",
        ]  # fmt: skip
        if depth < 2:
            options += [self.cond(depth + 1), f"({self.assigned(depth + 1)})", f"likely({self.value('int', depth + 1)})"]
        if depth == 0:
            options.append(f"{self.cond(1)} ? {self.value('int', 1)} : {self.value('int', 1)}")
        return self.r.choice(options)

    def number(self) -> str:
        return self.pick("0", "2", "-22", *self.names["int"], *self.names["bool"], *self.names["kind"])

    def assigned(self, depth: int) -> str:
        kind = self.r.choice(("int", "bool"))
        return f"{self.pick(*self.names[kind])} = {self.value(kind, depth + 1)}"

    def cond(self, depth: int = 0) -> str:
        """A condition."""
        compared = f"{self.side(depth)} {self.pick('==', '!=', '<', '<=', '>', '>=')} {self.side(depth)}"
        options = ["more()", "more()", compared, compared, self.pick(*self.names["bool"]), f"!{self.number()}"]
        if depth < 2:
            options += [f"{self.cond(depth + 1)} {self.pick('&&', '||')} {self.cond(depth + 1)}"]
            options += [f"!({self.cond(depth + 1)})", f"({self.assigned(depth + 1)})", f"unlikely({self.cond(depth + 1)})"]
        return f"({self.r.choice(options)})"

    def side(self, depth: int) -> str:
        return self.pick(self.number(), self.number(), "num()", f"({self.assigned(depth + 1)})", f"likely({self.number()})")

    # -- statements
    def block(self, depth: int, *, declare: bool = True) -> str:
        """The inside of a block: its names end with it."""
        before = {kind: list(names) for kind, names in self.names.items()}
        lines = [self.declare()] if declare and self.r.random() < 0.4 else []
        for _ in range(1 + self.r.randrange(3)):
            if self.r.random() < 0.15:
                lines.append(self.pick("guard(a)();", "guard(b)();"))
            if self.unset and self.r.random() < 0.2:
                lines.append(f"{self.unset.pop()}:")
            if self.r.random() < 0.15:
                lines.append(self.declare())
            lines.append(self.statement(depth))
        self.names = before
        return "\n".join(lines)

    def declare(self) -> str:
        """A declaration, now and then of a name that it hides, without a value, or with one that is its own."""
        kind = self.r.choice(("int", "bool", "kind"))
        self.count += 1
        name = f"v{self.count}" if self.r.random() < 0.8 else self.pick(*self.names[kind])
        init = f" = {self.value(kind)}" if self.r.random() < 0.85 else ""
        self.names[kind].append(name)
        return f"{'enum kind' if kind == 'kind' else kind} {name}{init};"

    def arm(self, depth: int) -> str:
        """What a condition or loop governs."""
        if self.r.random() < 0.6:
            return f"{{\n{self.block(depth + 1)}\n}}"
        label = f"{self.unset.pop()}: " if self.unset and self.r.random() < 0.15 else ""
        return label + self.statement(depth + 1)

    def loop(self, head: str, depth: int, tail: str = "") -> str:
        """A loop, or what is one to `break` and `continue`."""
        self.breaks += ["break", "continue"]
        text = f"{head} {self.arm(depth)}{tail}"
        del self.breaks[-2:]
        return text

    def statement(self, depth: int) -> str:
        """One statement."""
        jumps = [f"{b};" for b in self.breaks]
        jumps += [f"if (more()) goto {self.pick(*self.labels)};"] if self.labels else []
        simple = [
            "m0();", "m1();", "m2();", "need_a();", "need_b();", f"{self.assigned(0)};", f"{self.assigned(0)};",
            f"i = j = f = {self.value('int', 1)};", f"k = {self.value('kind')};", f"two({self.number()}, {self.number()});",
            f"of({self.value('kind')});", f"return {self.value('int')};" if self.r.random() < 0.2 else ";", *jumps, *jumps,
        ]  # fmt: skip
        if depth > 3 or self.r.random() < 0.45:
            return self.r.choice(simple)
        kinds = (self._if, self._if, self._while, self._do, self._for, self._switch, self._scoped, self._block)
        return self.r.choice(kinds)(depth)

    def _if(self, depth: int) -> str:
        if self.r.random() < 0.5:
            return f"if ({self.cond()}) {{\n{self.block(depth + 1)}\n}} else {self.arm(depth)}"
        return f"if ({self.cond()}) {self.arm(depth)}"

    def _while(self, depth: int) -> str:
        return self.loop(f"while (more() && {self.cond()})", depth)

    def _do(self, depth: int) -> str:
        return self.loop("do", depth, f" while (more() && {self.cond()});")

    def _for(self, depth: int) -> str:
        before = {kind: list(names) for kind, names in self.names.items()}
        first = self.declare() if self.r.random() < 0.4 else self.pick(f"{self.assigned(1)};", ";")
        text = self.loop(f"for ({first} more(); {self.pick(self.assigned(1), '', 'm2()')})", depth)
        self.names = before
        return text

    def _switch(self, depth: int) -> str:
        self.breaks.append("break")
        cases = ["0", "1", "2", "-22", "-1", "default"]
        self.r.shuffle(cases)
        before = {kind: list(names) for kind, names in self.names.items()}
        lines = []
        for c in cases[: 1 + self.r.randrange(4)]:
            label = "default:" if c == "default" else f"case {c}:"
            body = self.block(depth + 1, declare=False)
            style = self.r.random()
            if style < 0.4:
                lines.append(f"{label} {{\n{body}\n}}")
            elif style < 0.55:
                lines.append(f"if ({self.cond()}) {{\n{label}\n{body}\n}}")
            else:
                lines.append(f"{label}\n{body}")
            if self.r.random() < 0.5:
                lines.append("break;")
        self.names = before
        self.breaks.pop()
        return f"switch ({self.pick(self.number(), 'num()', self.cond())}) {{\n" + "\n".join(lines) + "\n}"

    def _scoped(self, depth: int) -> str:
        return self.loop(f"scoped_guard({self.pick('a', 'b')})", depth)

    def _block(self, depth: int) -> str:
        return f"{{\n{self.block(depth + 1)}\n}}"


def program(seed: int, name: str) -> str:
    """The text of a function without parameters that returns an int."""
    random = Random(seed)
    w = Writer(random, random.randrange(3))
    body = w.block(0, declare=False)
    rest = "\n".join(f"{label}: m2();" for label in w.unset)
    head = "int i = 0;\nint j = 2;\nbool f = false;\nbool g = true;\nenum kind k = B;"
    return f"int {name}()\n{{\n{head}\n{body}\n{rest}\nreturn i;\n}}\n"
