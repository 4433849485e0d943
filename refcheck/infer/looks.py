# SPDX-License-Identifier: GPL-2.0-only
"""Functions that only look at what they are given: no contract is inferred of them, unless they take it for granted."""

from collections.abc import Container, Mapping

from refcheck.infer import surveyed
from refcheck.slice.effects import does_something, gives_or_moves
from refcheck.slice.emit import Setting
from refcheck.slice.facts import nodes
from refcheck.syntax import ast, code


def only_looks(
    setting: Setting, resources: Mapping[str, ast.ResourceDef], inferred: Container[str], f: ast.FunctionDef
) -> bool:  # fmt: skip
    """Nothing that a contract would speak of happens in the slice of a function; `inferred` ones say what they return."""
    if f.sig.result.name not in ("void", "int", "bool"):
        return False
    if any(p.type.pointer and p.type.name in resources for p in f.sig.params):
        return False
    made = setting.made
    for n in nodes(f.body):
        match n:
            case code.Field() | code.Assign(code.Deref()) | code.Guard():
                return False
            case code.Call(name) if name in made:
                if gives_or_moves(made[name]) and any(surveyed.owned(o) for o in made[name].outcomes):
                    return False
            case code.Call(name) if name in setting.contracts:
                contract = setting.contracts[name]
                if name in inferred or does_something(contract) or surveyed.slots_of(contract):
                    return False
            case _:
                pass
    return True


def takes_for_granted(resources: Mapping[str, ast.ResourceDef], f: ast.FunctionDef) -> bool:
    """A function looks at an object of which it does not ask whether it is there: callers have to bring it."""
    there = {p.name for p in f.sig.params if "__nullable" not in p.attrs and p.type.name in resources}
    used = (a for n in nodes(f.body) if isinstance(n, code.Call) and n.name == "use" for a in n.args)
    return any(isinstance(a, code.Name) and a.name in there for a in used)
