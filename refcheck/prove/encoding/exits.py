"""The exit obligation as SMT terms: which promises fit, narrowed as the reference semantics narrows them."""

from collections.abc import Callable

from refcheck.graph.cfg import (
    BITS,
    CONSUMED,
    EMPTY,
    NOREF,
    REFS,
    RELEASED,
    REPORTED,
    UNINIT,
    WHY,
    OutValue,
    Promise,
    RefChange,
    SlotChange,
    ValueIs,
    slot_index,
)
from refcheck.prove.encoding.smt import Term, among, compare, conj, disj, eq, every, ite, neg, plus, positive, some
from refcheck.prove.encoding.terms import Sym

Fit = tuple[Promise, Term]


def encode_exit(sym: Sym, result: int) -> None:
    """Report what no promise allows, then clear the state.

    A promise that is out by constants is not looked at further: most of them, where the state is known.
    """
    unset = eq(sym.cells[result], UNINIT) if result >= 0 else False
    sym.report("bad-pointer", unset)
    live = _those(sym, [(p, neg(unset)) for p in sym.cfg.promises], ghost)
    fits = _those(sym, live, lambda sym, p: _value(sym, p.result, result))
    level = _those(sym, fits, _contexts)
    some_fit, some_level = _one_of(sym, fits), _one_of(sym, level)
    sym.report("broken-contract", conj(neg(unset), neg(some_fit)))
    sym.report("unbalanced-context", conj(some_fit, neg(some_level)))
    sound = _borrows(sym, _references(sym, level, some_level, result), result)
    done = _those(sym, _those(sym, sound, _slots), _outs)
    sym.report("broken-contract", conj(_one_of(sym, sound), neg(_one_of(sym, done))))
    _clear(sym)


def _those(sym: Sym, promises: list[Fit], fits: Callable[[Sym, Promise], Term]) -> list[Fit]:
    """The promises that fit in one more way, each with the condition under which it does."""
    found: list[Fit] = []
    for p, so_far in promises:
        both = conj(so_far, fits(sym, p))
        if both is not False:
            found.append((p, sym.script.name(both)))
    return found


def _one_of(sym: Sym, promises: list[Fit]) -> Term:
    return sym.script.name(some([t for _, t in promises]))


def _references(sym: Sym, level: list[Fit], some_level: Term, result: int) -> list[Fit]:
    """The promises that account for every reference; reports where none does."""
    off = [_counts(sym, p, result) for p, _ in level]
    exact = [
        (p, sym.script.name(conj(v, every(disj(neg(e), eq(d, 0)) for e, d in ds))))
        for (p, v), ds in zip(level, off, strict=True)
    ]
    astray = sym.script.name(conj(some_level, neg(_one_of(sym, exact))))
    if astray is not False:
        over = sym.script.name(every(
            disj(neg(v), some(conj(e, positive(d)) for e, d in ds)) for (_, v), ds in zip(level, off, strict=True)
        ))  # fmt: skip
        held = some(v for p, v in level if p.result.kind == "hold")
        borrowed = sym.script.name(conj(neg(over), held, eq(_held(sym, result), 0))) if result >= 0 else False
        sym.report("leaked-ref", conj(astray, over))
        sym.report("noref-escape", conj(astray, borrowed))
        sym.report("broken-contract", conj(astray, neg(over), neg(borrowed)))
    return [(p, e) for p, e in exact if e is not False]


def _borrows(sym: Sym, exact: list[Fit], result: int) -> list[Fit]:
    """The promises whose returned and stored borrows are protected; reports where none is, as the first one says."""
    bad = [_bad_borrow(sym, p, result) for p, _ in exact]
    if not any(bad):
        return exact
    sound = [(p, sym.script.name(conj(e, neg(disj(*b.values()))))) for (p, e), b in zip(exact, bad, strict=True)]
    all_bad = sym.script.name(conj(_one_of(sym, exact), neg(_one_of(sym, sound))))
    earlier: Term = False
    for (_, e), b in zip(exact, bad, strict=True):
        first = conj(all_bad, e, neg(earlier))
        for prop, when in b.items():
            sym.report(prop, conj(first, when))
        earlier = sym.script.name(disj(earlier, e))
    return [(p, s) for p, s in sound if s is not False]


def _clear(sym: Sym) -> None:
    sym.cells = [UNINIT] * len(sym.cells)
    sym.contexts = [0] * len(sym.contexts)
    sym.exists = [[False] * len(pool) for pool in sym.exists]
    sym.pools = [[[0] * len(f) for f in pool] for pool in sym.pools]


def ghost(sym: Sym, p: Promise | RefChange | SlotChange | OutValue) -> Term:
    """The condition of a promise, or of a part of it; ghost cells are always written."""
    return sym.condition(p.cond, False)[0]


def _value(sym: Sym, want: ValueIs, cell: int) -> Term:
    if want.kind == "optional":
        return True
    if want.kind == "void" or cell < 0:
        return want.kind == "void" and cell < 0
    v = sym.cells[cell]
    match want.kind:
        case "values":
            return among(v, want.values)
        case "alias":
            return eq(v, sym.cells[want.cell])
        case "unwritten":
            return eq(v, UNINIT)
        case "slot":
            r = sym.cfg.cells[want.cell].resource
            at = slot_index(sym.cfg.resources[r], want.slot)
            return disj(*(conj(s, eq(v, sym.pools[r][i][at + 1])) for i, s in sym.select(want.cell, True)))
        case "whatever":
            return neg(eq(v, UNINIT))
        case _:
            return conj(positive(v), compare("<", v, UNINIT))


