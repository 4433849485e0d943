# SPDX-License-Identifier: GPL-2.0-only
"""Which argument of a C call is which parameter of a contract: by name against the prototype, else by type and order."""

from refcheck.c import tree as c
from refcheck.slice.kinds import CKinds, Kind
from refcheck.slice.unread import UnreadError
from refcheck.syntax import ast


def positions(
    kinds: CKinds, contract: ast.ContractDef, prototype: c.CFunction | None, given: tuple[c.CType | None, ...],
    call: c.CallExpr,
) -> dict[str, int]:  # fmt: skip
    """The position of the C argument for each parameter of a contract.

    `given` has the types of the arguments, which tell where there is no prototype.  UnreadError where they do not fit.
    """
    params = contract.sig.params
    if not params:
        return {}
    if prototype is not None and prototype.params:
        names = [p.name for p in prototype.params]
        found = {p.name: names.index(p.name) for p in params if p.name in names}
        types: tuple[c.CType | None, ...] = tuple(p.type for p in prototype.params)
    else:
        found, types = {}, given
    missing = [p for p in params if p.name not in found]
    for kind in dict.fromkeys((p.type.name, p.type.pointer) for p in missing):
        want = [p for p in missing if (p.type.name, p.type.pointer) == kind]
        have = [i for i, t in enumerate(types) if i not in found.values() and _fits(kinds, t, *kind)]
        if prototype is None and len(have) < len(want) and all("__nullable" in p.attrs for p in want):
            free = [(i, a) for i, a in enumerate(call.args) if i not in found.values()]
            have += [i for i, a in free if isinstance(a, c.Id) and a.name == "NULL"]
        if len(have) < len(want):
            text = f"`{contract.sig.name}` has no parameter for `{want[len(have)].name}` of its contract"
            raise UnreadError(text, call.span)
        found |= {p.name: i for p, i in zip(want, have, strict=False)}
    if any(i >= len(call.args) for i in found.values()):
        raise UnreadError(f"`{contract.sig.name}` is called with fewer arguments than its contract has", call.span)
    return found


def _fits(kinds: CKinds, t: c.CType | None, name: str, pointer: bool) -> bool:
    kind = kinds.of(t)
    if kind.name in kinds.containers and name != kind.name:
        kind = Kind("pointer", "int")
    if name in ("int", "bool"):
        return kind.how == "pointer" if pointer else kind.how in ("scalar", "pointer")
    return kind.name == name and kind.how == ("out" if pointer else "resource")
