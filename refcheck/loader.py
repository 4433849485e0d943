"""Reading files: models, and the specs they use.

`use "dst.spec"` looks beside the file that says so, then in a specs/ folder there or in a folder above, then in the
contracts that ship with the package; `--specs DIR` goes before all of these.
"""

import errno
import os
from pathlib import Path
from typing import NamedTuple

from refcheck.diagnostics import Diagnostic, InputError, error
from refcheck.reading import below, read_regular
from refcheck.source import NOWHERE, SourceFile, Span
from refcheck.syntax import ast

MAX_BYTES = 8 << 20
_LONGEST_NAME = 200
# The wheel carries specs/ as refcheck/contracts/; in a checkout they stand beside the package.
SHIPPED = next(p for p in (Path(__file__).with_name("contracts"), Path(__file__).parent.with_name("specs")) if p.is_dir())


class Unit(NamedTuple):
    """A model file with everything it uses: sources by path, and modules in the order of use, the model last.

    `read` has the files that were read, each with its text, `missed` the places where a spec was looked for and was
    not: whoever keeps a result must watch both.
    """

    model: ast.Module
    modules: tuple[ast.Module, ...]
    sources: dict[str, SourceFile]
    read: tuple[tuple[Path, str], ...] = ()
    missed: tuple[Path, ...] = ()


def read_source(path: Path, shown: str, span: Span = NOWHERE) -> SourceFile:
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
        text = data.decode("utf-8")
    except UnicodeDecodeError as e:
        line = data[: e.start].count(b"\n") + 1
        raise fail(f"is not UTF-8 (byte {e.start}, line {line})", "save the file as UTF-8") from None
    if not text.strip():
        raise fail("is empty", "a model holds functions, a spec holds contracts")
    return SourceFile(shown, text.replace("\r\n", "\n"))


class Places:
    """Where specs are looked up in one load; a folder's place is worked out once.

    `missed` has the places where a spec was looked for in vain.
    """

    def __init__(self, specs: Path | None) -> None:
        self.specs = specs
        self.missed: dict[Path, None] = {}
        self._folders: dict[Path, list[Path]] = {}
        self._real: dict[Path, str] = {}

    def search_path(self, beside: Path) -> list[Path]:
        """The folders in which a `use` of a file in folder `beside` is looked up, in order."""
        if beside not in self._folders:
            here = Path(self._of(beside))
            above = [up / "specs" for up in (here, *here.parents)]
            self._folders[beside] = [*([self.specs] if self.specs else []), beside, *above, SHIPPED]
        return self._folders[beside]

    def find(self, name: str, beside: Path, span: Span) -> tuple[Path, str]:
        """The file that `use "name"` means, and where links lead from it.

        InputError RC003 if there is none or the name leaves its folder.
        """
        pure = Path(name)
        if pure.suffix != ".spec":
            message = f"`use` takes spec files, `{name}` is none"
            raise InputError([error("missing-spec", message, span, "put contracts into a .spec file")])
        if pure.is_absolute() or ".." in pure.parts or "\0" in name or len(name) > _LONGEST_NAME:
            message = f'`use "{name}"` leaves the specs folder'
            raise InputError([error("missing-spec", message, span, "name a file relative to a specs folder")])
        folders = self.search_path(beside)
        for folder in folders:
            file = folder / pure
            if os.path.isfile(file):
                real = self._leads_to(folder, pure)
                if below(real, self._of(folder)) is None:
                    message = f'`use "{name}"` leaves the folder `{folder}` through a link'
                    help_text = "put the file there, or name its folder with --specs"
                    raise InputError([error("missing-spec", message, span, help_text)])
                return file, real
            self.missed[file] = None
        raise _nowhere(name, folders, span)

    def _leads_to(self, folder: Path, name: Path) -> str:
        """Where a file of a folder is; only what is a link is followed from the root on."""
        linked = len(name.parts) > 1 or os.path.islink(folder / name)
        return os.path.realpath(folder / name) if linked else os.path.join(self._of(folder), name)

    def _of(self, folder: Path) -> str:
        if folder not in self._real:
            self._real[folder] = os.path.realpath(folder)
        return self._real[folder]


def _nowhere(name: str, folders: list[Path], span: Span) -> InputError:
    looked = [str(f) for f in folders if f.is_dir()]
    known = sorted({p.name for f in folders if f.is_dir() for p in f.glob("*.spec")})
    import difflib

    close = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean `{close[0]}`?" if close else "add the file, or name its folder with --specs"
    return InputError([error("missing-spec", f"there is no `{name}`", span, hint, (f"looked in {', '.join(looked)}",))])


def load(path: Path, specs: Path | None = None) -> Unit:
    """Read and parse a model and what it uses; InputError with all diagnostics when something is wrong."""
    from refcheck.syntax.parser import parse

    sources: dict[str, SourceFile] = {}
    modules: list[ast.Module] = []
    diagnostics: list[Diagnostic] = []
    places = Places(specs)
    seen: set[str] = set()
    read: list[tuple[Path, str]] = []
    here = os.path.realpath(os.getcwd())

    def visit(file: Path, real: str, shown: str, span: Span) -> ast.Module:
        source = read_source(file, shown, span)
        read.append((file, source.text))
        seen.add(real)
        module, errors = parse(source)
        sources[shown] = source
        diagnostics.extend(errors)
        for item in module.items:
            if isinstance(item, ast.Use):
                for name in item.names:
                    found, leads_to = places.find(name, file.parent, item.span)
                    if leads_to not in seen:
                        visit(found, leads_to, _shown(found, leads_to, here), item.span)
        modules.append(module)
        return module

    model = visit(path, os.path.realpath(path), str(path), NOWHERE)
    if diagnostics:
        raise InputError(diagnostics)
    return Unit(model, tuple(modules), sources, tuple(read), tuple(places.missed))


def _shown(path: Path, real: str, here: str) -> str:
    """The path to print: relative to the working folder where it is below it, `<refcheck>/...` for shipped ones."""
    shipped = below(real, str(SHIPPED))
    if shipped is not None:
        return f"<refcheck>/{shipped}"
    return below(real, here) or str(path)
