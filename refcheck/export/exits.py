# SPDX-License-Identifier: GPL-2.0-only
"""What a function owes at its exit, as assertions: the counterpart of refcheck/meaning/exits.py.

The promises are narrowed step by step, and each step is kept in variables, one per promise.
"""

from refcheck.export.conditions import evaluate
from refcheck.export.objects import TOUCHED, alive, fact
from refcheck.export.plain import both, either, negate
from refcheck.export.scene import Key, Scene
from refcheck.graph import ops
from refcheck.graph.cfg import EMPTY, NOREF, UNINIT, Promise, RefChange, SlotChange, ValueIs
from refcheck.meaning.state import REPORTED

Objects = list[tuple[int, int]]


def leave_function(s: Scene, result: int) -> None:
    """Assert that some promise of the contract allows the state, and say what breaks where none does."""
    if result >= 0:
        none = s.eq(("cell", result), UNINIT)
        s.claim("bad-pointer", negate(none), "the result is unwritten", ends=True)
        s.branch(none, lambda: None, lambda: _narrow(s, result))
    else:
        _narrow(s, result)
    s.lost.clear()


def _ghost(s: Scene, cond: ops.Cond) -> str:
    return evaluate(s, cond)[0]


def _narrow(s: Scene, result: int) -> None:
    promises = s.cfg.promises
    fits = [s.keep(both(_ghost(s, p.cond), _value_fits(s, p.result, result))) for p in promises]
    s.claim("broken-contract", either(*fits), "no outcome has this result")
    level = [s.keep(both(c, _contexts_fit(s, p))) for c, p in zip(fits, promises, strict=True)]
    s.claim("unbalanced-context", either(negate(either(*fits)), *level), "a context is left at another level")
    left = _references(s, level, result)
    some = either(*left)
    kept = [s.keep(both(c, _slots_fit(s, p))) for c, p in zip(left, promises, strict=True)]
    s.claim("broken-contract", either(negate(some), *kept), "a slot is left as no outcome says")
    outs = [both(c, _outs_fit(s, p)) for c, p in zip(kept, promises, strict=True)]
    s.claim("broken-contract", either(negate(either(*kept)), *outs), "an out-parameter is left as no outcome says")


# ---------------------------------------------------------------------------------------------- values
def _objects_of(s: Scene, cell: int) -> list[int]:
    return sorted(v for v in s.get(("cell", cell)) if 0 < v < UNINIT)


def _value_fits(s: Scene, want: ValueIs, cell: int) -> str:
    if want.kind == "optional":
        return "1"
    if want.kind == "void" or cell < 0:
        return "1" if want.kind == "void" and cell < 0 else "0"
    key: Key = ("cell", cell)
    match want.kind:
        case "values":
            return s.among(key, want.values)
        case "alias":
            return s.same(key, ("cell", want.cell))
        case "unwritten":
            return s.eq(key, UNINIT)
        case "slot":
            return _is_content(s, key, want)
        case "whatever":
            return negate(s.eq(key, UNINIT))
        case _:
            return s.among(key, [v for v in s.get(key) if 0 < v < UNINIT])


def _is_content(s: Scene, key: Key, want: ValueIs) -> str:
    """The value is what the slot of the object behind `want.cell` names; where there is no object, no value is."""
    kind, objects = s.cfg.cells[want.cell].resource, _objects_of(s, want.cell)
    named = [both(s.eq(("cell", want.cell), m), s.same(key, ("content", kind, m, want.slot))) for m in objects]
    return either(*named)


def _outs_fit(s: Scene, promise: Promise) -> str:
    return both(*(either(negate(_ghost(s, o.cond)), _value_fits(s, o.value, o.cell)) for o in promise.outs))


