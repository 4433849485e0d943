# SPDX-License-Identifier: GPL-2.0-only
"""The distribution is what its metadata says, and nobody is sent to the `refcheck` of the package index."""

import importlib
import re
import subprocess
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from command import ROOT

NAME = "kernel-refcheck"
OTHER = "refcheck"
LICENCE = re.compile(r"SPDX-License-Identifier: GPL-2\.0(?:-only)?\b")  # models spell it as the kernel does
LISTED = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
if LISTED.returncode:
    pytest.skip("which files are the project's is known in a git checkout only", allow_module_level=True)
FILES = [path for name in LISTED.stdout.split("\0") if (path := ROOT / name).is_file()]
# `refcheck` as an installer is given it: a word of its command, with extras or a version, or in a variable for its command
INSTALLED = re.compile(
    r"""\b(?:pip3?|pipx|uv|poetry|conda)\b[^\n`]*\s(?:install|add|run|inject)\s(?:[^\n`]*[\s'"])?refcheck(?![\w/-])
      | \buvx\s(?:[^\n`]*[\s'"])?refcheck(?![\w/-])
      | (?<![\w./-])refcheck(?:\[[a-z0-9,]+\]|\s*[=~>!]=\s*\d)
      | PACKAGE["']?\s*[:=]\s*["']?refcheck\b""",
    re.VERBOSE,
)


@pytest.mark.parametrize(
    "text",
    ["pip install {}", "python -m pip install -q '{}[cvc5]'", "`pipx install {}`", "uvx {} verify", "uv add {}", "{}[cvc5]",
     "{}==0.1.0", "{} >= 1", "REFCHECK_PACKAGE: {}", "pip install {}  # the command", "pip download x && pip install {}"],
)  # fmt: skip
def test_the_name_of_the_other_project_is_seen(text: str):
    assert INSTALLED.search(text.format(OTHER))
    assert not INSTALLED.search(text.format(NAME))


@pytest.mark.parametrize(
    "text",
    ["pip install .", "pip install ./refcheck", "`pip install .` gives `refcheck`", "refcheck verify",
     "pip install 'kernel-refcheck @ git+https://example.org/refcheck@v0.1.0'"],
)  # fmt: skip
def test_what_installs_this_project_is_not_taken_for_the_other(text: str):
    assert not INSTALLED.search(text)


def test_nothing_installs_the_other_project():
    texts = [(path, path.read_text(encoding="utf-8")) for path in FILES if path != Path(__file__)]
    assert len(texts) > 100
    assert not [f"{path.relative_to(ROOT)}: {m[0]}" for path, text in texts for m in INSTALLED.finditer(text)]


def test_the_metadata_names_this_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["name"] == NAME
    assert project["scripts"] == {OTHER: "refcheck.cli:main"}


def test_every_file_says_its_licence():
    # On top, or in REUSE.toml where a line on top would move lines that are quoted
    said = tomllib.loads((ROOT / "REUSE.toml").read_text(encoding="utf-8"))["annotations"]
    elsewhere = ["LICENSE", *(pattern for one in said for pattern in one["path"])]
    heads = {str(p.relative_to(ROOT)): p.read_text(encoding="utf-8").split("\n")[:2] for p in FILES}
    silent = [name for name, head in heads.items() if not LICENCE.search("\n".join(head))]
    wanted = [name for name in silent if not any(fnmatchcase(name, pattern) for pattern in elsewhere)]
    assert not wanted, "these want `SPDX-License-Identifier: GPL-2.0-only` on top, in a comment"


def test_what_compiled_classes_inherit_from_is_compiled_too():
    # A compiled class refuses what inherits from it by way of a module that is not compiled
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
    modules = build["targets"]["wheel"]["hooks"]["custom"]["modules"]
    names = {m.removesuffix(".py").replace("/", ".") for m in modules}
    assert len(names) > 30
    for name in sorted(names):
        found = vars(importlib.import_module(name)).values()
        classes = [c for c in found if isinstance(c, type) and c.__module__ == name]
        bases = {b.__module__ for c in classes for b in c.__mro__ if b.__module__.startswith("refcheck.")}
        assert bases <= names | {"refcheck.base.named"}, name
