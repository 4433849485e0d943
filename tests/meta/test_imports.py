# SPDX-License-Identifier: GPL-2.0-only
"""The architecture: folders import one way, and who may use which library.

FOLDERS has the folders of the package from the bottom up: what stands in one imports only from it and from those before.
Inside of a folder no two modules need each other.
"""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from command import GENEVE, ROOT

PACKAGE = ROOT / "refcheck"
MAX_LINES = 400

FOLDERS = (
    "base", "syntax", "c", "graph", "unit", "slice", "lower", "meaning", "refinement", "verdict", "certificate", "lens",
    "prove/encoding", "prove", "infer", "store", "result", "run", "render", "inspect", "drift", "mutation", "export/run",
    "export", "gate", "series", "lsp", "cli",
)  # fmt: skip


def module(path: Path) -> str:
    """`prove.solver` for refcheck/prove/solver.py."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


FILES = {module(p): p for p in sorted(PACKAGE.rglob("*.py"))}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in FILES.items()}


def resolved(name: str) -> str | None:
    """The module of refcheck that an absolute name means; None for other packages."""
    if name != "refcheck" and not name.startswith("refcheck."):
        return None
    inner = name.removeprefix("refcheck").removeprefix(".")
    if inner in FILES:
        return inner
    return f"{inner}.__init__".removeprefix(".")


@cache
def imports(name: str) -> list[tuple[str, int]]:
    """(imported module, line) of a module of refcheck."""
    return imported(name, TREES[name])


def imported(name: str, tree: ast.AST) -> list[tuple[str, int]]:
    """(imported module, line) of a text, wherever the import stands: `os.path` or, inside refcheck, `prove.solver`."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [a.name for a in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}:{node.lineno}: imports are absolute"
            inside = [f"{node.module}.{a.name}" for a in node.names]
            modules = [i for i in inside if resolved(i) in FILES]
            names = modules if len(modules) == len(inside) else [str(node.module), *modules]
        else:
            continue
        found += [(resolved(n) or n, node.lineno) for n in names]
    return found


def users(library: str) -> set[str]:
    """The modules that import a library or a part of it."""
    return {m for m in FILES for n, _ in imports(m) if n == library or n.startswith(f"{library}.")}


@cache
def reaches(name: str) -> set[str]:
    """All modules of refcheck that a module imports, directly or not."""
    seen: set[str] = set()
    todo = [name]
    while todo:
        for found, _ in imports(todo.pop()):
            if found in FILES and found not in seen:
                seen.add(found)
                todo.append(found)
    return seen


def folder(name: str) -> str:
    """`prove/encoding` for prove.encoding.smt; empty for what stands in the package itself."""
    return "/".join(name.split(".")[:-1])


def test_every_module_stands_in_a_folder():
    assert {n for n in FILES if not folder(n)} == {"__init__", "__main__"}
    assert {folder(n) for n in FILES} - {""} == set(FOLDERS)


