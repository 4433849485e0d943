# SPDX-License-Identifier: GPL-2.0-only
"""Bodies of generated functions: mostly what a careful author would write, now and then a slip.

The writer keeps a rough idea of each variable (`held`, `borrow`, `maybe`, `unset`, `gone`, ...) and of the open sections.
It decides what is plausible, never what is right: that is for the checkers.
"""

from dataclasses import dataclass

from generator.choices import Choices
from generator.library import Library
from generator.shapes import Shape

_UNLOCK = {"rcu": "rcu_unlock", "bh": "bh_unlock", "obj": "obj_unlock", "mtx": "mtx_unlock"}
_CONTEXT = {"rcu": "rcu", "bh": "bh", "obj": "lock", "mtx": "mtx"}


@dataclass
class Var:
    """A variable as the author sees it; `flag` names a variable that says whether it is only borrowed."""

    name: str
    type: str
    state: str
    fails: str = ""
    flag: str = ""
    lent: bool = False


class Body:
    """Writes one body; `lines` is the text so far."""

    def __init__(self, c: Choices, lib: Library, shape: Shape, helpers: list[Shape], budget: int) -> None:
        self.c, self.lib, self.shape, self.helpers = c, lib, shape, helpers
        self.budget = budget
        self.lines: list[str] = []
        self.depth = 1
        self.vars: list[Var] = []
        self.sections: list[str] = []
        self.guarded: list[str] = []
        self.loops: list[tuple[int, int]] = []
        self.count = 0
        self.no_guard = 0
        for t, n, a in shape.params:
            state = "lent" if t in ("node", "pkt") else "value"
            if n.startswith("*"):
                state = "out"
            elif any(g.split()[0] == n for g in shape.given):
                state = "held"
            var = Var(n, t, state, "n" if "null" in a else "e" if "err" in a else "ne" if "any" in a else "", lent=True)
            var.flag = "flag" if f"{n} unless flag" in shape.given else ""
            self.vars.append(var)

    # -- text
    def put(self, text: str, *, mark: bool = True) -> None:
        """A line; statements carry a line mark now and then."""
        at = f"\t@{10 + len(self.lines)}" if mark and text.endswith((";", ")", "{")) and self.c.chance(12) else ""
        if at and (text.startswith("}") or " ? " in text):
            at = ""
        self.lines.append("\t" * self.depth + text + at)

    def fresh(self, stem: str) -> str:
        """A name that is not used yet."""
        self.count += 1
        return f"{stem}{self.count}"

    def call(self, name: str, *args: str) -> str:
        """A call of a contract of the library."""
        self.lib.callee(name)
        return f"{name}({', '.join(args)})"

    def text(self) -> str:
        """The whole body."""
        self.block_of(1 + self.c.below(4))
        self.leave(last=True)
        return "{\n" + "\n".join(self.lines) + "\n}\n"

    # -- variables
    def of(self, kind: str, *states: str) -> list[Var]:
        """Variables of a type, in one of the states."""
        return [v for v in self.vars if v.type == kind and v.state != "out" and (not states or v.state in states)]

    def some(self, kind: str, *states: str) -> Var | None:
        """A plausible variable, now and then any of the type; None if there is none."""
        good = self.of(kind, *states) if self.c.mostly(94) else self.of(kind)
        return self.c.pick(good) if good else None

    def give(self, v: Var) -> str:
        """The statement that gives a variable's reference back."""
        ways = {
            "node": ((14, "put"), (1, "put_any"), (1, "put_valid")), "pkt": ((6, "free"), (1, "kfree")),
            "dev": ((1, "dev_put"),),
        }  # fmt: skip
        name = self.c.weighted(ways[v.type])
        call = f"{self.call(name, v.name)};"
        return f"if (!{v.flag}) {call}" if v.flag and self.c.mostly(93) else call

    def scalar(self, kind: str) -> str:
        """An expression of a scalar type."""
        have = [v.name for v in self.of(kind, "value")]
        fixed = {"bool": ("true", "false"), "int": ("0", "-EINVAL", "-EMSGSIZE", "1", "-5")}.get(kind, ("PLAIN", "LAST"))
        return self.c.pick((*have, *fixed)) if have and self.c.mostly(90) else self.c.pick(fixed)

    # -- conditions
    def unknown(self) -> str:
        """A condition that the model leaves open; now and then it reads an object."""
        v = self.some("node", "held", "borrow", "lent") if self.c.chance(15) else None
        return f'nondet("asked {self.count}"{f", {v.name}" if v else ""})'

    def condition(self, depth: int = 0) -> str:
        """A condition of any form."""
        c = self.c
        options: list[tuple[int, str]] = [(5, self.unknown()), (1, f"config({c.pick(('NETNS', 'IPV6'))})")]
        options += [(3, c.pick((v.name, f"!{v.name}", f"{v.name} == true"))) for v in self.of("bool", "value")]
        for v in self.of("int", "value"):
            right = c.pick(("0", "0", "-EMSGSIZE", "1", *(w.name for w in self.of("int", "value"))))
            options.append((2, f"{v.name} {c.pick(('<', '==', '!=', '>', '<=', '>='))} {right}"))
        modes = self.of("enum mode", "value")
        options += [(3, f"{v.name} {c.pick(('==', '!='))} {c.pick(('PLAIN', 'CACHED', 'LAST'))}") for v in modes]
        for v in self.of("node", "held", "borrow", "maybe", "null", "lent"):
            forms = ("{}", "!{}", "IS_ERR({})", "IS_ERR_OR_NULL({})", "{} == NULL")
            options.append((1, c.pick(forms).format(v.name)))
            others = [w for w in self.of("node", "held", "borrow", "lent") if w is not v]
            if others and v.state != "maybe":
                options.append((1, f"{v.name} {c.pick(('==', '!='))} {c.pick(others).name}"))
        fields = ("{}->dst == NULL", "!{}->dst", "{}->dst != NULL")
        options += [(1, c.pick(fields).format(v.name)) for v in self.of("pkt", "held", "lent")]
        got = c.weighted(options)
        if depth < 2 and c.chance(20):
            other = self.condition(depth + 1)
            return c.pick((f"{got} && {other}", f"{got} || {other}", f"!({got})", f"likely({got})", f"unlikely({got})"))
        return got

    # -- blocks
    def block_of(self, count: int) -> None:
        """So many statements, as long as the budget lasts."""
        for _ in range(count):
            if self.budget > 0:
                self.budget -= 1
                self.statement()

    def block(self, count: int, *, braces: bool = True, after: str = "") -> None:
        """A nested block: what it opens it closes, and what it changes outside it usually jumps away with."""
        if braces:
            self.put("{")
        self.depth += 1
        mark, before = len(self.vars), [(v, v.state) for v in self.vars]
        guards, fence = len(self.guarded), self.no_guard
        self.no_guard = 0
        self.block_of(count)
        changed = any(v.state != s for v, s in before)
        if changed and self.c.mostly(80):
            self.jump()
            for v, s in before:
                v.state = s
        else:
            self.release(self.vars[mark:])
        del self.vars[mark:]
        del self.guarded[guards:]
        self.no_guard = fence
        self.depth -= 1
        self.put("}" + after, mark=False)

    def release(self, those: list[Var]) -> None:
        """Give back what is held, usually."""
        for v in reversed(those):
            if v.state in ("held", "flag") and self.c.mostly(93):
                self.put(self.give(v))
                v.state = "gone"
            elif v.state == "maybe" and self.c.mostly(90):
                test = {"ne": "!IS_ERR_OR_NULL({})", "n": "{}"}.get(v.fails, "!IS_ERR({})").format(v.name)
                if v.type == "node" and self.c.chance(25):
                    self.put(f"{self.call(self.c.pick(('put_any', 'put_valid')), v.name)};")
                else:
                    self.put(f"if ({test}) {self.give(v)}")
                v.state = "gone"

    def jump(self) -> None:
        """Leave the block: out of the loop or of the function."""
        if self.loops and self.c.chance(50):
            mark, sections = self.loops[-1]
            self.release(self.vars[mark:])
            for lock in reversed(self.sections[sections:]):
                self.put(f"{self.call(_UNLOCK[lock])};")
            self.put(self.c.pick(("continue;", "break;")))
            return
        self.leave()

    def leave(self, *, last: bool = False) -> None:
        """Return, after giving back what is held; the result is usually one that the contract has."""
        state, text = self.c.pick(self.shape.exits)
        states = [(v, v.state) for v in self.vars]
        keep = self._result(state)
        self.release([v for v in self.vars if v is not keep])
        closing = [self.call(_UNLOCK[lock]) for lock in reversed(self.sections)]
        if state.startswith("*"):
            if keep is not None:
                self.put(f"*out = {keep.name};")
            elif state != "*out":
                self.put(f"{state};")
        elif text.startswith("*"):
            self.put(f"{text};")
            text = ""
        elif state not in ("", "held", "borrow", "num"):
            self._keep(state)
        for unlock in closing:
            if self.c.mostly(96):
                self.put(f"{unlock};")
        self._return(keep, state, text, last=last)
        if not last:
            del self.vars[len(states) :]
            for v, s in states:
                v.state = s

    def _result(self, state: str) -> Var | None:
        """The variable that the exit hands to the caller."""
        if state == "*out":
            return self.some("node", "held") or self._hold()
        if state == "held":
            return self.some(self.shape.result, "held") or self._hold()
        if state == "borrow":
            return self.some(self.shape.result, "borrow")
        return None

    def _hold(self) -> Var:
        v = Var(self.fresh("n"), "node", "held")
        self.put(f"node {v.name} = {self.call('get')};")
        got = self.lib.callee("get")
        self.vars.append(v)
        if got.fails and self.c.mostly(85):
            self.put(f"if (IS_ERR_OR_NULL({v.name})) {v.name} = {self.call('get')};")
            v.fails = got.fails
        return v

    def _keep(self, state: str) -> None:
        """What an exit does to keep its outcome."""
        first = state.split(":", 1)[-1]
        if "put(" in state:
            self.put(f"{state};")
            self.lib.callee("put")
        elif state.endswith(("_lock", "_unlock")):
            self.put(f"{self.call(state)};")
        elif "->dst" in first:
            self._fill_slot(first)

    def _fill_slot(self, line: str) -> None:
        if "drop" in line and self.c.mostly(90):
            self.put(f"{self.call('drop', 'pkt')};")
        if "move n" in line:
            self.put(f"{self.call('set', 'pkt', 'n')};")
        elif "noref n" in line:
            self.put(f"{self.call('set_noref', 'pkt', 'n')};")
        elif "= hold" in line:
            v = self._hold()
            self.put(f"{self.call('set', 'pkt', v.name)};")
        elif "borrow" in line:
            self.put(f"{self.call('refill', 'pkt')};")
        elif "try_hold" in line:
            self.put(f"{self.call('force', 'pkt')};")
        elif "copy other" in line:
            self.put(f"{self.call('copy', 'pkt', 'other')};")
        elif "use" in line:
            self.put(f"{self.call('touch', 'pkt->dst')};")

    def _return(self, keep: Var | None, state: str, text: str, *, last: bool) -> None:
        result = self.shape.result
        if result == "void":
            if not last or self.c.chance(30):
                self.put("return;")
            return
        if keep is not None and state != "*out":
            self.put(f"return {keep.name};")
            return
        if "enum" in result:
            self.lib.enum = True
        if "steal" in text:
            self.lib.callee("steal")
        if not text:
            text = {"node": "NULL", "int": "0", "bool": "true"}.get(result, "PLAIN")
        if state == "num" and self.c.mostly(70):
            text = "num < 0 ? -EINVAL : 1"
        elif result == "int" and text == "0" and self.of("int", "value") and self.c.chance(20):
            text = self.scalar("int")
        self.put(f"return {text};")

    def statement(self) -> None:
        """One statement or idiom."""
        from generator.idioms import IDIOMS

        while not self.c.weighted(IDIOMS)(self):
            pass
