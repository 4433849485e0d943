# SPDX-License-Identifier: GPL-2.0-only
"""Certificates on disk: where each stands, how it is written, read, and checked against the model that it names.

Nothing of the prover is imported here.  A certificate comes from anywhere, so that nothing in it is believed: the
model's path leads to a `.rc` file or the certificate is refused, and what is wrong with a file is said in words.
"""

import hashlib
import json
import os
from pathlib import Path

from refcheck.base.diagnostics import InputError
from refcheck.base.files import model_files, read_regular
from refcheck.base.named import NamedTuple
from refcheck.certificate.document import Document, confirm, from_data, to_data
from refcheck.certificate.opinions import Opinion
from refcheck.graph.cfg import CFG
from refcheck.lower.function import entry_contexts, lower
from refcheck.syntax import ast
from refcheck.unit.declare import Declarations, declare
from refcheck.unit.load import load
from refcheck.verdict.check import AskUnsat, Confirmed, Refusal
from refcheck.verdict.verdict import Result

SUFFIX = ".cert.json"
MAX_BYTES = 256 << 20
_LONGEST = 200


class Subject(NamedTuple):
    """What a certificate is about: the model file and the graph."""

    model: Path
    cfg: CFG


class CheckedCertificate(NamedTuple):
    """What became of one certificate; `document` and `subject` are None where they could not be had."""

    path: Path
    document: Document | None
    subject: Subject | None
    answer: Confirmed | Refusal
    opinions: tuple[Opinion, ...] = ()

    @property
    def confirmed(self) -> bool:
        """The reference semantics confirms it."""
        return isinstance(self.answer, Confirmed)


def place(folder: Path, model: Path, function: str, entry: str, suffix: str = SUFFIX) -> Path:
    """Where the certificate of a function stands: the model's path below the folder, then function and entry context.

    Models outside of the working folder stand below `_`, so that two models never share a place.
    """
    full, here = model.resolve(), Path.cwd().resolve()
    below = full.relative_to(here) if full.is_relative_to(here) else Path("_", *full.parts[1:])
    name = f"{function}.{entry}" if entry else function
    return folder / below / f"{_short(name)}{suffix}"


def _short(name: str) -> str:
    """A file name that file systems take: long ones end in a digest of the whole."""
    return name if len(name) <= _LONGEST else f"{name[:_LONGEST]}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def write(folder: Path, model: Path, result: Result) -> Path | None:
    """Write the certificate of a result, all or nothing; the file, or None where there is no invariant to write.

    Raises OSError where the folder cannot be written.
    """
    if result.certificate is None:
        return None
    path = place(folder, model, result.cfg.function, result.cfg.entry)
    named = os.path.relpath(model.resolve(), path.parent.resolve())
    data = to_data(result.cfg, result.certificate, {v.property: v.verdict for v in result.verdicts}, named)
    put(path, json.dumps(data, separators=(",", ":")) + "\n")
    return path


