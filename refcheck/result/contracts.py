# SPDX-License-Identifier: GPL-2.0-only
"""The contracts that the calls of a function are taken by, as text: as the spec or model has them, or as they were made."""

from collections.abc import Mapping
from types import MappingProxyType

from refcheck.base.source import SourceFile
from refcheck.graph.cfg import CFG
from refcheck.result.places import place
from refcheck.result.record import CalledContract
from refcheck.slice.effects import does_something
from refcheck.syntax import ast, write
from refcheck.unit.declare import Declarations

DECLARED, INFERRED, SHOWN, ASSUMED = "declared", "inferred", "shown", "assumed"


def called_contracts(
    cfg: CFG, decl: Declarations, sources: Mapping[str, SourceFile], made: Mapping[str, str] = MappingProxyType({})
) -> tuple[CalledContract, ...]:  # fmt: skip
    """The contracts of all callees on the edges of a graph, in the order of their first calls.

    `made` says of those that no file has how they were come by; `sources` has the text of all files that have one.
    """
    calls: dict[str, set[int]] = {}
    for e in cfg.edges:
        if e.callee in decl.contracts:
            calls.setdefault(e.callee, set()).update([e.span.line] if e.span.path == cfg.span.path else [])
    found = []
    for name, at in sorted(calls.items(), key=lambda c: (min(c[1], default=0), c[0])):
        contract = decl.contracts[name]
        path, how = contract.span.path, made.get(name, DECLARED)
        if how == DECLARED and path in sources:
            body = decl.functions.get(name)  # has the contract, unless a spec has another one
            item = body if body is not None and body.span.path == path else contract
            text = declared_text(sources[path].lines(), item, with_comment=True)
        else:
            text = plain_text(contract) if does_something(contract) or how == INFERRED else ""
        sig = contract.sig
        found.append(CalledContract(name, how, text, place(sig.span), sig.sources, tuple(sorted(at))))
    return tuple(found)


def plain_text(contract: ast.ContractDef) -> str:
    """A contract without where it holds and what it was read from, in the style of `refcheck fmt`."""
    return write.contract(contract._replace(sig=contract.sig._replace(sources=(), entries=(), expects=())), in_spec=True)


def declared_text(lines: tuple[str, ...], item: ast.ModuleItem, with_comment: bool = False) -> str:
    """A declaration as it stands in the lines of its file, without a body; with the `//` lines right above it, if wanted."""
    first, last = item.span.line, item.span.end_line
    if isinstance(item, ast.FunctionDef):
        last = item.body.span.line - (item.body.span.line > item.sig.span.line)
    if with_comment:
        first -= len(comment_above(lines, first))
    return "\n".join(lines[first - 1 : last])


def comment_above(lines: tuple[str, ...], first: int) -> tuple[str, ...]:
    """The `//` lines right above a line; a headline (`// ----`) is about more than that."""
    above = first
    while above > 1 and lines[above - 2].startswith("//") and not lines[above - 2].startswith("// --"):
        above -= 1
    return lines[above - 1 : first - 1]
