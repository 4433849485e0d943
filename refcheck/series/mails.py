# SPDX-License-Identifier: GPL-2.0-only
"""A series as it comes: an mbox, a folder of patches, or a range of commits; in the order of its numbers.

What is no patch, and what a series lacks, is said in one line each; the rest goes on.
"""

import email
import email.policy
import re
import sys
from email.message import EmailMessage
from pathlib import Path

from refcheck.base.diagnostics import Diagnostic, InputError, error
from refcheck.base.files import read_regular
from refcheck.base.source import Span
from refcheck.series.commits import commits_of, is_commit, is_range
from refcheck.series.patch import changes
from refcheck.series.posted import PostedPatch, Series

MOST_BYTES = 64 << 20
_FROM = re.compile(rb"^(?=From \S+ .*\d\d:\d\d:\d\d.*\d{4}\s*$)", re.MULTILINE)
_TAG = re.compile(r"\[([^\]]*\bPATCH(?:\b|v\d)[^\]]*|RFC[^\]]*)\]", re.IGNORECASE)
_NUMBER = re.compile(r"\b(\d+)/(\d+)\b")
_VERSION = re.compile(r"(?:\b|PATCH)v(\d+)\b", re.IGNORECASE)
_REPLY = re.compile(r"^\s*(?:re|aw|fwd?)\s*:", re.IGNORECASE)
_SUFFIXES = (".patch", ".diff", ".eml", ".mbox", ".mbx", ".txt")
_ATTACHED = (".patch", ".diff", ".txt")
_NO_DIFF = "it is passed over; a patch is a mail, or a file, with a unified diff"
_NO_PATCH = "cover letters and replies are passed over; a patch is a mail, or a file, with a unified diff"


def read_series(given: str, tree: Path) -> Series:
    """The series that the user means; InputError where there is none."""
    path = Path(given)
    if given == "-":
        text = sys.stdin.buffer.read(MOST_BYTES + 1)
        if len(text) > MOST_BYTES:
            raise _none(f"the standard input has more than {MOST_BYTES >> 20} MiB", "give one series at a time")
        return _ordered(_mails([("-", text)]))
    if path.is_dir():
        files = sorted(p for p in path.iterdir() if p.suffix in _SUFFIXES and p.is_file())
        if not files:
            raise _none(f"`{given}` holds no patches", f"patches are files that end in {', '.join(_SUFFIXES)}")
        return _ordered(_mails([(str(p), _bytes(p)) for p in files]))
    if path.exists():
        return _ordered(_mails([(given, _bytes(path))]))
    if is_range(given):
        patches, start = commits_of(given, tree)
        return Series(tuple(patches), start, ())
    if is_commit(given, tree):
        raise _none(f"`{given}` is one commit, no range", f"say `{given}~1..{given}`")
    raise _none(f"`{given}` does not exist", "name an mbox, a folder of patches, `-`, or a range A..B of the tree's commits")


def _bytes(path: Path) -> bytes:
    try:
        return read_regular(path, MOST_BYTES)
    except (OSError, ValueError) as e:
        why = e.strerror if isinstance(e, OSError) and e.strerror else e
        at = Span(str(path), 1, 1, 1, 1)
        raise InputError([error("unreadable-file", f"`{path}` cannot be read: {why}", at)]) from None


def _none(message: str, help_text: str) -> InputError:
    return InputError([error("usage", message, help_text=help_text)])


# ---------------------------------------------------------------------------------------------- mails


def _mails(files: list[tuple[str, bytes]]) -> tuple[list[PostedPatch], list[Diagnostic]]:
    """The patches of some files, and a line for each mail that is none."""
    patches, problems = list[PostedPatch](), list[Diagnostic]()
    for name, given in files:
        raw = given.replace(b"\r\n", b"\n")
        for part in (p for p in _FROM.split(raw) if p.strip()):
            found = _patch(part)
            if found.changes:
                patches.append(found)
            elif not _REPLY.match(found.subject) and (found.number or not found.total):
                line = raw[: raw.find(part)].count(b"\n") + 1
                text = f"`{found.subject or name}` has no diff"
                problems.append(error("no-patch", text, Span(name, line, 1, line, 1), _NO_DIFF))
    return patches, problems


def _patch(raw: bytes) -> PostedPatch:
    """One mail, or one bare diff, as a patch; its changes are empty where it has none."""
    rest = raw.partition(b"\n")[2] if raw.startswith(b"From ") else raw
    mail = email.message_from_bytes(rest, policy=email.policy.default.clone(utf8=True))
    text = _text(mail) if mail.get("subject") or mail.get("from") else rest.decode("utf-8", "surrogateescape")
    subject = " ".join(_head(mail, "subject").split())
    tag = _TAG.search(subject)
    number, version = _NUMBER.search(tag[1]) if tag else None, _VERSION.search(tag[1]) if tag else None
    return PostedPatch(
        number=int(number[1]) if number else 0,
        total=int(number[2]) if number else 0,
        version=version[1] if version else "",
        subject=subject,
        ident=_head(mail, "message-id").strip(),
        references=_head(mail, "references") or _head(mail, "in-reply-to"),
        author=_head(mail, "from"),
        cc=tuple(a for h in ("to", "cc") for a in [_head(mail, h)] if a),
        date=_head(mail, "date"),
        changes=changes(_diff(text)) if not _REPLY.match(subject) else (),
    )


