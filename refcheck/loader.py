"""Reading files: models, and the specs they use.

`use "dst.spec"` looks beside the file that says so, then in a specs/ folder there or in a folder above, then in the
contracts that ship with the package; `--specs DIR` goes before all of these.
"""

import os
from pathlib import Path
from typing import NamedTuple

from refcheck.diagnostics import Diagnostic, InputError, error
from refcheck.reading import inside, read_regular
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
        if path.is_dir():
            raise fail("is a directory", "name a file; `refcheck verify DIR` takes folders")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise fail(f"has {size >> 20} MiB, more than the {MAX_BYTES >> 20} MiB limit", "split the file")
        data = read_regular(path, MAX_BYTES)
    except FileNotFoundError:
        raise fail("does not exist", "check the path") from None
    except (OSError, ValueError) as e:
        raise fail(f"cannot be read: {getattr(e, 'strerror', '') or e}", "check the path and the permissions") from None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as e:
        line = data[: e.start].count(b"\n") + 1
        raise fail(f"is not UTF-8 (byte {e.start}, line {line})", "save the file as UTF-8") from None
    if not text.strip():
        raise fail("is empty", "a model holds functions, a spec holds contracts")
    return SourceFile(shown, text.replace("\r\n", "\n"))


def search_path(beside: Path, specs: Path | None) -> list[Path]:
    """The folders in which a `use` of a file in folder `beside` is looked up, in order."""
    folders = [specs] if specs else []
    folders.append(beside)
    here = beside.resolve()
    folders += [up / "specs" for up in (here, *here.parents)]
    return [*folders, SHIPPED]


def find_spec(name: str, beside: Path, specs: Path | None, span: Span, missed: list[Path]) -> Path:
    """The file that `use "name"` means; InputError RC003 if there is none or the name leaves its folder.

    Where it was looked for in vain is added to `missed`.
    """
    pure = Path(name)
    if pure.suffix != ".spec":
        message = f"`use` takes spec files, `{name}` is none"
        raise InputError([error("missing-spec", message, span, "put contracts into a .spec file")])
    if pure.is_absolute() or ".." in pure.parts or "\0" in name or len(name) > _LONGEST_NAME:
        message = f'`use "{name}"` leaves the specs folder'
        raise InputError([error("missing-spec", message, span, "name a file relative to a specs folder")])
    folders = search_path(beside, specs)
    for folder in folders:
        if (folder / name).is_file():
            if not inside(folder / name, folder):
                message = f'`use "{name}"` leaves the folder `{folder}` through a link'
                help_text = "put the file there, or name its folder with --specs"
                raise InputError([error("missing-spec", message, span, help_text)])
            return folder / name
        missed.append(folder / name)
    looked = [str(f) for f in folders if f.is_dir()]
    known = sorted({p.name for f in folders if f.is_dir() for p in f.glob("*.spec")})
    import difflib

    close = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean `{close[0]}`?" if close else "add the file, or name its folder with --specs"
    raise InputError([error("missing-spec", f"there is no `{name}`", span, hint, (f"looked in {', '.join(looked)}",))])


def load(path: Path, specs: Path | None = None) -> Unit:
    """Read and parse a model and what it uses; InputError with all diagnostics when something is wrong."""
    from refcheck.syntax.parser import parse

    sources: dict[str, SourceFile] = {}
    modules: list[ast.Module] = []
    diagnostics: list[Diagnostic] = []
    seen: set[Path] = set()
    read: list[tuple[Path, str]] = []
    missed: list[Path] = []

    def visit(file: Path, shown: str, span: Span) -> ast.Module:
        source = read_source(file, shown, span)
        read.append((file, source.text))
        seen.add(file.resolve())
        module, errors = parse(source)
        sources[shown] = source
        diagnostics.extend(errors)
        for item in module.items:
            if isinstance(item, ast.Use):
                for name in item.names:
                    found = find_spec(name, file.parent, specs, item.span, missed)
                    if found.resolve() not in seen:
                        visit(found, _shown(found), item.span)
        modules.append(module)
        return module

    model = visit(path, str(path), NOWHERE)
    if diagnostics:
        raise InputError(diagnostics)
    return Unit(model, tuple(modules), sources, tuple(read), tuple(dict.fromkeys(missed)))


def _shown(path: Path) -> str:
    """The path to print: relative to the working folder where it is below it, `<refcheck>/...` for shipped ones."""
    full = path.resolve()
    if full.is_relative_to(SHIPPED):
        return f"<refcheck>/{full.relative_to(SHIPPED)}"
    here = Path.cwd().resolve()
    return os.path.relpath(full, here) if full.is_relative_to(here) else str(path)
