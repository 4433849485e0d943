# SPDX-License-Identifier: GPL-2.0-only
"""All mutants of a run: those of the functions of its models, and of the contracts that these rest on."""

from collections import Counter
from collections.abc import Iterator

from refcheck.base.source import Span
from refcheck.lower.tables import reachable
from refcheck.mutation import bodies, contracts
from refcheck.mutation.judge import LoadedModel
from refcheck.mutation.trees import Mutant, Text, plain
from refcheck.syntax import ast


def mutants(models: list[LoadedModel], operators: frozenset[str], functions: frozenset[str]) -> list[Mutant]:
    """The mutants of all models, by file, in the order of the text; empty sets mean all.

    A function that stands in several models, with all that it rests on, is mutated in the first.
    """
    found: dict[tuple[str, str], Mutant] = {}
    same: set[object] = set()
    for model in models:
        used = {n for names in model.rests.values() for n in names}
        for module in model.unit.modules:
            for number, item in enumerate(module.items):
                if not isinstance(item, ast.FunctionDef | ast.ContractDef) or item.sig.name not in used:
                    continue
                if functions and item.sig.name not in functions:
                    continue
                if isinstance(item, ast.FunctionDef):
                    meaning = _meaning(model, item)
                    if meaning in same:
                        continue
                    same.add(meaning)
                text = Text(model.unit.sources[module.path])
                for m in _of_item(model, module.path, number, item, text):
                    if not operators or m.operator in operators:
                        found.setdefault((m.file, m.name), m)
    return sorted(found.values(), key=lambda m: m.file)


def _meaning(model: LoadedModel, item: ast.FunctionDef) -> object:
    """What a function and all that it rests on say; a copy of it in another model has the same mutants."""
    trees = [t for t in reachable(model.decl, item) if isinstance(t, ast.FunctionDef | ast.ContractDef)]
    rest = (t._replace(sig=t.sig._replace(expects=())) for t in trees)
    return plain(item), frozenset(map(plain, rest))


def _of_item(
    model: LoadedModel, file: str, number: int, item: ast.FunctionDef | ast.ContractDef, text: Text
) -> Iterator[Mutant]:
    seen: Counter[tuple[str, str]] = Counter()
    name = item.sig.name

    def named(
        change: bodies.BodyChange | contracts.ContractChange, of_contract: bool, new: contracts.WithContract, span: Span
    ) -> Mutant:
        seen[change.operator, change.anchor] += 1
        nth = seen[change.operator, change.anchor]
        return Mutant(file, name, change.operator, change.anchor, nth, of_contract, number, new, change.edits, span)

    contract = model.decl.contracts.get(name)
    if contract is None or contract.sig is item.sig:
        for c in contracts.Contracts(model.decl, item, text).all():
            yield named(c, True, c.item, c.span)
    if isinstance(item, ast.FunctionDef):
        for b in bodies.Bodies(model.decl, item, text).all():
            yield named(b, False, item._replace(body=b.body), b.node.span)