def _head(mail: EmailMessage, name: str) -> str:
    """A head of a mail in one line; empty where it cannot be read."""
    try:
        return " ".join(str(mail.get(name, "")).split())
    except (ValueError, LookupError, AttributeError, IndexError):
        return ""


def _text(mail: EmailMessage) -> str:
    """The text of a mail, and that of patches which hang at it."""
    return "\n".join(_plain(part) for part in mail.walk() if _is_text(part)).replace("\r\n", "\n")


def _is_text(part: EmailMessage) -> bool:
    """A part with text, or a file that is called as patches are, whatever the mail says that it is."""
    if part.get_content_maintype() == "text":
        return part.get_content_subtype() != "html"
    return not part.is_multipart() and (part.get_filename() or "").endswith(_ATTACHED)


def _plain(part: EmailMessage) -> str:
    raw = part.get_payload(decode=True)
    if not isinstance(raw, bytes):
        return ""
    try:
        text = raw.decode(part.get_content_charset("utf-8"), "surrogateescape")
    except LookupError:
        text = raw.decode("utf-8", "surrogateescape")
    if str(part.get_param("format", "")).lower() != "flowed":
        return text
    flowed = _unflowed(text.replace("\r\n", "\n"), str(part.get_param("delsp", "")).lower() == "yes")
    # Who says flowed, and sends the lines as they are, is understood too.
    return text if any(c.kind == "broken" for c in changes(_diff(flowed))) else flowed


def _unflowed(text: str, delsp: bool) -> str:
    """A text with the lines that its author wrote (RFC 3676): no space put in front, and soft breaks taken back."""
    out, joins = list[str](), False
    for line in (x.removeprefix(" ") for x in text.split("\n")):
        soft = line.endswith(" ") and line.strip() not in ("", "--")
        body = line[:-1] if soft and delsp else line
        if joins:
            out[-1] += body
        else:
            out.append(body)
        joins = soft
    return "\n".join(out)


def _diff(text: str) -> str:
    """The text from the first diff on; empty where there is none."""
    found = re.search(r"^diff --git .*|^--- (?:\"?a/|/dev/null|\S+\.[ch]\b).*\n\+\+\+ ", text, re.MULTILINE)
    return text[found.start() :] if found else ""


# ---------------------------------------------------------------------------------------------- the order


def _ordered(read: tuple[list[PostedPatch], list[Diagnostic]]) -> Series:
    """The patches by number, with a line for what is out of order, missing, or there twice."""
    patches, problems = read
    if not patches:
        raise InputError(problems or [error("no-patch", "there is no patch in the series", help_text=_NO_PATCH)])
    kept = _newest(patches)
    if len(kept) < len(patches):
        n, newest = len(patches) - len(kept), max(int(p.version or 1) for p in patches)
        said = f"{n} patch{'es' if n > 1 else ''} of older versions left out, the newest is v{newest}"
        problems.append(_incomplete(said, "give one version of a series at a time"))
    seen: dict[int, PostedPatch] = {}
    for p in kept:
        if p.number and p.number in seen:
            said = f"there are two patches {p.number}/{p.total}; the first is taken"
            problems.append(_incomplete(said, "give one series at a time"))
        elif p.number:
            seen[p.number] = p
    numbers = [p.number for p in kept if p.number]
    if numbers != sorted(numbers):
        said = f"the patches come in the order {', '.join(map(str, numbers))}; they are applied by number"
        problems.append(_incomplete(said, "`b4 am` sorts them"))
    total = max((p.total for p in kept), default=0)
    missing = [n for n in range(1, total + 1) if n not in seen]
    if missing:
        said = f"the series is incomplete: {_spans(missing, total)} {'are' if missing[1:] else 'is'} not there"
        problems.append(_incomplete(said, "fetch the whole thread: `b4 am`"))
    plain = [p for p in kept if not p.number]
    return Series((*plain, *(seen[n] for n in sorted(seen))), "", tuple(problems))


def _newest(patches: list[PostedPatch]) -> list[PostedPatch]:
    """Those of the newest version of a series; of patches without a number, that of each subject."""
    newest = dict[str, int]()
    for p in patches:
        newest[_of(p)] = max(newest.get(_of(p), 0), int(p.version or 1))
    return [p for p in patches if int(p.version or 1) == newest[_of(p)]]


def _of(p: PostedPatch) -> str:
    """What a patch is a version of: the series, or the patch of its subject."""
    return "" if p.number else f" {_TAG.sub('', p.subject).strip()}"


def _spans(numbers: list[int], total: int) -> str:
    """Some numbers of a series, those that follow each other in one."""
    firsts = [n for n in numbers if n - 1 not in numbers]
    lasts = [n for n in numbers if n + 1 not in numbers]
    return ", ".join(f"{a}/{total}" if a == b else f"{a}/{total} to {b}/{total}" for a, b in zip(firsts, lasts, strict=True))


def _incomplete(message: str, help_text: str) -> Diagnostic:
    return error("incomplete-series", message, help_text=help_text)