# ---------------------------------------------------------------------------------------------- contexts
def _contexts_fit(s: Scene, promise: Promise) -> str:
    cfg, deltas, found = s.cfg, dict(promise.contexts), []
    for c in range(len(cfg.contexts)):
        level: Key = ("level", c)
        delta, cell, dip = deltas.get(c, 0), cfg.floor_cells[c], cfg.dip_cells[c]
        if cell < 0:
            found.append(s.eq(level, cfg.floor[c] + delta))
        else:
            found.append(f"{s.var(level)} == {s.var(('cell', cell))} + {delta}" if delta else s.same(level, ("cell", cell)))
        if dip >= 0 and c not in promise.leaves:
            found.append(negate(s.eq(("cell", dip), 1)))
    return both(*found)


# ---------------------------------------------------------------------------------------------- references
def _results(promise: Promise, result: int) -> list[tuple[int, ValueIs, ops.Cond | None]]:
    """The cells that go back to the caller, what each must be, and under which condition."""
    return [(result, promise.result, None), *((o.cell, o.value, o.cond) for o in promise.outs)]


def _changes(s: Scene, change: RefChange, kind: int, r: int) -> str:
    if s.cfg.cells[change.cell].resource != kind:
        return "0"
    return both(s.eq(("cell", change.cell), r), _ghost(s, change.cond))


def _balance(s: Scene, promise: Promise, result: int, kind: int, r: int) -> tuple[str, str, str]:
    """(exact, over, under): the references that are held on the object, against those that the promise leaves there."""
    terms = [(c.held, _changes(s, c, kind, r)) for c in promise.refs if c.held]
    free, after = "0", list[tuple[int, str]]()
    for cell, want, cond in _results(promise, result):
        if cell < 0 or s.cfg.cells[cell].kind != "ptr" or s.cfg.cells[cell].resource != kind:
            continue
        here = both(s.eq(("cell", cell), r), _ghost(s, cond) if cond is not None else "1")
        if want.kind in ("whatever", "optional"):
            free, terms, after = either(free, here), terms + after, []
        elif want.kind == "hold":
            after.append((1, here))
    held, extra = _compare(s, ("refs", kind, r), terms + after), _sum(after)
    none_more = "1" if extra == "0" else f"{extra} == 0"
    exact = either(both(free, none_more), both(negate(free), held[0]))
    under = either(both(free, negate(none_more)), both(negate(free), held[2]))
    return exact, both(negate(free), held[1]), under


def _sum(terms: list[tuple[int, str]]) -> str:
    fixed = sum(n for n, c in terms if c == "1")
    parts = [f"({c})" if n == 1 else f"{n} * ({c})" for n, c in terms if c not in ("0", "1") for n in (n,)]
    return " + ".join([*parts, *([str(fixed)] if fixed or not parts else [])])


def _compare(s: Scene, refs: Key, terms: list[tuple[int, str]]) -> tuple[str, str, str]:
    """refs == sum, refs > sum, refs < sum."""
    total = _sum(terms)
    if not total.isdigit():
        name = s.var(refs)
        return f"{name} == {total}", f"{name} > {total}", f"{name} < {total}"
    n, name = int(total), s.var(refs) if s.get(refs) != {0} else "0"
    if name == "0":
        return ("1" if n == 0 else "0"), "0", ("1" if n > 0 else "0")
    return f"{name} == {n}", f"{name} > {n}", f"{name} < {n}"


def _references(s: Scene, level: list[str], result: int) -> list[str]:
    """The promises that account for every reference and whose returned borrows are protected; asserts that there is one."""
    objects: Objects = [(k, r) for k in range(len(s.count)) for r in s.registers(k)]
    exact, over = [], []
    for c, p in zip(level, s.cfg.promises, strict=True):
        parts = [_balance(s, p, result, k, r) for k, r in objects] if c != "0" else []
        exact.append(s.keep(both(c, *(x for x, _, _ in parts))))
        over.append(either(negate(c), *(y for _, y, _ in parts)))
    none = both(either(*level), negate(either(*exact)))
    leaked = s.keep(both(none, *over))
    s.claim("leaked-ref", negate(leaked), "a reference is held at the exit")
    wanted = either(*(c for c, p in zip(level, s.cfg.promises, strict=True) if p.result.kind == "hold"))
    owned = both(none, negate(leaked), wanted, _not_held(s, result)) if result >= 0 else "0"
    s.claim("noref-escape", negate(owned), "a borrow is returned as a reference")
    s.claim("broken-contract", negate(both(none, negate(leaked), negate(owned))), "too many references are given away")
    return _protected(s, exact, result)