def put(path: Path, text: str) -> None:
    """Write a file, all or nothing; OSError where that cannot be done."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name[:_LONGEST]}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def certificates(paths: list[Path]) -> list[Path]:
    """The certificates that paths name: files as they are, folders with all below them, in a stable order."""
    found: list[Path] = []
    for path in paths:
        found += sorted(p for p in path.rglob(f"*{SUFFIX}") if p.is_file()) if path.is_dir() else [path]
    return list(dict.fromkeys(found))


def read(path: Path) -> Document | Refusal:
    """The document in a file, or why there is none."""
    try:
        if path.stat().st_size > MAX_BYTES:
            return Refusal("damaged-certificate", f"the file has more than {MAX_BYTES >> 20} MiB")
        data = json.loads(read_regular(path, MAX_BYTES).decode("utf-8"), object_pairs_hook=_once)
    except OSError as e:
        return Refusal("damaged-certificate", f"the file cannot be read: {e.strerror or e}")
    except UnicodeDecodeError as e:
        return Refusal("damaged-certificate", f"the file is not UTF-8 (byte {e.start})")
    except json.JSONDecodeError as e:
        return Refusal("damaged-certificate", f"the file is not JSON: {e.msg} at line {e.lineno}, column {e.colno}")
    except (ValueError, RecursionError) as e:
        return Refusal("damaged-certificate", f"the file is not JSON that can be read: {str(e)[:80]}")
    document = from_data(data)
    return Refusal("damaged-certificate", document) if isinstance(document, str) else document


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    data = dict(pairs)
    if len(data) != len(pairs):
        raise ValueError("an object has one key twice")
    return data


def check(path: Path, models: Path | None, specs: Path | None, unsat: AskUnsat | None = None) -> CheckedCertificate:
    """Read a certificate, lower the function that it names anew, and confirm or refuse it.

    `unsat` is asked for the lemmas of a refinement.
    """
    document = read(path)
    if isinstance(document, Refusal):
        return CheckedCertificate(path, None, None, document)
    found = subject(path, document, models, specs)
    if isinstance(found, Refusal):
        return CheckedCertificate(path, document, None, found)
    return CheckedCertificate(path, document, found, confirm(found.cfg, document, unsat))


def subject(path: Path, document: Document, models: Path | None, specs: Path | None) -> Subject | Refusal:
    """The graph that a certificate is about, from the model that it names."""
    model = find_model(path, document.model, models)
    if model is None:
        return _foreign(f"the model `{document.model}` that it names is not there (--models DIR)")
    entry = document.entry or None
    try:
        decl, names = _declared(model, specs)
        if document.function not in names:
            return _foreign(f"`{model}` has no function `{document.function}` with a body")
        if entry not in entry_contexts(decl, document.function):
            what = f"is not verified in `{entry}`" if entry else "is verified in named entry contexts only"
            return _foreign(f"the function `{document.function}` of `{model}` {what}")
        return Subject(model, lower(decl, document.function, entry))
    except InputError as e:
        first = e.diagnostics[0]
        at = f", line {first.span.line}" if first.span.line else ""
        return _foreign(f"`{model}` cannot be used{at}: {first.message}")


def _foreign(text: str) -> Refusal:
    return Refusal("foreign-certificate", text)


def _declared(model: Path, specs: Path | None) -> tuple[Declarations, list[str]]:
    """What a model declares, and its own functions with a body; InputError where it cannot be used."""
    unit = load(model, specs)
    return declare(unit), [i.sig.name for i in unit.model.items if isinstance(i, ast.FunctionDef)]


def missing(models: list[Path], specs: Path | None, checked: list[CheckedCertificate]) -> list[str]:
    """The functions of some models, in each entry context, that no confirmed certificate is about.

    Raises InputError where a model cannot be used.
    """
    have = set()
    for c in checked:
        if c.subject and c.confirmed:
            have.add((c.subject.model.resolve(), c.subject.cfg.function, c.subject.cfg.entry))
    lacking: list[str] = []
    for path in model_files(models):
        decl, names = _declared(path, specs)
        wanted = [(path.resolve(), name, entry or "") for name in names for entry in entry_contexts(decl, name)]
        lacking += [f"{path}: {title(name, entry)}" for full, name, entry in wanted if (full, name, entry) not in have]
    return lacking


def title(function: str, entry: str) -> str:
    """How a function in an entry context is called in messages."""
    return f"{function} [{entry}]" if entry else function


def find_model(path: Path, named: str, models: Path | None) -> Path | None:
    """The model file that a certificate names: beside the certificate, or below `models` by the longest tail."""
    pure = Path(named)
    if pure.suffix != ".rc" or pure.is_absolute():
        return None
    if models is None:
        found = path.parent / pure
        return found if _is_file(found) else None
    parts = [p for p in pure.parts if p != ".."]
    tails = (models.joinpath(*parts[i:]) for i in range(len(parts)))
    return next((t for t in tails if _is_file(t)), None)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False
