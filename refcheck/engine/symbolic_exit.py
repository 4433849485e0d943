"""The exit obligation as SMT terms: which promises fit, narrowed as the reference semantics narrows them."""

from refcheck.engine.smt import Term, compare, conj, disj, eq, ite, neg, plus
from refcheck.engine.symbolic import Sym
from refcheck.program import (
    BITS,
    CONSUMED,
    EMPTY,
    NOREF,
    REFS,
    RELEASED,
    REPORTED,
    UNINIT,
    WHY,
    Promise,
    SlotChange,
    ValueIs,
    slot_index,
)  # fmt: skip


def encode_exit(sym: Sym, result: int) -> None:
    """Report what no promise allows, then clear the state."""
    name = sym.script.name
    written: Term = True
    if result >= 0:
        unset = eq(sym.cells[result], UNINIT)
        sym.report("bad-pointer", unset)
        written = neg(unset)
    promises = sym.cfg.promises
    fits = [name(conj(written, ghost(sym, p), _value(sym, p.result, result))) for p in promises]
    # What is False by constants is not looked at further: most promises, where the state is known.
    level = [f if f is False else name(conj(f, _contexts(sym, p))) for f, p in zip(fits, promises, strict=True)]
    off = [
        [] if v is False else [_count(sym, p, result, r, i) for r, i in sym.objects()]
        for v, p in zip(level, promises, strict=True)
    ]
    exact = [name(conj(v, *(conj_exists(sym, d) for d in ds))) for v, ds in zip(level, off, strict=True)]
    some_fit, some_level, some_exact = name(disj(*fits)), name(disj(*level)), name(disj(*exact))
    sym.report("broken-contract", conj(written, neg(some_fit)))
    sym.report("unbalanced-context", conj(some_fit, neg(some_level)))
    astray = name(conj(some_level, neg(some_exact)))
    over = conj(
        *(disj(neg(v), *(conj(e, compare(">", d, 0)) for e, d in ds)) for v, ds in zip(level, off, strict=True))
    )
    over = name(over)
    borrowed = conj(neg(over), disj(*(v for v, p in zip(level, promises, strict=True) if p.result.kind == "hold")))
    borrowed = name(conj(borrowed, eq(_held(sym, result), 0))) if result >= 0 else False
    sym.report("leaked-ref", conj(astray, over))
    sym.report("noref-escape", conj(astray, borrowed))
    sym.report("broken-contract", conj(astray, neg(over), neg(borrowed)))
    bad = [{} if e is False else _bad_borrow(sym, p, result) for e, p in zip(exact, promises, strict=True)]
    all_bad = name(conj(some_exact, *(disj(neg(e), disj(*b.values())) for e, b in zip(exact, bad, strict=True))))
    earlier: Term = False
    for e, b in zip(exact, bad, strict=True):
        first = conj(all_bad, e, neg(earlier))
        for prop, when in b.items():
            sym.report(prop, conj(first, when))
        earlier = name(disj(earlier, e))
    sound = [name(conj(e, neg(disj(*b.values())))) for e, b in zip(exact, bad, strict=True)]
    kept = [e if e is False else name(conj(e, _slots(sym, p))) for e, p in zip(sound, promises, strict=True)]
    some_kept = name(disj(*kept))
    sym.report("broken-contract", conj(some_exact, neg(all_bad), neg(some_kept)))
    done = disj(*(k if k is False else conj(k, _outs(sym, p)) for k, p in zip(kept, promises, strict=True)))
    sym.report("broken-contract", conj(some_kept, neg(done)))
    _clear(sym)


def _clear(sym: Sym) -> None:
    sym.cells = [UNINIT] * len(sym.cells)
    sym.contexts = [0] * len(sym.contexts)
    sym.exists = [[False] * len(pool) for pool in sym.exists]
    sym.pools = [[[0] * len(f) for f in pool] for pool in sym.pools]


def conj_exists(_sym: Sym, pair: tuple[Term, Term]) -> Term:
    """The object does not exist, or its count is as promised."""
    exists, off = pair
    return disj(neg(exists), eq(off, 0))


def ghost(sym: Sym, p: Promise) -> Term:
    """The condition of a promise; ghost cells are always written."""
    return sym.condition(p.cond, False)[0]


def _value(sym: Sym, want: ValueIs, cell: int) -> Term:
    if want.kind == "optional":
        return True
    if want.kind == "void" or cell < 0:
        return want.kind == "void" and cell < 0
    v = sym.cells[cell]
    match want.kind:
        case "values":
            return disj(*(eq(v, n) for n in want.values))
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
            return conj(compare(">", v, 0), compare("<", v, UNINIT))


