# SPDX-License-Identifier: GPL-2.0-only
"""One meaning for each type name, so that a search for it finds one thing; imports that hide nothing."""

import ast
import tomllib
from collections import defaultdict
from collections.abc import Iterator

import pytest
from command import ROOT

MODULES = {p.relative_to(ROOT).as_posix(): ast.parse(p.read_text()) for p in sorted(ROOT.glob("refcheck/**/*.py"))}


def types_of(tree: ast.Module) -> Iterator[str]:
    """The classes and the names of types that stand at the top of a module; constants are in capitals."""
    for node in tree.body:
        match node:
            case ast.ClassDef(name=name):
                yield name
            case ast.Assign(value=ast.Call()):
                pass  # a type variable, which means something only where it is used
            case ast.Assign(targets=[ast.Name(name)]) | ast.AnnAssign(target=ast.Name(name)):
                if name.lstrip("_")[:1].isupper() and not name.isupper():
                    yield name


def test_each_type_name_has_one_meaning() -> None:
    found = defaultdict(set)
    for path, tree in MODULES.items():
        for name in types_of(tree):
            found[name.lstrip("_")].add(path)
    assert len(found) > 250
    assert {name: sorted(paths) for name, paths in found.items() if len(paths) > 1} == {}


def test_two_meanings_would_be_seen() -> None:
    tree = ast.parse("class _Ab: ...\nBc = tuple[int]\n_Cd: type = int\nMAX = 3\nlower = int")
    assert list(types_of(tree)) == ["_Ab", "Bc", "_Cd"]


@pytest.mark.parametrize("path", MODULES)
def test_imports_say_what_they_bring_and_fit_a_glance(path: str) -> None:
    """No stars, and no more than 20 names of one module: beyond that its name stands in front of what it has."""
    for node in ast.walk(MODULES[path]):
        if isinstance(node, ast.ImportFrom):
            assert len(node.names) <= 20, f"{path}:{node.lineno}"
            assert all(a.name != "*" for a in node.names), f"{path}:{node.lineno}"


# -- closed unions
def test_the_two_meanings_say_something_of_each_operation() -> None:
    """No rest of a union is one case there: a new operation has to be given its meaning, twice, or mypy complains."""
    matches = 0
    for path, tree in MODULES.items():
        if not path.startswith(("refcheck/meaning/", "refcheck/prove/encoding/", "refcheck/verdict/", "refcheck/graph/")):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.match_case) and isinstance(node.pattern, ast.MatchAs) and node.pattern.pattern is None:
                matches += 1
                assert ast.unparse(node.body[0]).startswith("assert_never("), f"{path}:{node.pattern.lineno}"
    assert matches > 8


def test_mypy_looks_for_cases_that_are_missing() -> None:
    options = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]
    assert options["strict"]
    assert "exhaustive-match" in options["enable_error_code"]
