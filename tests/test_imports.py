"""The architecture: one-way imports, and who may use which library.

LAYERS names every module once, from the bottom up: a module imports only from lines above its own.
"""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from command import GENEVE, ROOT

PACKAGE = ROOT / "refcheck"
MAX_LINES = 520

LAYERS = [
    "__init__", "named", "garbage", "source", "reading", "diagnostics",
    "syntax.__init__", "syntax.code", "syntax.ast", "syntax.pretty", "syntax.build", "syntax.tables",
    "syntax.reader", "syntax.grammar", "syntax.parser",
    "loader",
    "errnos", "limits", "actions", "program",
    "contracts", "declarations",
    "heap", "exits", "semantics",
    "footprint", "rename", "shape", "heaps", "local", "families",
    "obligation", "verdict", "certificate", "sanity", "certify", "recheck",
    "oracle", "updater",
    "lower.__init__", "lower.tables", "lower.traits", "lower.builder", "lower.effects", "lower.entry", "lower.promises",
    "lower.expressions",
    "lower.statements", "lower.finish", "lower.function",
    "engine.__init__", "engine.ranged", "engine.smt", "engine.z3lib", "engine.solver", "engine.symbolic",
    "engine.symbolic_exit", "engine.operations", "engine.propose", "engine.lift",
    "engine.encode", "engine.choices", "engine.refute", "engine.prove", "engine.obligations", "engine.cvc5_solver",
    "store.__init__", "store.keys", "store.place", "store.recall", "files",
    "run", "certfiles", "confirmations",
    "export.__init__", "export.plain", "export.scene", "export.objects", "export.conditions", "export.exits",
    "export.pointers", "export.references", "export.slots", "export.operations",
    "export.translate", "export.c", "export.promela", "export.program",
    "mutation.__init__", "mutation.trees", "mutation.judged", "mutation.bodies", "mutation.contracts", "mutation.operators",
    "mutation.equal", "mutation.implied", "mutation.judge", "mutation.explained", "mutation.make", "mutation.run",
    "report.__init__", "report.dump", "report.codec", "report.record", "report.places", "report.describe", "report.steps",
    "report.repair", "report.explain", "report.build", "report.text", "report.mutants", "report.formats",
    "report.facts", "report.pages", "report.summary", "report.diffs", "report.markdown",
    "report.jsonform", "report.github", "report.junit", "report.sarif",
    "report.ownership",
    "report.lifecycle", "report.difference", "report.deps", "report.layered", "report.svg", "report.flow", "report.html",
    "batch", "pool", "merge",
    "gate.__init__", "gate.git", "gate.breach", "gate.side", "gate.rules", "gate.hidden", "gate.judge", "gate.report",
    "report.certificates",
    "commands",
    "cli.base", "cli.arguments", "cli.completion", "cli.output", "cli.certificates", "cli.running", "cli.verify", "cli.gate",
    "cli.merge",
    "cli.store", "cli.certify",
    "cli.explain", "cli.show", "cli.deps", "cli.diff", "cli.mutate", "cli.export", "cli.app", "cli.__init__",
    "__main__",
]  # fmt: skip


def module(path: Path) -> str:
    """`engine.prove` for refcheck/engine/prove.py."""
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


def imports(name: str, tree: ast.AST | None = None) -> list[tuple[str, int]]:
    """(imported module, line) of a module, wherever the import stands: `os.path` or, inside refcheck, `engine.prove`."""
    found = []
    for node in ast.walk(tree or TREES[name]):
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


def test_every_module_has_its_place():
    assert [n for n in FILES if n not in LAYERS] == [], "name the module in LAYERS"
    assert len(set(LAYERS)) == len(LAYERS)


UPWARDS: dict[str, str] = {}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(n, marks=pytest.mark.xfail(strict=True, reason=UPWARDS[n])) if n in UPWARDS else n
        for n in FILES
        if n in LAYERS
    ],
)
def test_a_module_imports_only_what_stands_below_it(name: str):
    height = LAYERS.index(name)
    up = [f"line {line}: {n}" for n, line in imports(name) if n in FILES and (n not in LAYERS or LAYERS.index(n) >= height)]
    assert up == []