def test_the_page_of_the_architecture_has_every_folder_in_this_order():
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([a-z/]+)` \|", page, re.MULTILINE)[: len(FOLDERS)] == list(FOLDERS)


def test_a_folder_imports_only_what_stands_below_it():
    floor = {"": -1, **{name: i for i, name in enumerate(FOLDERS)}}
    up = [
        f"{m}:{line}: {n}"
        for m in FILES
        if folder(m)
        for n, line in imports(m)
        if n in FILES and floor[folder(n)] > floor[folder(m)]
    ]
    assert up == []


def test_no_module_needs_itself():
    assert [n for n in FILES if n in reaches(n)] == []


def test_the_walk_sees_every_kind_of_import():
    # Given each way to import, also inside a function, then all are found
    text = "import os.path\nimport refcheck.run.pool\ndef f():\n    from refcheck.prove import solver\n"
    text += "    from refcheck import cli\n    from refcheck.syntax import ast as a\n    from refcheck import __version__\n"
    got = [n for n, _ in imported("cli.app", ast.parse(text))]
    assert got == ["os.path", "run.pool", "prove.solver", "cli.__init__", "syntax.ast", "__init__"]


def test_cvc5_only_in_its_solver():
    assert users("cvc5") == {"prove.cvc5"}


def reached(name: str) -> set[str]:
    """The folders that a module needs."""
    return {folder(n) for n in reaches(name)}


def test_the_judge_works_from_trees_and_declarations_alone():
    # Given the exporter of programs that run, then it knows nothing of graphs, of lowering and of the reference semantics
    used = {n for m in FILES if folder(m) == "export/run" for n, _ in imports(m) if n in FILES}
    assert {folder(n) for n in used} == {"base", "syntax", "unit", "result", "export/run"}
    assert {n for n in used if folder(n) == "result"} == {"result.record"}


def test_certificates_are_checked_without_the_prover():
    for name in ("verdict.check", "run.certificates", "render.certificates"):
        assert reached(name) & {"prove", "prove/encoding"} == set(), name


def test_the_prover_knows_one_module_of_the_lens():
    used = {n for m in FILES if folder(m) != "lens" for n, _ in imports(m) if n in FILES and folder(n) == "lens"}
    assert used == {"lens.steps"}


def test_the_checker_has_no_lens():
    assert "lens" not in reached("verdict.check") | reached("run.certificates")


def test_lark_only_in_syntax():
    assert users("lark") == {"syntax.parser", "syntax.grammar", "syntax.recovery"}


def test_tree_sitter_only_where_c_is_parsed():
    assert users("tree_sitter") == users("tree_sitter_c") == {"c.concrete"}


def test_unidiff_only_where_diffs_are_read():
    assert users("unidiff") == {"series.patch"}


def test_z3_only_in_its_library():
    assert users("z3") == users("ctypes") == {"prove.z3lib"}


def test_networkx_only_inside_functions():
    assert users("networkx")
    for name in users("networkx"):
        tree = TREES[name]
        inside = {
            id(n) for f in ast.walk(tree) if isinstance(f, ast.FunctionDef | ast.AsyncFunctionDef) for n in ast.walk(f)
        }
        guarded = {
            id(n)
            for i in ast.walk(tree)
            if isinstance(i, ast.If) and isinstance(i.test, ast.Name) and i.test.id == "TYPE_CHECKING"
            for n in ast.walk(i)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Import) and any(a.name.startswith("networkx") for a in node.names):
                assert id(node) in inside | guarded, f"{name}:{node.lineno}"
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("networkx"):
                assert id(node) in inside | guarded, f"{name}:{node.lineno}"


def said_to_the_terminal(tree: ast.AST) -> list[int]:
    """The lines that print, read or end the process."""
    bad = []
    for node in ast.walk(tree):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Name) and called.id in {"print", "exit", "quit", "input"}:
            bad.append(node.lineno)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            dotted = f"{node.value.id}.{node.attr}"
            if dotted in {"sys.exit", "os._exit", "sys.stdout", "sys.stderr", "sys.argv"}:
                bad.append(node.lineno)
        if isinstance(node, ast.Raise) and "SystemExit" in ast.unparse(node):
            bad.append(node.lineno)
    return bad


def test_only_the_command_line_prints_and_ends_the_process():
    command_line = {"inspect.commands", *(n for n in FILES if folder(n) == "cli")}
    assert [f"{n}:{line}" for n, tree in TREES.items() if n not in command_line for line in said_to_the_terminal(tree)] == []


def test_pygls_only_in_the_server():
    assert users("pygls") == {"lsp.server"}
    assert {folder(m) for m in users("lsprotocol")} == {"lsp"}


def test_one_module_knows_the_cluster():
    assert users("distributed") == {"run.cluster"}


def test_one_module_reads_the_command_line():
    assert users("argparse") == {"cli.arguments"}


TRUSTED = ("meaning", "refinement", "verdict")


def test_what_is_trusted_rests_on_graphs_and_nothing_else():
    for name in FILES:
        if folder(name) in TRUSTED:
            assert reached(name) <= {"", "base", "graph", *TRUSTED}, name


def test_the_prover_knows_nothing_of_the_front_end():
    for name in FILES:
        if folder(name) in ("prove", "prove/encoding", "lens"):
            assert reached(name) & {"syntax", "unit", "lower", "result", "render", "run"} == set(), name


def test_renderings_rest_on_results_and_not_on_the_prover():
    for name in FILES:
        if folder(name) in ("result", "render"):
            assert reached(name) & {"prove", "prove/encoding"} == set(), name


def test_the_oracles_use_nothing_of_what_they_are_compared_with():
    trees = {p.stem: ast.parse(p.read_text(encoding="utf-8")) for p in (ROOT / "tests" / "support" / "oracles").glob("*.py")}
    used = {m: {n for n, _ in imported(m, tree) if n in FILES} for m, tree in trees.items()}
    assert {folder(n) for n in used["updater"]} <= {"base", "graph"}
    assert {folder(n) for n in used["oracle"]} <= {"base", "graph", "meaning", "verdict"}
    assert "verdict.sanity" not in used[
        "oracle"
    ]


MADE = {"refcheck/syntax/tables.py"}
# A table: one class of a few lines for each condition and operation, with what it reads, writes and owes
TABLES = {"refcheck/graph/ops.py"}


def test_a_file_can_be_read_in_one_sitting():
    files = [p for place in ("refcheck", "tests", "tools", "benchmarks") for p in sorted((ROOT / place).rglob("*.py"))]
    long = {str(p.relative_to(ROOT)) for p in files if len(p.read_text(encoding="utf-8").splitlines()) > MAX_LINES}
    assert long == MADE | TABLES


def test_what_is_trusted_can_be_too():
    sizes = {
        place: sum(bool(line.strip()) for p in (PACKAGE / place).glob("*.py") for line in p.read_text("utf-8").splitlines())
        for place in TRUSTED
    }
    assert sizes["meaning"] + sizes["verdict"] <= 1500
    assert sizes["refinement"] <= 400


def loaded(code: str) -> set[str]:
    """The top-level packages that are loaded after some code ran in a new process."""
    code += "\nprint('\\n' + ' '.join(m for m in sys.modules if '.' not in m))"
    done = subprocess.run(
        [sys.executable, "-c", "import sys\n" + code], capture_output=True, text=True, check=True, cwd=ROOT
    )  # fmt: skip
    return set(done.stdout.splitlines()[-1].split())


def test_starting_loads_no_library():
    assert loaded("import refcheck.cli") & {"z3", "lark", "networkx", "jinja2", "click"} == set()


@pytest.mark.parametrize(
    ("args", "used"),
    [
        (["verify", "-q", str(GENEVE)], {"ctypes"}),
        (["show", "ast", str(GENEVE)], set()),
        (["show", "cfg", str(GENEVE)], set()),
        (["show", "cfg", "--format", "dot", str(GENEVE)], {"networkx"}),
        (["show", "cfg", "--format", "svg", "-f", "geneve_xmit", str(GENEVE)], {"networkx"}),
        (["verify", "-q", "--no-store", "--format", "sarif", str(GENEVE)], {"ctypes"}),
        (["verify", "-q", "--no-store", "--format", "html", str(GENEVE)], {"ctypes", "jinja2"}),
        (["explain", "RC101"], set()),
        (["--version"], set()),
    ],
    ids=["verify", "show-ast", "show-cfg", "dot", "svg", "sarif", "html", "explain", "version"],
)
def test_a_command_loads_what_it_needs(args: list[str], used: set[str]):
    run = f"sys.argv = ['refcheck', *{args!r}]\nfrom refcheck.cli import main\n"
    run += "try:\n    main()\nexcept SystemExit:\n    pass"
    assert loaded(run) & {"z3", "ctypes", "lark", "networkx", "jinja2", "jsonschema"} == used
