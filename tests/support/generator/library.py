# SPDX-License-Identifier: GPL-2.0-only
"""The callees of generated programs: contracts in every form that the language has, each drawn once per program."""

from generator.choices import Choices
from generator.fixed import FIXED, Callee

# What a pointer to a function does: nobody calls it, and it is read.
_ROLE = 'role "struct node_ops.visit", "node_walk(visit)"\nvoid visit(node n) __may_sleep { ok: use n; }'


class Library:
    """Declarations of one program; what nobody asks for is not written."""

    def __init__(self, c: Choices) -> None:
        self.c = c
        self.used: dict[str, Callee] = {}
        self.guards: set[str] = set()
        self.entries: set[str] = set()
        self.enum = False
        self.freed = c.pick((" freed after gp;", "", " freed after rcu;", " freed at once;"))
        self.shared = c.chance(25)
        self.pkt_freed = c.chance(25)
        self.two_slots = c.pick(("", "", "", "", "own", "extend"))
        self.c_names = c.chance(5)
        self.wild = 0

    # -- what every contract is made of
    def _failure(self, kinds: str = "nex") -> tuple[tuple[str, ...], str]:
        """Failing outcomes of a look-up, and which kinds there are."""
        kind = self.c.pick(tuple(kinds))
        lines = {
            "n": ("none: return NULL",),
            "e": (f"fail: return {self.c.pick(('ERR_PTR', 'ERR_PTR(-ENOENT)', 'ERR_PTR(-ENOENT | -ELOOP)'))}",),
            "b": ("none: return NULL", "fail: return ERR_PTR"),
            "x": (),
        }[kind]
        return lines, {"n": "n", "e": "e", "b": "ne", "x": ""}[kind]

    def callee(self, name: str) -> Callee:
        """The contract of a name, drawn when it is first used."""
        if name not in self.used:
            maker = getattr(self, f"_{name}", None)
            self.used[name] = maker() if maker else FIXED[name]
        return self.used[name]

    def _get(self) -> Callee:
        lines, fails = self._failure("nexb")
        return Callee("node get()", ("got: return hold", *lines), (), "node", "held", fails)

    def _find(self) -> Callee:
        lines, fails = self._failure("nxe")
        must = " __must_hold(gp)" if self.c.mostly(80) else ""
        return Callee(f"node find(){must}", ("hit: return borrow(gp)", *lines), (), "node", "borrow", fails, "gp")

    def _peek(self) -> Callee:
        lines, fails = self._failure("xn")
        fact = self.c.pick(("lock", "gp | lock"))
        return Callee(
            f"node peek() __must_hold({fact})", (f"seen: return borrow({fact})", *lines), (), "node", "borrow", fails, "lock"
        )

    def _lookup(self) -> Callee:
        lines = [
            "hit if cache: *noref = true, return borrow(gp)",
            "miss if !cache: *noref = false, return hold",
        ]
        if self.c.chance(40):
            lines.insert(1, "stolen if cache: *noref = false, return hold")
        if self.c.mostly(60):
            lines.append("fail: return ERR_PTR(-ENOENT)" if self.c.mostly(60) else "fail: *noref = false, return ERR_PTR")
        return Callee(
            "node lookup(bool cache, bool *noref) __must_hold(gp if cache)", tuple(lines), ("bool", "bool*"), "node",
            "flag", "e" if len(lines) > 2 and "fail" in lines[-1] else "", "gp",
        )  # fmt: skip

    def _put(self) -> Callee:
        attr = self.c.pick(("", " __nullable"))
        return Callee(f"void put(node n{attr})", ("ok: release n",), ("+node",))

    def _ref(self) -> Callee:
        attr = self.c.pick(("", " __counted"))
        if self.c.chance(30):
            return Callee(f"node ref(node n{attr})", ("ok: hold n, return n",), ("node",), "node", "held")
        return Callee(f"void ref(node n{attr})", ("ok: hold n",), ("node",))

    def _touch(self) -> Callee:
        attr = self.c.pick(("", " __nullable", " __maybe_err", " __any", " __nullable __maybe_err", " __counted"))
        effect = "use n" if not attr.strip() or (self.c.chance(30) and "counted" in attr) else ""
        return Callee(f"void touch(node n{attr})", (f"ok: {effect}",), ("node",))

    def _same(self) -> Callee:
        text = self.c.pick(("ok: return n", "ok: use n, return n"))
        return Callee("node same(node n)", (text,), ("node",), "node", "alias")

    def _make(self) -> Callee:
        fail = self.c.pick(("fail: *out = NULL, return < 0", "fail: return < 0 except -EAGAIN"))
        lines = ["ok: *out = hold, return 0", fail]
        if self.c.chance(30):
            lines.append("lent: *out = borrow(gp), return 1")
        return Callee("int make(node *out)", tuple(lines), ("node*",), "int", "value")

    def _swap(self) -> Callee:
        lines = ("taken: consume *pn, *pn = NULL, return true", "kept: use *pn, return false")
        return Callee("bool swap(node *pn)", lines, ("node&",), "bool", "value")

    def _build(self) -> Callee:
        lines = ["ok: use n, return 0", "fail: use n, release n unless noref, return < 0 except -EMSGSIZE"]
        if self.c.chance(40):
            lines.append("big: return -EMSGSIZE")
        return Callee("int build(node n, bool noref)", tuple(lines), ("node", "bool"), "int", "value")

    def _alloc(self) -> Callee:
        lines, fails = self._failure("nx")
        return Callee("pkt alloc()", ("new: return hold", *lines), (), "pkt", "held", fails)

    def _clone(self) -> Callee:
        slot = self.c.pick(("result->dst = copy p->dst", "result->dst = hold", "use p->dst", "result->dst = borrow(gp)"))
        lines, fails = self._failure("nx")
        return Callee("pkt clone(pkt p)", (f"new: return hold, {slot}", *lines), ("pkt",), "pkt", "held", fails, "gp")

    def _free(self) -> Callee:
        attr = self.c.pick(("", " __nullable"))
        return Callee(f"void free(pkt p{attr})", ("ok: release p",), ("+pkt",))

    def _xmit(self) -> Callee:
        verb = self.c.pick(("consume p", "queue p"))
        line = f"sent: use n, {verb}, consume n unless noref"
        lines = (line,) if self.c.mostly(70) else (line, f"lost: {verb.replace('queue', 'consume')}, release n unless noref")
        return Callee("void xmit(pkt p, node n, bool noref)", lines, ("+pkt", "node?", "bool"))

    def _force(self) -> Callee:
        lines = (
            "none if p->dst is empty: return false",
            "held if p->dst is noref | owned: try_hold p->dst, return true",
            "lost if p->dst is noref: p->dst = NULL, return false",
        )
        must = self.c.pick(("", " __must_hold(rcu)"))
        return Callee(f"bool force(pkt p){must}", lines, ("pkt",), "bool", "value", "", "gp" if must else "")

    def _refill(self) -> Callee:
        how = self.c.pick(("hold", "borrow(gp)"))
        first = self.c.pick(("drop p->dst, ", ""))
        lines = [f"ok: {first}p->dst = {how}, return 0"]
        if self.c.chance(50):
            lines.append("fail: return -ENOMEM | -ENOENT")
        must = " __must_hold(gp)" if how != "hold" else ""
        return Callee(f"int refill(pkt p){must}", tuple(lines), ("pkt",), "int", "value", "", "gp" if must else "")

    def _needs(self) -> Callee:
        prop = self.c.pick(("", "leaked-ref: "))
        state = self.c.pick(("empty", "empty | noref", "owned", "empty | owned"))
        return Callee(f"void needs(pkt p) __requires({prop}p->dst is {state})", ("ok: use p",), ("pkt",))

    def _code(self) -> Callee:
        lines = self.c.pick(
            (
                ("ok: return 0", "fail: return < 0"),
                ("any: return any",),
                ("ok: return >= 0", "big: return -EMSGSIZE", "fail: return < 0 except -EMSGSIZE"),
                ("ok: return 0", "more: return > 0", "fail: return -EINVAL | -ENOMEM"),
                ("ok: return 1", "other: return != 1"),
                ("ok: return 0", "fail: return -5 | -7"),
            )
        )
        return Callee("int code()", lines, (), "int", "value")

    def _mtu(self) -> Callee:
        lines = ("small if m < 0: return -EMSGSIZE", "zero if m == 0: return 0", "ok if m > 0: return 1")
        return Callee("int mtu(int m)", lines, ("int",), "int", "value")

    def _optional(self) -> Callee:
        lines = ("on if config(NETNS): return hold", "off if !config(NETNS): return NULL")
        return Callee("node optional()", lines, (), "node", "held", "n")

    def _kind(self) -> Callee:
        self.enum = True
        return Callee("enum mode kind()", ("any: return any",), (), "enum mode", "value")

    def _pause(self) -> Callee:
        verb = self.c.pick(("", "use n, "))
        return Callee("void pause(node n)", (f"ok: leave rcu, {verb}enter rcu",), ("node",), needs="rcu")

    def random(self) -> str:
        """A contract without any plan; returns its name."""
        self.wild += 1
        c, name = self.c, f"wild{self.wild}"
        result = c.pick(("void", "int", "node", "bool"))
        outcomes: list[str] = []
        for i in range(1 + c.below(2)):
            effects, changed = self._effects()
            if result != "void":
                value = self._value(result)
                effects.append(f"return {value if 'take' not in value or 'ended' not in changed else 'p->dst'}")
            when = "" if i == 0 else c.pick(("", " if c", " if a != NULL", " if p->dst is empty | noref"))
            outcomes.append(f"o{i}{when}: {', '.join(effects)}")
        attrs = c.pick(("", " __must_hold(gp)", " __may_sleep", " __must_hold(gp if c)"))
        head = f"{result} {name}(node a{c.pick(('', ' __nullable'))}, pkt p, bool c){attrs}"
        gives = {"void": "", "node": "borrow"}.get(result, "value")
        self.used[name] = Callee(head, tuple(outcomes), ("node", "pkt", "bool"), result, gives, "n", "gp")
        return name

    def _effects(self) -> tuple[list[str], set[str]]:
        """Effects, and what of the arguments and the slot they end or fill."""
        c, found = self.c, list[str]()
        given: set[str] = set()
        options = (
            "use a", "use p", "hold a", "try_hold a", "release a", "consume a", "release p", "queue p", "drop p->dst",
            "p->dst = move a", "p->dst = noref a", "p->dst = hold", "p->dst = NULL", "try_hold p->dst", "use p->dst",
            "enter bh", "leave bh", "revoke lock", "p->dst = borrow(gp)", "release p->dst",
        )  # fmt: skip
        for _ in range(c.below(4)):
            e = c.pick(options)
            who = "a" if e in ("release a", "consume a", "p->dst = move a") else "p" if e in ("release p", "queue p") else ""
            # A slot is changed once, or ended and then filled.
            slot = "" if "p->dst" not in e or e.startswith("use") else "filled" if "=" in e else "ended"
            if {who, slot} & given or (slot == "ended" and "filled" in given):
                continue
            given |= {who, slot, "filled" if e == "try_hold p->dst" else ""} - {""}
            plain = e.startswith(("enter", "leave"))
            found.append(e + ("" if plain or c.mostly(60) else c.pick((" if c", " unless c"))))
        return found, given

    def _value(self, result: str) -> str:
        values = {
            "int": ("0", "any", "< 0", "-EINVAL"), "bool": ("true", "false", "any"),
            "node": ("hold", "NULL", "a", "p->dst", "take p->dst", "borrow(a)", "borrow(gp)", "ERR_PTR"),
        }  # fmt: skip
        return self.c.pick(values[result])

    # -- text
    def declarations(self, *, spec: bool) -> str:
        """Everything that was used, as a spec or as a part of a model."""
        text = ["context rcu, bh;", "context lock;", "context mtx sleeps;", "fact gp = rcu | bh;", "fact vis = rcu;"]
        if self.enum:
            text.append("enum mode { PLAIN, CACHED, LAST };")
        text.append(f"resource node {{{self.freed} embeds in, u.in;{' shared;' if self.shared else ''} }}")
        aux = " slot aux: node;" if self.two_slots == "own" else ""
        after = " freed after gp;" if self.pkt_freed else ""
        text.append(f"resource pkt {{ slot dst: node;{aux}{after} }}")
        text += ["extend resource pkt { slot aux: node; }"] if self.two_slots == "extend" else []
        if self.c_names:
            text += ['extend resource node { c "struct node", "struct node_base"; embeds base.in; }', _ROLE]
        text.append("resource dev;")
        text += [f"guard {g} = {g}_lock, {g}_unlock;" for g in sorted(self.guards)]
        entries = {
            "ndo": "entry ndo { holds rcu, bh; slot pkt.dst: empty | noref; }", "soft": "entry soft { holds bh; }",
            "process": "entry process { }", "asked": "entry asked { holds rcu; requires num > 0 && flag; }",
        }  # fmt: skip
        text += [entries[e] for e in sorted(self.entries)]
        word, end = ("", "") if spec else (" contract", ";")
        for callee in self.used.values():
            lines = [line.strip() for line in callee.outcomes]
            body = "\n".join(f"\t{line} ;" if line.endswith(":") else f"\t{line};" for line in lines)
            text.append(f"{callee.head}{word} {{\n{body}\n}}{end}")
        return "\n".join(text) + "\n"
