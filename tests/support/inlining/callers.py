# SPDX-License-Identifier: GPL-2.0-only
"""Callers of a drawn contract, which know more or less what its outcomes do: so that many of them are proved."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generator.choices import Choices

    from inlining.contracts import Drawn, Effect, Outcome, Param


class Now:
    """What a caller believes at some place: what it holds, what its packets' slots have, which sections are open."""

    def __init__(self) -> None:
        self.held: dict[str, int] = {}
        self.pkts: dict[str, str] = {}
        self.open: dict[str, int] = {"rcu": 0, "lk": 0}

    def copy(self) -> Now:
        """The same, to be changed."""
        new = Now()
        new.held, new.pkts, new.open = dict(self.held), dict(self.pkts), dict(self.open)
        return new


class Caller:
    """One caller that is being written."""

    def __init__(self, c: Choices, d: Drawn, name: str) -> None:
        self.c, self.d, self.name = c, d, name
        self.now = Now()
        self.lines: list[str] = []
        self.count = 0
        self.bind: dict[str, str] = {}
        self.lent: list[str] = []
        self.flag = ""

    def text(self) -> str:
        """The function."""
        for need in self.d.needs:
            self.enter(need)
        for _ in range(self.c.weighted(((6, 0), (2, 1)))):
            self.enter(self.c.pick(("rcu", "lk")))
        args = [self.argument(p) for p in self.d.params]
        self.unexpected()
        self.call(args)
        body = "\n".join(f"\t{line}" for line in self.lines)
        params = [f"pkt {name} __counted" for name in self.lent] + (["bool y"] if self.flag == "y" else [])
        contract = " contract { ok: ; }" if self.lent else ""
        return f"void {self.name}({', '.join(params)}){contract}\n{{\n{body}\n}}\n"

    def say(self, *lines: str) -> None:
        """Write statements."""
        self.lines += lines

    def fresh(self, kind: str, value: str = "") -> str:
        """A new variable."""
        self.count += 1
        name = f"{kind[0]}{self.count}"
        self.say(f"{kind} {name} = {value};" if value else f"{kind} {name};")
        return name

    def enter(self, context: str) -> None:
        """Open a section."""
        self.say(f"{context}_lock();")
        self.now.open[context] += 1

    # -- before the call
    def argument(self, p: Param) -> str:
        """Something to pass."""
        if p.kind == "node":
            self.bind[p.name] = self.node(p)
        elif p.kind == "pkt":
            self.bind[p.name] = self.packet(p)
        elif p.kind == "bool":
            self.flag = self.bind[p.name] = self.c.pick(("true", "false", "y"))
        elif "__nullable" in p.attrs and self.c.chance(30):
            self.bind[p.name] = "NULL"
        elif p.kind == "flag":
            self.bind[p.name] = f"&{self.fresh('bool')}"
        elif p.kind == "out":
            self.bind[p.name] = f"&{self.fresh('node')}"
        else:
            self.bind[p.name] = f"&{self.node(p._replace(attrs=''), own=True)}"
        return self.bind[p.name]

    def given(self, name: str) -> bool:
        """Some outcome takes the argument's reference."""
        moves = [e for o in self.d.outcomes for e in o.effects if e.change in ("release", "move")]
        return any(e.place == name or (e.change == "move" and name == "n") for e in moves)

    def node(self, p: Param, *, own: bool = False) -> str:
        """A node: this path's own, lent by something, another argument, or nothing."""
        c, others = self.c, [self.bind[q.name] for q in self.d.params if q.kind == "node" and q.name in self.bind]
        ways = [(8 if own or self.given(p.name) else 4, "get")]
        ways += [(3, "find")] if self.now.open["rcu"] else []
        ways += [(3, "peek")] if self.now.open["lk"] else []
        ways += [(2, "same")] if others else []
        ways += [(2, "content")] if self.now.pkts else []
        ways += [(2, "NULL")] if p.attrs.strip() in ("__nullable", "__any") else []
        ways += [(3, "gone"), (1, "unset")] if p.attrs.strip() == "__any" else []
        match c.weighted(ways):
            case "same":
                return c.pick(others)
            case "content":
                return self.fresh("node", f"look({c.pick(tuple(self.now.pkts))})")
            case "NULL":
                return self.fresh("node", "NULL")
            case "unset":
                return self.fresh("node")
            case "gone":
                name = self.fresh("node", "get()")
                self.say(f"put({name});")
                return name
            case "get":
                name = self.fresh("node", "get()")
                self.now.held[name] = 1
                return name
            case how:
                return self.fresh("node", f"{how}()")

    def packet(self, p: Param) -> str:
        """A packet, with something in its slot."""
        c = self.c
        ways = [(6, "alloc"), (2, "full")]
        ways += [(1, "seek")] if self.now.open["rcu"] else []
        ways += [(1, "under")] if self.now.open["lk"] else []
        ways += [(1, "NULL")] if "__nullable" in p.attrs else []
        ways += [(2, "lent")]
        how = c.weighted(ways)
        if how == "NULL":
            return self.fresh("pkt", "NULL")
        if how == "lent":  # of whose slots the caller's contract does not speak
            self.count += 1
            self.lent.append(f"p{self.count}")
            return self.lent[-1]
        name = self.fresh("pkt", f"{how}()")
        self.now.held |= {name: 1} if how in ("alloc", "full") else {}
        self.now.pkts[name] = "owned" if how in ("full", "seek") else "empty"
        if how == "alloc":
            self.fill(name, self.d.requires if p.name == "p" else ())
        return name

    def fill(self, name: str, wanted: tuple[str, ...]) -> None:
        """Bring the slot of an empty packet into a state."""
        c, lent = self.c, [v for v in self.bind.values() if v.startswith("n")]
        state = c.pick(wanted) if wanted else c.weighted(((4, "empty"), (3, "owned"), (3, "noref"), (1, "stale")))
        if state == "noref":
            source = c.pick(lent) if lent and c.chance(60) else "find()" if self.now.open["rcu"] else ""
            if not source:
                source = self.fresh("node", "get()")
                self.now.held[source] = 1
            self.say(f"lend({name}, {source});")
        elif state == "owned" and lent and c.chance(30):
            source = c.pick(lent)
            self.say(f"fill({name}, {source});")
            self.now.held.pop(source, None)
        elif state == "owned":
            self.say(f"fill({name}, get());")
        elif state == "stale":
            source = self.fresh("node", "get()")
            self.say(f"fill({name}, {source});", f"put({source});")
        self.now.pkts[name] = state

    def unexpected(self) -> None:
        """Now and then a caller gives something away before the call, or opens or closes a section."""
        c = self.c
        if c.chance(8) and self.now.held:
            name = c.pick(tuple(self.now.held))
            self.say(f"{'put' if name.startswith('n') else 'free'}({name});")
            del self.now.held[name]
        if c.chance(8):
            self.enter(c.pick(("rcu", "lk")))

    # -- the call and what follows
    def call(self, args: list[str]) -> None:
        """Call, and clean up behind each outcome."""
        call = f"g({', '.join(args)})"
        outcomes = [o for o in self.d.outcomes if not self.excluded(o.cond)]
        unwanted = not any(o.value.startswith(("hold", "take")) for o in outcomes) and self.c.chance(25)
        if self.d.result == "void" or unwanted:
            self.say(f"{call};")
            self.behind(outcomes[0] if outcomes else self.d.outcomes[0], "")
            return
        result = self.fresh(self.d.result, call)
        kinds = [o.value for o in outcomes]
        if len(outcomes) > 1 and len(set(kinds)) > 1 and self.d.result in ("int", "node"):
            test = f"{result} == {kinds[0]}" if self.d.result == "int" else f"!{result}" if kinds[0] == "NULL" else result
            before, self.lines = self.lines, []
            now = self.now.copy()
            self.behind(outcomes[0], result)
            first, self.lines, self.now = self.lines, [], now
            self.behind(outcomes[1], result)
            arms = [[f"\t{line}" for line in arm] for arm in (first, self.lines)]
            self.lines = [*before, f"if ({test}) {{", *arms[0], "} else {", *arms[1], "}"]
            return
        self.behind(outcomes[0] if outcomes else self.d.outcomes[0], result)

    def excluded(self, cond: str) -> bool:
        """The caller knows that the condition is false."""
        return (cond == "c" and self.flag == "false") or (cond == "!c" and self.flag == "true")

    def behind(self, outcome: Outcome, result: str) -> None:
        """What an outcome leaves to the caller: it looks at some of it, and cleans up."""
        for e in outcome.effects:
            self.effect(e)
        if result:
            self.returned(outcome.value, result)
        for _ in range(self.c.weighted(((4, 0), (3, 1), (2, 2)))):
            self.look(result)
        self.clean()

    def effect(self, e: Effect) -> None:
        """Believe an effect; one under a flag that the caller does not know is believed to happen where the flag is set."""
        if self.excluded(e.cond):
            return
        test = "" if not e.cond or self.flag in ("true", "false") else f"if ({'!' if e.cond == 'c' else ''}y) "
        name = self.bind.get(e.place, "").removeprefix("&")
        if e.change in ("enter", "leave"):
            self.now.open[e.place] += 1 if e.change == "enter" else -1
            return
        if name == "NULL" or not name or name in self.lent:
            return
        source = self.bind.get("n", "")
        match e.change:
            case "release":
                self.gives(name, test)
            case "hold":
                self.now.held[name] = self.now.held.get(name, 0) + 1
            case "move":
                self.gives(source, test)
                self.now.pkts[name] = "owned"
            case "drop":
                self.now.pkts[name] = "empty"
            case "fill" | "noref" | "copy" | "shift" | "force":
                self.now.pkts[name] = {"fill": "owned", "noref": "noref"}.get(e.change, "unknown")

    def gives(self, name: str, test: str) -> None:
        """A reference goes; where it goes under a flag, the caller gives it back itself in the other case."""
        if self.now.held.get(name):
            self.now.held[name] -= 1
            if test:
                self.say(f"{test}{'free' if name.startswith('p') else 'put'}({name});")
        if not self.now.held.get(name) and not test:
            self.now.pkts.pop(name, None)

    def returned(self, value: str, result: str) -> None:
        """What comes back."""
        if value.startswith(("hold", "take")):
            self.now.held[result] = 1
        if value.startswith("hold") and self.d.result == "pkt":
            self.now.pkts[result] = "owned" if "=" in value else "empty"
        if value.startswith("take"):
            self.now.pkts[self.bind.get("p", "")] = "empty"

    def look(self, result: str) -> None:
        """Touch something that should be alive, or may be."""
        c = self.c
        nodes = [n for n, count in self.now.held.items() if count and n.startswith("n")]
        lent = [v for v in self.bind.values() if v.startswith("n")]
        ways = [f"use({n});" for n in nodes] * 2 + [f"if ({n}) use({n});" for n in lent]
        ways += [f"if ({result}) use({result});"] * 3 if result.startswith("n") else []
        ways += [f"if ({result} == {n}) use({n});" for n in lent if result.startswith("n")]
        for p, state in self.now.pkts.items():
            ways += [f"if (look({p})) use({p}->s);"] * (3 if state != "stale" else 1) + [f"if (owned({p})) use({p}->s);"]
            ways += [f"drop({p}); fill({p}, get());", f"if (!look({p})) fill({p}, get());"]
        ways += [f"use({p});" for p in self.now.pkts]
        if ways:
            self.say(c.pick(ways))

    def clean(self) -> None:
        """Give back what is held and leave what was entered, in one order or the other."""
        todo = []
        for name, count in self.now.held.items():
            if name.startswith("p") and count:
                todo.append(f"clear({name});" if self.now.pkts.get(name) == "stale" else f"drop({name});")
            todo += [f"{'free' if name.startswith('p') else 'put'}({name});"] * count
        sections = [f"{context}_unlock();" for context, level in self.now.open.items() for _ in range(max(0, level))]
        self.say(*([*sections, *todo] if self.c.chance(35) else [*todo, *sections]))


def caller(c: Choices, d: Drawn, name: str) -> str:
    """The text of a caller."""
    return Caller(c, d, name).text()
