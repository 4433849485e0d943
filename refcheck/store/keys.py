# SPDX-License-Identifier: GPL-2.0-only
"""What a verdict depends on besides the texts: refcheck's own code, Python's, Z3's and lark's versions.

Z3 and lark are not imported for that: their versions and the digests of their files stand in the RECORD that the
installer wrote beside them.
"""

import os
import sys
from functools import cache
from hashlib import blake2b
from pathlib import Path

_PACKAGE = Path(__file__).parent.parent
_LIBRARIES = ("z3_solver", "lark")


def digest(*parts: bytes | str) -> str:
    """A digest of parts, none of which can be taken for another: each is headed by its length."""
    h = blake2b(digest_size=20)
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        h.update(b"%d:" % len(raw))
        h.update(raw)
    return h.hexdigest()


@cache
def versions() -> str:
    """A digest of everything but the input that a verdict depends on."""
    return digest(code(), sys.version, *(part for name in _LIBRARIES for part in library(name)))


@cache
def c_parser() -> str:
    """A digest of what reads C: its parts that are not refcheck's own."""
    return digest(*(part for name in ("tree_sitter", "tree_sitter_c") for part in library(name)))


@cache
def code() -> str:
    """A digest of refcheck's own files: code, grammars, and what else the package reads."""
    parts: list[bytes | str] = []
    todo = [str(_PACKAGE)]
    while todo:
        with os.scandir(todo.pop()) as found:
            for item in sorted(found, key=lambda i: i.name):
                if item.is_dir():
                    todo += [item.path] if item.name not in ("__pycache__", "contracts", "diagnostics_pages") else []
                elif item.name.endswith((".py", ".lark", ".toml")):
                    with open(item.path, "rb") as f:
                        parts += [os.path.relpath(item.path, _PACKAGE), f.read()]
    return digest(*parts)


def z3_version() -> str:
    """The version of the installed Z3, as its package has it."""
    return _installed("z3_solver")[0]


@cache
def library(name: str) -> tuple[str, str]:
    """An installed library: its version, and a digest of the list of its files with their digests where it has one."""
    version, folder = _installed(name)
    record = folder / "RECORD" if folder else None
    return version, digest(record.read_bytes() if record and record.is_file() else b"") if folder else ""


@cache
def _installed(name: str) -> tuple[str, Path | None]:
    """The version of a library, and the folder in which its installer says so, where that is found."""
    for folder in sys.path:
        try:
            names = os.listdir(folder or ".")
        except OSError:
            continue
        for found in names:
            if found.startswith(f"{name}-") and found.endswith(".dist-info"):
                return found.removeprefix(f"{name}-").removesuffix(".dist-info"), Path(folder, found)
    from importlib import metadata  # noqa: PLC0415  20 ms

    try:
        return metadata.version(name.replace("_", "-")), None
    except metadata.PackageNotFoundError:
        return "unknown", None
