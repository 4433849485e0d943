# SPDX-License-Identifier: GPL-2.0-only
"""Which resources, slots, contexts, facts and integers a function can tell apart.

Only what the function, its contract and the contracts of its callees mention becomes part of its state, so that a
proof does not pay for what it cannot see.
"""

from itertools import pairwise

from refcheck.base.diagnostics import InputError, error, near
from refcheck.base.errnos import ERRNO
from refcheck.base.named import NamedTuple
from refcheck.graph.cfg import LEAST, MOST, Fact, Resource, Slot
from refcheck.syntax import ast, code
from refcheck.unit.declare import Declarations
from refcheck.unit.nodes import Nodes, nodes_of
from refcheck.unit.said import said


def called_by_bodies(decl: Declarations) -> set[str]:
    """The names that some body of the unit calls."""
    memo = decl.memo
    if memo.called is None:
        bodies = [nodes_of(decl, f)[code.Call] for f in decl.functions.values()]
        memo.called = {n.name for nodes in bodies for n in nodes if type(n) is code.Call}
    return memo.called


class Tables(NamedTuple):
    """Numbered resources, contexts and facts, and the representatives of the integers, for one function.

    `numbers` has the number of each resource by name.
    """

    decl: Declarations
    resources: tuple[Resource, ...]
    contexts: tuple[str, ...]
    facts: tuple[Fact, ...]
    integers: tuple[int, ...]
    points: tuple[int, ...]
    numbers: dict[str, int]

    def resource(self, name: str) -> int:
        """The number of a resource."""
        return self.numbers[name]

    def slot(self, resource: int, name: str) -> int | None:
        """The number of a slot of a resource, None if it has none of that name."""
        for i, slot in enumerate(self.resources[resource].slots):
            if slot.name == name:
                return i
        return None

    def context(self, name: str) -> int:
        """The number of a context."""
        return self.contexts.index(name)

    def fact(self, name: str) -> int:
        """The number of a fact."""
        return next(i for i, f in enumerate(self.facts) if f.name == name)


def constant(decl: Declarations, e: code.Expr) -> int:
    """The value of a constant expression; InputError if it is none."""
    match e:
        case code.Int(value, span):
            if not LEAST < value < MOST:
                raise InputError([error("unsupported", f"{value} is too large", span, "models need no such number")])
            return value
        case code.Errno(name, span):
            if name not in ERRNO:
                text = f"there is no error code `{name}`"
                raise InputError([error("unknown-name", text, span, near(name, list(ERRNO)))])
            return -ERRNO[name]
        case code.Null():
            return 0
        case code.Bool(value):
            return int(value)
        case code.Name(name) if name in decl.constants:
            return decl.constants[name]
        case _:
            raise InputError([error("wrong-kind", "a constant is needed here", e.span, "write a number or -ECODE")])


def reachable(decl: Declarations, function: ast.FunctionDef) -> list[object]:
    """The trees that the function's meaning rests on: itself, inlined callees, and the contracts it applies."""
    known = decl.memo.reachable.get(id(function))
    if known is not None:
        return known[1]
    name = function.sig.name
    trees: list[object] = [decl.contracts[name], function] if name in decl.contracts else [function]
    seen, todo = {name}, [iter(_callees(decl, function))]
    while todo:
        callee = next(todo[-1], None)
        if callee is None:
            todo.pop()
        elif callee not in seen:
            seen.add(callee)
            if callee in decl.contracts:
                trees.append(decl.contracts[callee])
            elif callee in decl.functions:
                trees.append(decl.functions[callee])
                todo.append(iter(_callees(decl, decl.functions[callee])))
    decl.memo.reachable[id(function)] = function, trees
    return trees


def _callees(decl: Declarations, function: ast.FunctionDef) -> list[str]:
    """What a body calls, by itself or by a guard."""
    found: list[str] = []
    for node in nodes_of(decl, function)[code.Call]:
        if type(node) is code.Call:
            found.append(node.name)
        elif node.lock in decl.guards:
            found += (decl.guards[node.lock].lock, decl.guards[node.lock].unlock)
    return found


def revoked(decl: Declarations, tree: object) -> set[str]:
    """The facts of which a tree ends what is lent for them."""
    return {n.context for n in nodes_of(decl, tree)[ast.Effect] if n.verb == "revoke"}


