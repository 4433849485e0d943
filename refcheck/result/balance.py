# SPDX-License-Identifier: GPL-2.0-only
"""Why nothing leaks and nothing is given back twice: what balances each reference, and where.

In: the graph of a function that is proved.  Out: each acquisition that some path makes, with all that ends it.  Every
reachable state is stepped by the reference semantics; an object keeps its number on a path, so that a reference can be
followed from the edge on which its count rises to the one on which it falls, goes into a slot, or leaves with the exit.
"""

from collections import defaultdict
from collections.abc import Iterator

from refcheck.base.named import NamedTuple
from refcheck.graph import ops
from refcheck.graph.cfg import CFG, UNINIT, Edge
from refcheck.meaning.heap import Allowed
from refcheck.meaning.state import State, Where, initial_state
from refcheck.meaning.step import step
from refcheck.result.describe import cell_name, names_object, object_of, shown_cells
from refcheck.result.places import place
from refcheck.result.record import HELD, Balance, BalanceEnd

_MOST_STATES = 20_000
_PathState = tuple[int, State]


class _Acquired(NamedTuple):
    """An acquisition: the edge, and the variable that names the object behind it."""

    edge: Edge
    name: str


class _StepTaken(NamedTuple):
    """A step between two states; `after` is None where the path ends with it."""

    before: _PathState
    edge: Edge
    after: _PathState | None


# For each object the acquisitions that its references may be from, with the branches that every path took since.
_HeldFrom = dict[Where, dict[_Acquired, frozenset[Edge]]]


def balances(cfg: CFG) -> tuple[Balance, ...]:
    """What balances each acquisition, in the order of the places; nothing where there are too many states to look at."""
    moves = _moves(cfg)
    if moves is None:
        return ()
    held = _followed(cfg, moves)
    ended: dict[_Acquired, dict[tuple[str, Edge], frozenset[Edge]]] = defaultdict(dict)
    for move in moves:
        for origin, how, taken in _ends(cfg, move, held.get(move.before, {})):
            key = (how, move.edge)
            ended[origin][key] = ended[origin].get(key, taken) & taken
    made = [_balance(cfg, origin, ends) for origin, ends in ended.items()]
    made += _borrowed(cfg, {m.edge.number: m.edge for m in moves})
    return tuple(sorted(dict.fromkeys(made), key=lambda b: (b.place.line, b.place.column, b.object, b.how)))


def _moves(cfg: CFG) -> list[_StepTaken] | None:
    """Every step from a reachable state; None where there are too many."""
    first = (cfg.start, initial_state(cfg))
    seen, todo, found = {first}, [first], list[_StepTaken]()
    out, allowed = cfg.out_edges(), Allowed()
    for node in todo:
        for edge in out[node[0]]:
            for state, _ in step(cfg, node[1], edge, allowed):
                after = (edge.dst, state) if state is not None else None
                found.append(_StepTaken(node, edge, after))
                if after is not None and after not in seen:
                    seen.add(after)
                    todo.append(after)
        if len(seen) > _MOST_STATES:
            return None
    return found


def _refs(state: State, at: Where) -> int:
    obj = object_of(state, at)
    return obj.refs if obj is not None else 0


def _counted(state: State) -> Iterator[tuple[Where, int]]:
    """The objects on which a state holds references, and how many."""
    for kind, pool in enumerate(state.pools):
        for n, obj in enumerate(pool, 1):
            if obj is not None and obj.refs > 0:
                yield (kind, n), obj.refs


def _followed(cfg: CFG, moves: list[_StepTaken]) -> dict[_PathState, _HeldFrom]:
    """What is held in each state, to the fixed point."""
    out: dict[_PathState, list[_StepTaken]] = defaultdict(list)
    for move in moves:
        out[move.before].append(move)
    held: dict[_PathState, _HeldFrom] = {moves[0].before: {}} if moves else {}
    todo = list(held)
    while todo:
        node = todo.pop()
        for move in out[node]:
            if move.after is None:
                continue
            new, old = _after(cfg, move, held[node]), held.get(move.after)
            joined = new if old is None else _joined(old, new)
            if joined != old:
                held[move.after] = joined
                todo.append(move.after)
    return held


def _joined(old: _HeldFrom, new: _HeldFrom) -> _HeldFrom:
    """What may be held where two paths meet: all acquisitions of both, and the branches that both took."""
    found = {at: dict(origins) for at, origins in old.items()}
    for at, origins in new.items():
        here = found.setdefault(at, {})
        for origin, taken in origins.items():
            here[origin] = here.get(origin, taken) & taken
    return found


