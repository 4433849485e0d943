# SPDX-License-Identifier: GPL-2.0-only
"""A contract that nobody calls, read as a call reads it, so that what is wrong with it need not wait for a caller."""

from refcheck.base.diagnostics import Diagnostic, InputError
from refcheck.lower.builder import Builder, Operand
from refcheck.lower.interface import Interface
from refcheck.lower.tables import build_tables
from refcheck.syntax import ast, code
from refcheck.unit.declare import Declarations


def tried(decl: Declarations, contract: ast.ContractDef) -> list[Diagnostic]:
    """What is wrong with the places, conditions and values of a contract, effect by effect."""
    sig = contract.sig
    caller = ast.FunctionDef(sig, None, code.Block((), sig.span), sig.span)
    try:
        b = Builder(build_tables(decl._replace(contracts={sig.name: contract}, functions={}), caller, None))
    except InputError as e:
        return e.diagnostics
    b.stack = (sig.name,)
    bind = {p.name: Operand(b.cell(p.name, p.type.name, "local"), 0, p.type.name) for p in sig.params}
    result = b.cell("the result", sig.result.name, "result") if sig.result.name != "void" else -1
    with b.keeping():
        Interface(b, contract, bind).checks()
    for o in contract.outcomes:
        with b.keeping():
            Interface(b, contract, bind).cond(o.when)
        for effect in o.effects:
            with b.keeping():
                Interface(b, contract, bind).operations(o._replace(effects=(effect,)), result)
    return b.diagnostics
