# SPDX-License-Identifier: GPL-2.0-only
"""Reading files: models, and the specs they use.

`use "dst.spec"` looks beside the file that says so, then in a specs/ folder there or in a folder above, up to the root of
the repository (what lies outside of it is nobody's review), then in the contracts that ship with the package; `--specs DIR`
goes before all of these.  What a shipped spec uses is looked for in the places of the model too, before those that ship.  A
file that uses its own name means the next one of that name, so that an overlay names what it changes.
"""

import difflib
import errno
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from refcheck.base.diagnostics import Diagnostic, InputError, error
from refcheck.base.files import below, read_regular, ups
from refcheck.base.named import NamedTuple
from refcheck.base.source import NOWHERE, SourceFile, Span
from refcheck.syntax import ast
from refcheck.syntax.parser import parse

MAX_BYTES = 8 << 20
_LONGEST_NAME = 200
_WRONG_NAME = {"kind": "put contracts into a .spec file", "place": "name a file relative to a specs folder"}
# The wheel carries specs/ as refcheck/contracts/; in a checkout they stand beside the package.
_PACKAGE = Path(__file__).parent.parent
SHIPPED = next(p for p in (_PACKAGE / "contracts", _PACKAGE.with_name("specs")) if p.is_dir())


class Unit(NamedTuple):
    """A model file with everything it uses: sources by path, and modules in the order of use, the model last.

    `read` has the files that were read, each with its text, `missed` the places where a spec was looked for and was
    not: whoever keeps a result must watch both.
    """

    model: ast.Module
    modules: tuple[ast.Module, ...]
    sources: dict[str, SourceFile]
    read: tuple[tuple[str, str], ...] = ()
    missed: tuple[str, ...] = ()


def source_notes(model: ast.Module) -> dict[str, ast.SourceNote]:
    """For each function of a model with a source the note that says which: the last one above it, else the first one."""
    notes = [i for i in model.items if isinstance(i, ast.SourceNote)]
    found: dict[str, ast.SourceNote] = {}
    last = notes[0] if notes else None
    for item in model.items:
        last = item if isinstance(item, ast.SourceNote) else last
        if isinstance(item, ast.FunctionDef) and last is not None:
            found[item.sig.name] = last
    return found


def read_source(path: Path | str, shown: str, span: Span = NOWHERE) -> SourceFile:
    """Read a file as text; InputError with one RC004 diagnostic where it is not a readable text file."""

    def fail(why: str, help_text: str) -> InputError:
        return InputError([error("unreadable-file", f"`{shown}` {why}", span, help_text)])

    try:
        data = read_regular(path, MAX_BYTES)
    except FileNotFoundError:
        raise fail("does not exist", "check the path") from None
    except (OSError, ValueError) as e:
        if os.path.isdir(path):
            raise fail("is a directory", "name a file; `refcheck verify DIR` takes folders") from None
        if getattr(e, "errno", 0) == errno.EFBIG:
            size = os.path.getsize(path)
            raise fail(f"has {size >> 20} MiB, more than the {MAX_BYTES >> 20} MiB limit", "split the file") from None
        raise fail(f"cannot be read: {getattr(e, 'strerror', '') or e}", "check the path and the permissions") from None
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")  # the mark that some editors begin a file with
    except UnicodeDecodeError as e:
        line = data[: e.start].count(b"\n") + 1
        raise fail(f"is not UTF-8 (byte {e.start}, line {line})", "save the file as UTF-8") from None
    if not text.strip():
        raise fail("is empty", "a model holds functions, a spec holds contracts")
    return SourceFile(shown, text.replace("\r\n", "\n"))


class SpecPlaces:
    """Where specs are looked up in one load; what a folder leads to is worked out once.

    The folders of the `project`, which is that of the model, go before the shipped ones also where a shipped spec uses one.
    `missed` has the places where a spec was looked for in vain.
    """

    def __init__(self, specs: Path | None, project: str = "") -> None:
        self.specs, self.project = specs, project
        self.missed: dict[str, None] = {}
        self._folders: dict[str, list[str]] = {}
        self._real: dict[str, str] = {}

    def find(self, name: str, beside: str, span: Span, by: str = "") -> tuple[str, str]:
        """The file that `use "name"` in a file of folder `beside` means, and where links lead from it.

        That is the file `by` itself, which says so, only where there is no other.  InputError RC003 if there is none or
        the name leaves its folder.
        """
        plain, wrong = _spec_name(name)
        if wrong:
            raise InputError([error("missing-spec", wrong, span, _WRONG_NAME[plain])])
        folders, itself = self._search_path(beside), ""
        for folder in folders:
            file = _join(folder, plain)
            if os.path.isfile(file):
                # Only what is a link is followed from the root on.
                linked = os.sep in plain or os.path.islink(file)
                real = os.path.realpath(file) if linked else _join(self._of(folder), plain)
                if below(real, self._of(folder)) is None:
                    message = f'`use "{name}"` leaves the folder `{folder}` through a link'
                    help_text = "put the file there, or name its folder with --specs"
                    raise InputError([error("missing-spec", message, span, help_text)])
                if real != by:
                    return file, real
                itself = file
            else:
                self.missed[file] = None
        if itself:
            return itself, by
        raise _nowhere(name, folders, span)

    def _search_path(self, beside: str) -> list[str]:
        """The folders in which a `use` of a file in folder `beside` is looked up, in order."""
        if beside not in self._folders:
            above = [_join(up, "specs") for up in ups(self._of(beside))]
            own = self._search_path(self.project)[:-1] if self._is_shipped(beside) else []
            first = [str(self.specs)] if self.specs and not own else []
            self._folders[beside] = list(dict.fromkeys((*first, *own, beside, *above, str(SHIPPED))))
        return self._folders[beside]

    def _is_shipped(self, folder: str) -> bool:
        """The folder is one of those that ship, and the model is not."""
        ours, theirs = (below(f"{self._of(f)}{os.sep}", str(SHIPPED)) is not None for f in (self.project or ".", folder))
        return bool(self.project) and theirs and not ours

    def known(self, beside: str) -> dict[str, Path]:
        """The specs that a file in folder `beside` can use, by what it writes for that; those in folders below come last."""
        found: dict[str, Path] = {}
        for pattern in ("*.spec", "*/*.spec"):
            for folder in self._search_path(beside or "."):
                for path in sorted(Path(folder).glob(pattern)):
                    found.setdefault(path.relative_to(folder).as_posix(), path)
        return found

    def _of(self, folder: str) -> str:
        if folder not in self._real:
            self._real[folder] = os.path.realpath(folder)
        return self._real[folder]