def test_the_walk_sees_every_kind_of_import():
    # Given each way to import, also inside a function, then all are found
    text = "import os.path\nimport refcheck.run\ndef f():\n    from refcheck.engine import solver\n"
    text += "    from refcheck import cli\n    from refcheck.syntax import ast as a\n    from refcheck import __version__\n"
    got = [n for n, _ in imports("cli.app", ast.parse(text))]
    assert got == ["os.path", "run", "engine.solver", "cli.__init__", "syntax.ast", "__init__"]


def test_cvc5_only_in_its_solver():
    assert users("cvc5") == {"engine.cvc5_solver"}


def test_certificates_are_checked_without_the_prover():
    for name in ("recheck", "certfiles", "report.certificates"):
        assert {n for n in reaches(name) if n.startswith("engine.")} == set(), name


def test_lark_only_in_syntax():
    assert users("lark") == {"syntax.parser", "syntax.grammar"}


def test_z3_only_in_its_library():
    assert users("z3") == users("ctypes") == {"engine.z3lib"}


def test_networkx_only_inside_functions():
    assert users("networkx")
    for name, tree in TREES.items():
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


COMMAND_LINE = {"commands", *(n for n in FILES if n.startswith("cli."))}


@pytest.mark.parametrize("name", [n for n in FILES if n not in COMMAND_LINE])
def test_only_the_command_line_prints_and_ends_the_process(name: str):
    bad = []
    for node in ast.walk(TREES[name]):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Name) and called.id in {"print", "exit", "quit", "input"}:
            bad.append(node.lineno)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            dotted = f"{node.value.id}.{node.attr}"
            if dotted in {"sys.exit", "os._exit", "sys.stdout", "sys.stderr", "sys.argv"}:
                bad.append(node.lineno)
        if isinstance(node, ast.Raise) and "SystemExit" in ast.unparse(node):
            bad.append(node.lineno)
    assert bad == []


def test_one_module_reads_the_command_line():
    assert users("argparse") == {"cli.arguments"}


def test_what_checks_rests_on_nothing_that_it_checks():
    # The reference and the certifier share no code with the encoding, the lowering or the front end
    for name in ("certify", "semantics"):
        below = reaches(name)
        assert {n for n in below if n.startswith(("engine", "lower", "syntax", "report"))} == set()
        read = {"__init__", "named", "source", "diagnostics", "actions", "program", "heap", "exits", "semantics", "verdict"}
        seen_through = {"local", "shape", "heaps", "rename", "footprint", "families"}
        assert below <= read | (seen_through if name == "certify" else set())


def test_the_oracle_uses_nothing_of_what_it_is_compared_with():
    assert {n for n in reaches("oracle") if n.startswith(("engine", "lower", "syntax", "report", "sanity"))} == set()
    assert reaches("updater") <= {"__init__", "named", "source", "actions", "program"}


def test_the_prover_knows_nothing_of_the_front_end():
    for name in FILES:
        if name.startswith("engine."):
            assert {n for n in reaches(name) if n.startswith(("syntax.", "lower.", "report.", "loader", "run"))} == set()


def test_reports_rest_on_results_and_not_on_the_prover():
    for name in FILES:
        if name.startswith("report."):
            assert {n for n in reaches(name) if n.startswith("engine")} == set(), name


LONG: dict[str, str] = {}
GENERATED = {"syntax.tables"}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(n, marks=pytest.mark.xfail(strict=True, reason=LONG[n])) if n in LONG else n
        for n in FILES
        if n not in GENERATED
    ],
)
def test_a_module_can_be_read_in_one_sitting(name: str):
    assert len(FILES[name].read_text(encoding="utf-8").splitlines()) <= MAX_LINES


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