def build_tables(decl: Declarations, function: ast.FunctionDef, entry: str | None) -> Tables:
    """The tables of a function in an entry context."""
    trees = reachable(decl, function)
    nodes = [nodes_of(decl, t) for t in trees]
    kinds = {n.name for t in nodes for n in t[code.Type] if n.name in decl.resources}
    slots = {n.slot for t in nodes for n in t[ast.EffectPlace] if n.slot}
    slots |= {n.field for t in nodes for n in t[code.Field]}
    contracts = [t for t in trees if isinstance(t, ast.ContractDef)]
    slots |= {name for c in contracts for _, name in said(decl, c).read}
    freed = {k for c in contracts for k in said(decl, c).freed if decl.resources[k].shared}
    slots |= {s.name for r in decl.resources.values() if freed for s in r.slots if s.target in freed}
    changed = True
    while changed:
        found = {s.target for k in kinds for s in decl.resources[k].slots if s.name in slots}
        changed = not found <= kinds
        kinds |= found
    names = [r for r in decl.resources if r in kinds]
    facts = {f for t in nodes for n in t[ast.MustHold] for f in n.facts}
    facts |= {u for t in nodes for n in t[ast.Fresh] for u in n.until if u in decl.facts}
    facts |= {f for k in kinds if (f := decl.resources[k].freed_after)} | {f for t in trees for f in revoked(decl, t)}
    # What the callers lend may rest on the very context that the function leaves.
    own = nodes_of(decl, decl.contracts[function.sig.name]) if function.sig.name in decl.contracts else {}
    facts |= {n.context for n in own.get(ast.Effect, ()) if n.verb == "leave"}
    contexts = {n.context for t in nodes for n in t[ast.Effect] if n.context}
    contexts |= {c for f in facts if f in decl.facts for c in decl.facts[f]}
    if entry:
        contexts |= set(decl.entries[entry].holds)
    delays = {r.freed_after for r in decl.resources.values() if r.freed_after}
    readers = {c for f in delays for c in decl.facts[f]}
    ordered = tuple(c for c in decl.contexts if c in contexts)
    fact_list = tuple(
        Fact(f, tuple(ordered.index(c) for c in parts), bool(readers & set(parts)))
        for f, parts in decl.facts.items() if f in facts
    )  # fmt: skip
    index = {f.name: i for i, f in enumerate(fact_list)}
    made = [m for c in contracts for m in _made(decl, c)]
    lasting, owners = _protections(made, index), _owners(made)
    resources = tuple(
        Resource(
            r,
            tuple(Slot(s.name, names.index(s.target), s.published) for s in decl.resources[r].slots if s.name in slots),
            index.get(decl.resources[r].freed_after or ""),
            decl.resources[r].shared,
            decl.resources[r].embeds,
            tuple(sorted(lasting.get(r, set()) | ({index[f]} if (f := decl.resources[r].freed_after) else set()))),
            tuple(names.index(o) for o in sorted(owners.get(r, set())) if o in names),
        )
        for r in names
    )
    points = _points(decl, nodes)
    numbers = {name: i for i, name in enumerate(names)}
    return Tables(decl, resources, ordered, fact_list, _representatives(points), points, numbers)


def _target(decl: Declarations, sig: ast.Signature, effect: ast.Effect) -> str:
    """The resource of what an effect gives a value to."""
    if effect.place is None:
        return sig.result.name
    kinds = {"result": sig.result.name} | {p.name: p.type.name for p in sig.params}
    kind = kinds.get(effect.place.name, "")
    if effect.place.slot and kind in decl.resources:
        return next((s.target for s in decl.resources[kind].slots if s.name == effect.place.slot), "")
    return kind


class _Made(NamedTuple):
    """A new object of a contract: its resource, what it lasts for, and the resources of the parameters by name."""

    target: str
    until: tuple[str, ...]
    kinds: dict[str, str]


def _made(decl: Declarations, contract: ast.ContractDef) -> list[_Made]:
    """The new objects of a contract."""
    kinds = {p.name: p.type.name for p in contract.sig.params}
    fresh = [(e, e.value.until) for o in contract.outcomes for e in o.effects if isinstance(e.value, ast.Fresh)]
    return [_Made(_target(decl, contract.sig, e), until, kinds) for e, until in fresh]


def _protections(made: list[_Made], index: dict[str, int]) -> dict[str, set[int]]:
    """For each resource the facts that its borrows can rest on."""
    found: dict[str, set[int]] = {}
    for m in made:
        found.setdefault(m.target, set()).update(index[u] for u in m.until if u in index)
    return found


def _owners(made: list[_Made]) -> dict[str, set[str]]:
    """For each resource the resources that can lend it for their own lifetime."""
    found: dict[str, set[str]] = {}
    for m in made:
        found.setdefault(m.target, set()).update(m.kinds[u] for u in m.until if u in m.kinds)
    return found


def _points(decl: Declarations, nodes: list[Nodes]) -> tuple[int, ...]:
    """The integers that the function or a contract names, 0, and what becomes one: the members of enums, and truth.

    A truth is compared with integers as 1.
    """
    points = {0}
    enums = {n.name for tree in nodes for n in tree[code.Type] if n.name in decl.enums}
    points.update(decl.constants[m] for e in enums for m in decl.enums[e].members)
    for tree in nodes:
        asked = [*(x for n in tree[code.Compare] for x in (n.left, n.right)), *(n.value for n in tree[ast.PlaceTest])]
        points.update({1} if any(isinstance(x, code.Bool) for x in asked) else ())
        points.update([constant(decl, n) for n in _named(tree)])
        named = (n.name for n in (*tree[code.Name], *tree[ast.EffectPlace]))
        points.update([decl.constants[name] for name in named if name in decl.constants])
    return tuple(sorted(points))


def _named(tree: Nodes) -> list[code.Int | code.Errno]:
    """The numbers that a tree names, but what is calculated with and too large to be told apart from its neighbours."""
    operators = (*tree[code.Compare], *tree[code.Arithmetic])
    operands = [x for n in operators for x in (n.left, n.right)] + [n.arg for n in tree[code.Prefix]]
    free = {id(x) for x in operands if isinstance(x, code.Int) and not LEAST < x.value < MOST}
    # `-x` of a variable looks like an error code; what is none is said where it is read.
    return [n for n in tree[code.Int] if id(n) not in free and not (isinstance(n, code.Errno) and n.name not in ERRNO)]


def _representatives(points: tuple[int, ...]) -> tuple[int, ...]:
    """One integer for every class that no comparison with the points can split."""
    between = [a + 1 for a, b in pairwise(points) if b - a > 1]
    return tuple(sorted({*points, *between, points[0] - 1, points[-1] + 1}))
