"""What a contract says of its parameters, whoever calls it: worked out once for all calls in a unit."""

from refcheck.base.named import NamedTuple
from refcheck.syntax import ast
from refcheck.unit.declare import Declarations

GIVING = ("release", "consume", "queue")
LOSES, LEAVES = 1, 2


class Told(NamedTuple):
    """One outcome: the parameters that it gives away and moves, and its effects that end a protection or empty a slot.

    `ends` says whether it has effects of that kind, on its result too.  `ranks` and `order` say in which order callers take
    its effects: by rank, then as they are written.
    """

    gives: frozenset[str]
    moves: frozenset[str]
    losing: tuple[ast.Effect, ...]
    ends: bool
    ranks: tuple[int, ...]
    order: tuple[int, ...]


class Traits:
    """One contract: whether it is a lock, the parameters whose objects it touches, those that every outcome gives away.

    A lock has no body here, and enters and leaves contexts without looking at anything.
    """

    def __init__(self, decl: Declarations, contract: ast.ContractDef) -> None:
        effects = [e for o in contract.outcomes for e in o.effects]
        known = contract.sig.name in decl.functions
        given = [gives(o) for o in contract.outcomes]
        self.contract = contract
        self.kinds = {p.name: p for p in contract.sig.params}
        self.is_lock = not known and bool(effects) and all(e.verb in ("enter", "leave") for e in effects)
        self.touched = frozenset(e.place.name for e in effects if e.place and e.verb != "set")
        self.given = given[0].intersection(*given) if given else frozenset[str]()
        self._told: dict[int, Told] = {}
        self._lost: dict[tuple[str, str], bool] = {}

    def told(self, outcome: ast.Outcome) -> Told:
        """What one of its outcomes says."""
        found = self._told.get(id(outcome))
        if found is None:
            found = self._told[id(outcome)] = _told(outcome)
        return found

    def loses(self, param: str, slot: str) -> bool:
        """Every outcome ends what the slot of a parameter held, and none asks what that is.

        Callers need not show that the content is good; a body has to take it for ended.
        """
        found = self._lost.get((param, slot))
        if found is None:
            found = self._lost[param, slot] = _loses_slot(self.contract, param, slot)
        return found


def traits_of(decl: Declarations, contract: ast.ContractDef) -> Traits:
    """The traits of a contract of the unit."""
    found = decl.memo.traits.get(id(contract))
    if found is None:
        found = decl.memo.traits[id(contract)] = Traits(decl, contract)
    assert isinstance(found, Traits)
    return found


def gives(outcome: ast.Outcome) -> frozenset[str]:
    """The parameters that an outcome releases, consumes or queues."""
    return frozenset(e.place.name for e in outcome.effects if e.verb in GIVING and e.place and not e.place.slot)


def _told(outcome: ast.Outcome) -> Told:
    effects, given = outcome.effects, gives(outcome)
    moves = frozenset(e.value.place.name for e in effects if isinstance(e.value, ast.FromPlace) and e.value.how == "move")
    ranks, left = [], False
    for e in effects:
        rank = order(e)
        if e.verb == "use" and e.place and left:
            # What is touched behind a `leave` is kept by the reference that is given away, or must survive the section.
            rank = 0 if e.place.name in given else LEAVES
        ranks.append(rank)
        left = left or e.verb == "leave"
    losing = tuple(e for e in effects if order(e) == LOSES)
    ends = any(e.verb in (*GIVING, "drop") for e in effects)
    return Told(given, moves, losing, ends, tuple(ranks), tuple(sorted(range(len(ranks)), key=ranks.__getitem__)))


def order(e: ast.Effect) -> int:
    """Uses, then what ends a protection, leaves, enters, the rest, the value, and what is said of `result`."""
    if e.verb == "return":
        return 5
    if e.place is not None and e.place.name == "result":
        return 6
    return _RANKS.get(e.verb, 4)


_RANKS = {"use": 0, "release": LOSES, "consume": LOSES, "queue": LOSES, "drop": LOSES, "leave": LEAVES, "enter": 3}


def _loses_slot(contract: ast.ContractDef, param: str, slot: str) -> bool:
    def ends(e: ast.Effect) -> bool:
        here = e.when is None and e.place is not None and e.place.name == param
        return here and e.place is not None and (
            (e.place.slot == slot and e.verb in ("set", "drop", "release")) or (e.place.slot is None and e.verb == "release")
        )

    def reads(e: ast.Effect) -> bool:
        source = e.value.place if isinstance(e.value, ast.FromPlace) else None
        asked = e.place if e.verb in ("use", "try_hold") else None
        return any(p is not None and (p.name, p.slot) == (param, slot) for p in (source, asked))

    effects = [o.effects for o in contract.outcomes]
    return bool(effects) and all(any(map(ends, es)) and not any(map(reads, es)) for es in effects)