def _after(cfg: CFG, move: _StepTaken, held: _HeldFrom) -> _HeldFrom:
    """What is held behind a step."""
    assert move.after is not None
    before, after, found = move.before[1], move.after[1], _HeldFrom()
    branch = frozenset({move.edge} if move.edge.kind in ("branch", "choice") else ())
    for at, refs in _counted(after):
        was = _refs(before, at)
        found[at] = {o: taken | branch for o, taken in held.get(at, {}).items()} if was else {}
        if refs > was:
            found[at][_Acquired(move.edge, _name(cfg, after, at))] = frozenset()
    return found


def _name(cfg: CFG, state: State, at: Where) -> str:
    """The variable that names an object; its resource where there is none."""
    for i in shown_cells(cfg):
        if cfg.cells[i].resource == at[0] and state.cells[i] == at[1] and names_object(cfg, i, state.cells[i]):
            return cell_name(cfg, i)
    return cfg.resources[at[0]].name


def _ends(cfg: CFG, move: _StepTaken, held: _HeldFrom) -> Iterator[tuple[_Acquired, str, frozenset[Edge]]]:
    """The acquisitions that a step ends, how, and the branches that were taken."""
    before, after = move.before[1], move.after[1] if move.after is not None else None
    exits = [op for op in ops.flat(move.edge.ops) if isinstance(op, ops.Exit)]
    for at, origins in held.items():
        was, now = _refs(before, at), _refs(after, at) if after is not None else 0
        if exits and was:
            result = exits[0].result
            sources = [op.src for op in ops.flat(move.edge.ops) if isinstance(op, ops.Copy) and op.cell == result >= 0]
            returned = any(cfg.cells[c].resource == at[0] and before.cells[c] == at[1] for c in sources)
            how = "returned" if returned else "left to the caller"
        elif now < was:
            how = _how(cfg, move.edge, before, at)
        else:
            continue
        yield from ((origin, how, taken) for origin, taken in origins.items())


def _how(cfg: CFG, edge: Edge, before: State, at: Where) -> str:
    """What an edge does to an object whose count it lowers."""
    by = f"{edge.callee}()" if edge.callee else f"`{edge.text}`"
    for op in ops.flat(edge.ops):
        match op:
            case ops.Consume(cell, queued=queued) if _names(cfg, before, cell, at):
                return f"{'queued' if queued else 'handed over'} by {by}" if queued else f"handed over to {by}"
            case ops.PutSlot(ptr, slot, True, src) if _names(cfg, before, src, at):
                field = cfg.resources[cfg.cells[ptr].resource].slots[slot].name
                return f"moved into {cell_name(cfg, ptr)}->{field} by {by}"
            case ops.Free(cell) if _names(cfg, before, cell, at):
                return f"freed by {by}"
            case _:
                pass
    return f"released by {by}"


def _names(cfg: CFG, state: State, cell: int, at: Where) -> bool:
    value = state.cells[cell]
    return cfg.cells[cell].resource == at[0] and (value == at[1] or value == UNINIT)  # what is bound on the edge


def _balance(cfg: CFG, origin: _Acquired, ends: dict[tuple[str, Edge], frozenset[Edge]]) -> Balance:
    """An acquisition and its ends, each with the branches that not all of them are behind."""
    edge, entry = origin.edge, origin.edge.kind == "entry"
    common = frozenset.intersection(*ends.values())
    found = []
    for (how, at), taken in ends.items():
        branches = tuple(e.text for e in sorted(taken - common, key=lambda e: e.number))
        found.append(BalanceEnd(how, place(at.span), at.line or None, branches))
    ordered = tuple(sorted(dict.fromkeys(found), key=lambda e: (e.place.line, e.place.column, e.how)))
    where = place(cfg.span if entry else edge.span)
    return Balance(origin.name, HELD, "came in" if entry else edge.text, where, edge.line or None, ordered)


def _borrowed(cfg: CFG, taken: dict[int, Edge]) -> list[Balance]:
    """Acquisitions that are borrows: nothing is to be given back."""
    found = []
    for edge in taken.values():
        for op in ops.flat(edge.ops):
            if isinstance(op, ops.New) and op.how in ("borrow", "owner") and cfg.cells[op.cell].role != "ghost":
                until = " | ".join(cfg.facts[f].name for f in op.facts) or cell_name(cfg, op.owner)
                name = cell_name(cfg, op.cell)
                found.append(Balance(name, f"borrowed until {until}", edge.text, place(edge.span), edge.line or None, ()))
    return found