@lru_cache(maxsize=1024)
def _spec_name(name: str) -> tuple[str, str]:
    """The name without what means nothing in it, and what is wrong with it."""
    pure = Path(name)
    if pure.suffix != ".spec":
        return "kind", f"`use` takes spec files, `{name}` is none"
    if pure.is_absolute() or ".." in pure.parts or "\0" in name or len(name) > _LONGEST_NAME:
        return "place", f'`use "{name}"` leaves the specs folder'
    return str(pure), ""


def _join(folder: str, name: str) -> str:
    return name if folder == "." else os.path.join(folder, name)


def _nowhere(name: str, folders: list[str], span: Span) -> InputError:
    looked = [f for f in folders if os.path.isdir(f)]
    known = sorted({p.name for f in looked for p in Path(f).glob("*.spec")})
    close = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean `{close[0]}`?" if close else "add the file, or name its folder with --specs"
    return InputError([error("missing-spec", f"there is no `{name}`", span, hint, (f"looked in {', '.join(looked)}",))])


def load(path: Path, specs: Path | None = None) -> Unit:
    """Read and parse a model and what it uses; InputError with all diagnostics when something is wrong."""
    unit, diagnostics = load_all(path, specs, {})
    if diagnostics:
        raise InputError(diagnostics)
    return unit


def load_all(path: Path, specs: Path | None, edited: Mapping[str, str]) -> tuple[Unit, list[Diagnostic]]:
    """As `load`, with what can be parsed of files that have syntax errors, and these errors.

    A spec that is not found or cannot be read is one of them.  `edited` has texts that stand in place of files, by real
    path.  InputError where the file itself cannot be read.
    """
    sources: dict[str, SourceFile] = {}
    modules: list[ast.Module] = []
    diagnostics: list[Diagnostic] = []
    places = SpecPlaces(specs, os.path.dirname(str(path)) or ".")
    seen: set[str] = set()
    read: list[tuple[str, str]] = []
    here = os.path.realpath(os.getcwd())

    def visit(file: str, real: str, shown: str, span: Span) -> ast.Module:
        source = SourceFile(shown, edited[real]) if real in edited else read_source(file, shown, span)
        read.append((file, source.text))
        seen.add(real)
        module, errors = parse(source)
        sources[shown] = source
        diagnostics.extend(errors)
        for item in module.items:
            if isinstance(item, ast.UseSpecs):
                for name in item.names:
                    try:
                        found, leads_to = places.find(name, os.path.dirname(file) or ".", item.span, real)
                        if leads_to not in seen:
                            visit(found, leads_to, _shown(found, leads_to, here), item.span)
                    except InputError as e:
                        diagnostics.extend(e.diagnostics)
        modules.append(module)
        return module

    name = str(path)
    model = visit(name, os.path.realpath(name), name, NOWHERE)
    return Unit(model, tuple(modules), sources, tuple(read), tuple(places.missed)), diagnostics


def is_shipped(shown: str) -> bool:
    """A path that is printed is that of a spec that ships with refcheck."""
    return shown.startswith("<refcheck>/")


def file_of(shown: str) -> str:
    """The file behind a path that is printed."""
    shipped = shown.removeprefix("<refcheck>/")
    return shown if shipped == shown else str(SHIPPED / shipped)


def _shown(path: str, real: str, here: str) -> str:
    """The path to print: relative to the working folder where it is below it, `<refcheck>/...` for shipped ones.

    Where links lead to a file of another kind, it is the name that was used: that name says how the text is read.
    """
    if Path(real).suffix != Path(path).suffix:
        return below(os.path.abspath(path), here) or path
    shipped = below(real, str(SHIPPED))
    if shipped is not None:
        return f"<refcheck>/{shipped}"
    return below(real, here) or path
