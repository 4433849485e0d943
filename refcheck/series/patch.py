# SPDX-License-Identifier: GPL-2.0-only
"""The diff of a patch as data: files, and hunks with their lines.  Nothing else imports unidiff."""

import re

from unidiff.errors import UnidiffParseError
from unidiff.patch import Hunk as PatchedHunk
from unidiff.patch import PatchSet

from refcheck.base.named import NamedTuple

_GIT = re.compile(r"^(?=diff --git )", re.MULTILINE)
_BLOB = re.compile(r"^index ([0-9a-f]{4,64})\.\.", re.MULTILINE)
_NAMES = re.compile(r'^diff --git (?:"a/((?:\\.|[^"\\])+)"|a/(.+?)) (?:"b/((?:\\.|[^"\\])+)"|b/(.+))$', re.MULTILINE)
_COPIED = re.compile(r"^copy from ", re.MULTILINE)
_ESCAPED = re.compile(r"\\([0-7]{3}|.)")
_LETTERS = {"t": b"\t", "n": b"\n", "r": b"\r", "a": b"\a", "b": b"\b", "f": b"\f", "v": b"\v"}
_HEAD = re.compile(r"(?=[A-Za-z_])(?!\w+:)[^;=]*?(\w+)\s*\([^;]*$")
_CALLED = re.compile(r"([A-Za-z_]\w*)\s*\(")
_NOWHERE = "/dev/null"


class Hunk(NamedTuple):
    """One hunk: where it starts in the old file, its lines behind their signs, the function that its head names."""

    start: int
    lines: tuple[tuple[str, str], ...]
    function: str
    head: str = ""

    @property
    def old(self) -> list[str]:
        """The lines that it expects."""
        return [text for sign, text in self.lines if sign != "+"]

    @property
    def new(self) -> list[str]:
        """The lines that it leaves."""
        return [text for sign, text in self.lines if sign != "-"]

    @property
    def functions(self) -> tuple[str, ...]:
        """The functions that its changed lines stand in; `function` may be the one above them, which diff shows then."""
        here, found = self.function, dict[str, None]()
        for sign, text in self.lines:
            head = _HEAD.match(text)
            here = head[1] if head else here
            if sign != " " and here:
                found[here] = None
            here = "" if text.startswith("}") else here
        return tuple(found)


class FileChange(NamedTuple):
    """What a patch does to one file.

    `kind` is changed, new, removed, renamed, copied, binary, or broken; `source` is the path that it had before, `blob` the
    object that the diff was made from, `text` the diff itself.
    """

    path: str
    kind: str
    source: str
    hunks: tuple[Hunk, ...]
    blob: str
    text: str


def changes(diff: str) -> tuple[FileChange, ...]:
    """The files that a diff changes; what stands around it is passed over, and one that is none is `broken`."""
    parts = _GIT.split(diff)
    if len(parts) == 1:
        return tuple(_read(diff))
    return tuple(c for part in parts[1:] for c in _read(part))


def _read(text: str) -> list[FileChange]:
    blob, names = _BLOB.search(text), _NAMES.search(text)
    known = blob[1] if blob else ""
    old, new = (_plain(names[1], names[2]), _plain(names[3], names[4])) if names else ("", "?")
    if "\nGIT binary patch" in text:
        return [FileChange(new, "binary", old, (), known, text)]
    try:
        found = PatchSet(text.replace("\r\n", "\n"))
    except UnidiffParseError:
        path = new if names else next(iter(re.findall(r"^\+\+\+ b/(\S+)", text, re.MULTILINE)), "?")
        return [FileChange(path, "broken", old, (), known, text)]
    made = []
    for f in found:
        source, target = _path(f.source_file), _path(f.target_file)
        path = source if target == _NOWHERE else target
        kind = "removed" if target == _NOWHERE else "new" if source == _NOWHERE else "changed"
        if kind == "changed" and source != target and names:
            kind = "copied" if _COPIED.search(text) else "renamed"
        elif kind == "changed":
            source = target  # a.c.orig, or another folder for what was before
        kind = "binary" if f.is_binary_file else kind
        hunks = tuple(_hunk(h, [(x.line_type, x.value) for x in h]) for h in f)
        made.append(FileChange(path, kind, "" if source == _NOWHERE else source, hunks, known, text))
    return made


def _path(name: str) -> str:
    """A path of a diff without the letter in front of it."""
    name = name.strip()
    name = _plain(name[1:-1], "") if name[:1] == name[-1:] == '"' else name
    return name if name == _NOWHERE else re.sub(r"^[abciow12]/", "", name)


def _plain(quoted: str | None, bare: str) -> str:
    """A path as git writes it: with escapes where it had to be quoted."""
    if not quoted:
        return bare
    raw = _ESCAPED.sub(lambda m: _byte(m[1]).decode("latin-1"), quoted.encode().decode("latin-1")).encode("latin-1")
    return raw.decode("utf-8", "surrogateescape")


def _byte(escape: str) -> bytes:
    return bytes([int(escape, 8) & 255]) if escape.isdigit() and len(escape) == 3 else _LETTERS.get(escape, escape.encode())


def _hunk(h: PatchedHunk, lines: list[tuple[str, str]]) -> Hunk:
    kept = tuple((sign or " ", text.rstrip("\r\n")) for sign, text in lines if sign != "\\")
    head = f"@@ -{h.source_start},{h.source_length} +{h.target_start},{h.target_length} @@ {h.section_header}".rstrip()
    called = _CALLED.search(h.section_header)
    return Hunk(h.source_start, kept, called[1] if called else "", head)