def _contexts(sym: Sym, p: Promise) -> Term:
    deltas, parts = dict(p.contexts), list[Term]()
    for c, level in enumerate(sym.contexts):
        floor_cell, dip = sym.cfg.floor_cells[c], sym.cfg.dip_cells[c]
        floor: Term = sym.cfg.floor[c] if floor_cell < 0 else sym.cells[floor_cell]
        parts.append(eq(level, plus(floor, deltas.get(c, 0))))
        if dip >= 0 and c not in p.leaves:
            parts.append(neg(eq(sym.cells[dip], 1)))
    return conj(*parts)


def _count(sym: Sym, p: Promise, result: int, r: int, i: int) -> tuple[Term, Term]:
    """(the object exists, its references less the promised ones)."""
    refs = sym.pools[r][i][REFS]
    expected: list[Term] = []
    for change in p.refs:
        if sym.cfg.cells[change.cell].resource == r:
            here = conj(eq(sym.cells[change.cell], i + 1), sym.condition(change.cond, False)[0])
            expected.append(ite(here, change.held, 0))
    all_of_it: list[Term] = []
    pairs: list[tuple[int, ValueIs, Term]] = [(result, p.result, True)]
    pairs += [(o.cell, o.value, sym.condition(o.cond, False)[0]) for o in p.outs]
    for cell, want, when in pairs:
        if cell >= 0 and sym.cfg.cells[cell].kind == "ptr" and sym.cfg.cells[cell].resource == r:
            here = conj(when, eq(sym.cells[cell], i + 1))
            if want.kind == "hold":
                expected.append(ite(here, 1, 0))
            elif want.kind in ("whatever", "optional"):
                all_of_it.append(here)
    total = plus(*expected)
    minus = -total if isinstance(total, int) else f"(- {total})"
    off = ite(disj(*all_of_it), 0, plus(refs, minus))
    return sym.exists[r][i], sym.script.name(off, "Int")


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
    found: dict[str, list[Term]] = {"use-after-release": [], "use-after-consume": [], "noref-escape": []}
    pairs: list[tuple[int, ValueIs, Term]] = [(result, p.result, True)]
    pairs += [(o.cell, o.value, sym.condition(o.cond, False)[0]) for o in p.outs]
    for cell, want, when in pairs:
        if cell < 0 or sym.cfg.cells[cell].kind != "ptr" or want.kind not in ("borrow", "whatever", "slot"):
            continue
        r = sym.cfg.cells[cell].resource
        resource = sym.cfg.resources[r]
        for i, s in sym.select(cell, when):
            f = sym.pools[r][i]
            calm = conj(s, neg(eq(f[WHY], REPORTED)))
            dead = sym.script.name(conj(calm, neg(sym.alive(r, i))))
            found["use-after-release"].append(conj(dead, eq(f[WHY], RELEASED)))
            found["use-after-consume"].append(conj(dead, eq(f[WHY], CONSUMED)))
            found["noref-escape"].append(conj(dead, neg(eq(f[WHY], RELEASED)), neg(eq(f[WHY], CONSUMED))))
            for fact in want.facts:
                if fact != resource.freed_after:
                    bit = f[BITS + resource.facts.index(fact)]
                    found["noref-escape"].append(conj(calm, neg(dead), sym.fact(fact), neg(eq(bit, 1))))
    return {prop: sym.script.name(disj(*terms)) for prop, terms in found.items()}


def _slots(sym: Sym, p: Promise) -> Term:
    return conj(*(disj(neg(sym.condition(c.cond, False)[0]), _slot_fits(sym, c)) for c in p.slots))


def _slot_fits(sym: Sym, change: SlotChange) -> Term:
    r = sym.cfg.cells[change.cell].resource
    at = slot_index(sym.cfg.resources[r], change.slot)
    parts: list[Term] = []
    for i, s in sym.select(change.cell, True):
        f = sym.pools[r][i]
        fits = eq(f[at], change.mode)
        if change.mode == NOREF:
            content = sym.cfg.resources[r].slots[change.slot].target
            living = [conj(eq(f[at + 1], j + 1), sym.alive(content, j)) for j in range(len(sym.pools[content]))]
            fits = conj(fits, disj(*living))
        if change.mode != EMPTY and change.target >= 0:
            fits = conj(fits, eq(f[at + 1], sym.cells[change.target]))
        parts.append(disj(neg(s), neg(sym.alive(r, i)), fits))
    return conj(*parts)


def _outs(sym: Sym, p: Promise) -> Term:
    return conj(*(disj(neg(sym.condition(o.cond, False)[0]), _value(sym, o.value, o.cell)) for o in p.outs))