def _contexts(sym: Sym, p: Promise) -> Term:
    deltas, parts = dict(p.contexts), list[Term]()
    for c, level in enumerate(sym.contexts):
        floor_cell, dip = sym.cfg.floor_cells[c], sym.cfg.dip_cells[c]
        floor: Term = sym.cfg.floor[c] if floor_cell < 0 else sym.cells[floor_cell]
        parts.append(eq(level, plus(floor, deltas.get(c, 0))))
        if dip >= 0 and c not in p.leaves:
            parts.append(neg(eq(sym.cells[dip], 1)))
    return every(parts)


def _handed_back(sym: Sym, p: Promise, result: int) -> list[tuple[int, int, ValueIs, Term]]:
    """The pointers that go back to the caller: (cell, its resource, what it must be, whether it does)."""
    cells = sym.cfg.cells
    found: list[tuple[int, ValueIs, Term]] = [(result, p.result, True)]
    found += [(o.cell, o.value, ghost(sym, o)) for o in p.outs]
    return [(c, cells[c].resource, want, when) for c, want, when in found if c >= 0 and cells[c].kind == "ptr"]


def _counts(sym: Sym, p: Promise, result: int) -> list[tuple[Term, Term]]:
    """For each object (it exists, its references less the promised ones)."""
    changes = [(sym.cfg.cells[c.cell].resource, c, ghost(sym, c)) for c in p.refs]
    back = _handed_back(sym, p, result)
    found: list[tuple[Term, Term]] = []
    for r, i in sym.objects:
        expected = [ite(conj(eq(sym.cells[c.cell], i + 1), when), c.held, 0) for k, c, when in changes if k == r]
        all_of_it: list[Term] = []
        for cell, k, want, when in back:
            if k == r and want.kind in ("hold", "whatever", "optional"):
                here = conj(when, eq(sym.cells[cell], i + 1))
                if want.kind == "hold":
                    expected.append(ite(here, 1, 0))
                else:
                    all_of_it.append(here)
        total = plus(*expected)
        minus = -total if isinstance(total, int) else f"(- {total})"
        off = ite(disj(*all_of_it), 0, plus(sym.pools[r][i][REFS], minus))
        found.append((sym.exists[r][i], sym.script.name(off, "Int")))
    return found


def _held(sym: Sym, cell: int) -> Term:
    """References on the object that a cell names, 0 if it names none."""
    held: Term = 0
    if sym.cfg.cells[cell].kind != "ptr":
        return held
    for i, s in sym.select(cell, True):
        held = ite(s, sym.pools[sym.cfg.cells[cell].resource][i][REFS], held)
    return held


def _bad_borrow(sym: Sym, p: Promise, result: int) -> dict[str, Term]:
    """For each property when a returned or stored borrow breaks it."""
    found: dict[str, list[Term]] = {}
    for cell, r, want, when in _handed_back(sym, p, result):
        if want.kind not in ("borrow", "whatever", "slot"):
            continue
        resource = sym.cfg.resources[r]
        for i, s in sym.select(cell, when):
            f = sym.pools[r][i]
            calm = conj(s, neg(eq(f[WHY], REPORTED)))
            dead = sym.script.name(conj(calm, neg(sym.alive(r, i))))
            wrong = [
                ("use-after-release", conj(dead, eq(f[WHY], RELEASED))),
                ("use-after-consume", conj(dead, eq(f[WHY], CONSUMED))),
                ("noref-escape", conj(dead, neg(eq(f[WHY], RELEASED)), neg(eq(f[WHY], CONSUMED)))),
            ]
            for fact in want.facts:
                if fact != resource.freed_after:
                    bit = f[BITS + resource.facts.index(fact)]
                    wrong.append(("noref-escape", conj(calm, neg(dead), sym.fact(fact), neg(eq(bit, 1)))))
            for prop, term in wrong:
                if term is not False:
                    found.setdefault(prop, []).append(term)
    return {prop: sym.script.name(some(terms)) for prop, terms in found.items()}


def _slots(sym: Sym, p: Promise) -> Term:
    asked = [(neg(ghost(sym, change)), change) for change in p.slots]
    return every(disj(no, _slot_fits(sym, change)) for no, change in asked if no is not True)


def _slot_fits(sym: Sym, change: SlotChange) -> Term:
    r = sym.cfg.cells[change.cell].resource
    at = slot_index(sym.cfg.resources[r], change.slot)
    parts: list[Term] = []
    for i, s in sym.select(change.cell, True):
        f = sym.pools[r][i]
        fits = eq(f[at], change.mode)
        if change.mode == NOREF and fits is not False:
            content = sym.cfg.resources[r].slots[change.slot].target
            living = [conj(eq(f[at + 1], j + 1), sym.alive(content, j)) for j in range(len(sym.pools[content]))]
            fits = conj(fits, disj(*living))
        if change.mode != EMPTY and change.target >= 0:
            fits = conj(fits, eq(f[at + 1], sym.cells[change.target]))
        parts.append(True if fits is True else disj(neg(s), neg(sym.alive(r, i)), fits))
    return conj(*parts)


def _outs(sym: Sym, p: Promise) -> Term:
    return every(disj(neg(ghost(sym, o)), _value(sym, o.value, o.cell)) for o in p.outs)