def _not_held(s: Scene, cell: int) -> str:
    """No reference is held on what the cell names."""
    kind = s.cfg.cells[cell].resource
    if s.cfg.cells[cell].kind != "ptr":
        return "1"
    held = [both(s.eq(("cell", cell), r), s.some(("refs", kind, r))) for r in _objects_of(s, cell)]
    return negate(either(*held))


def _protected(s: Scene, exact: list[str], result: int) -> list[str]:
    bad = [_bad_borrow(s, p, result) if c != "0" else {} for c, p in zip(exact, s.cfg.promises, strict=True)]
    left = [s.keep(both(c, negate(either(*b.values())))) for c, b in zip(exact, bad, strict=True)]
    none, before = negate(either(*left)), list[str]()
    for c, b in zip(exact, bad, strict=True):
        for prop, cond in b.items():
            first = both(c, *(negate(x) for x in before))
            s.claim(prop, negate(both(none, first, cond)), "a borrow that has no protection is returned")
        before.append(c)
    return left


def _bad_borrow(s: Scene, promise: Promise, result: int) -> dict[str, str]:
    """For each property when a returned or stored borrow breaks it; the first that is found counts."""
    found: dict[str, str] = {}
    for cell, want, cond in _results(promise, result):
        if cell < 0 or s.cfg.cells[cell].kind != "ptr" or want.kind not in ("borrow", "whatever", "slot"):
            continue
        kind = s.cfg.cells[cell].resource
        here = both(_ghost(s, cond) if cond is not None else "1", negate(either(*found.values())))
        for r in _objects_of(s, cell):
            why = ("why", kind, r)
            this = both(here, s.eq(("cell", cell), r), negate(s.eq(why, REPORTED)))
            lives = alive(s, kind, r)
            named = [s.eq(why, 1), s.eq(why, 2)]
            dead = [*named, negate(either(*named))]
            for prop, c in zip(TOUCHED, dead, strict=True):
                found[prop] = either(found.get(prop, "0"), both(this, negate(lives), c))
            found[TOUCHED[2]] = either(found[TOUCHED[2]], both(this, lives, _outlives(s, want, kind, r)))
    return {p: c for p, c in found.items() if c != "0"}


def _outlives(s: Scene, want: ValueIs, kind: int, r: int) -> str:
    """A section of the caller is not one in which the object was borrowed."""
    resource = s.cfg.resources[kind]
    return either(*(
        both(fact(s, f), negate(s.some(("bit", kind, r, resource.facts.index(f)))))
        for f in want.facts
        if f != resource.freed_after
    ))  # fmt: skip


# ---------------------------------------------------------------------------------------------- slots
def _slots_fit(s: Scene, promise: Promise) -> str:
    return both(*(either(negate(_ghost(s, c.cond)), _slot_fits(s, c)) for c in promise.slots))


def _slot_fits(s: Scene, change: SlotChange) -> str:
    kind = s.cfg.cells[change.cell].resource
    target = s.cfg.resources[kind].slots[change.slot].target
    bad = []
    for m in _objects_of(s, change.cell):
        at = (kind, m, change.slot)
        content: Key = ("content", *at)
        good = s.eq(("mode", *at), change.mode)
        if change.mode == NOREF:
            lives = [both(s.eq(content, c), alive(s, target, c)) for c in sorted(s.get(content)) if c]
            good = both(good, either(*lives))
        if change.mode != EMPTY and change.target >= 0:
            good = both(good, s.same(content, ("cell", change.target)))
        bad.append(both(s.eq(("cell", change.cell), m), alive(s, kind, m), negate(good)))
    return negate(either(*bad))
