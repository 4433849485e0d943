# SPDX-License-Identifier: GPL-2.0-only
"""The review of a series as replies to its mails, one for each patch that brings a finding, as `git send-email` takes them.

The trace keeps to 75 columns; the hunk is quoted as it was sent.
"""

import re
import textwrap
from collections.abc import Iterable
from email.header import Header
from email.utils import formataddr, getaddresses

from refcheck.render.c_words import rests_on
from refcheck.render.review import contract_lines, trace
from refcheck.render.text import WIDTH, Style, clean, wrap
from refcheck.result.review import FoundBug, FunctionReview, PatchReview, Review, brings

_MOST_QUOTED = 60
_MOST_TOLD = 8
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^{}~-]+@[A-Za-z0-9.:\[\]-]+", re.ASCII)
_IDENT = re.compile(r"<[^<>\s@]+@[^<>\s@]+>")
_SAFE = re.compile(r"[\r\n\0]+")


def mails(review: Review, possible: bool) -> dict[str, str]:
    """The mails by file name; what is possible only is told where it is asked for."""
    found = {}
    for p in review.patches:
        bugs = sorted(brings(p, possible), key=lambda x: not x[1].hunk)  # what the patch touches, then what it does not
        if bugs:
            name = re.sub(r"[^a-z0-9]+", "-", re.sub(r"\[.*?\]", "", p.subject).lower()).strip("-")[:60]
            found[f"{p.number:04}-re-{name or 'patch'}.eml"] = _mail(p, bugs, review.refcheck)
    return found


def _mail(p: PatchReview, bugs: list[tuple[FunctionReview, FoundBug]], version: str) -> str:
    out = _heads(p)
    who = p.author or "somebody"
    out += ["", *wrap(clean(f"On {p.date}, {who} wrote:" if p.date else f"{who} wrote:")), ""]
    quoted: tuple[str, ...] = ()
    for f, b in bugs:
        if b.hunk and b.hunk != quoted:
            out += [*_quoted(f.file, b), ""]
            quoted = b.hunk
        out += [*_said(p, f, b), *_rests(f, b), ""]
        if f.record is not None:
            out += [trace(f.record, b, Style()).rstrip("\n"), ""]
        if b.diff:
            out += ["This mends it, and was verified:", "", *map(clean, b.diff), ""]
    callers = {f.function for f, b in bugs if not b.hunk}
    if callers:
        for c in p.contracts:
            out += [*contract_lines(c), ""] if any(c.function in f.because for f, _ in bugs if f.function in callers) else []
    return "\n".join([*out, "-- ", f"refcheck {version}, a model checker for reference counts", ""])


def _heads(p: PatchReview) -> list[str]:
    """What makes it a reply; a patch that came without an identification, or with none that is one, has its subject alone.

    A head In-Reply-To that names nothing, or something else, would put the reply into a thread that it is not of.
    """
    subject = p.subject if re.match(r"re:", p.subject, re.IGNORECASE) else f"Re: {p.subject}"
    heads = [("Subject", _word(subject)), ("To", _addresses([p.author])), ("Cc", _addresses(p.cc))]
    if _IDENT.fullmatch(p.ident):
        chain = dict.fromkeys(x for x in (*p.references.split(), p.ident) if _IDENT.fullmatch(x))
        heads += [("In-Reply-To", p.ident), ("References", " ".join(chain))]
    heads += [("MIME-Version", "1.0"), ("Content-Type", "text/plain; charset=utf-8"), ("Content-Transfer-Encoding", "8bit")]
    return [_folded(name, text) for name, text in heads if text]


def _word(text: str) -> str:
    """A text of a head in ASCII."""
    text = clean(_SAFE.sub(" ", text))
    return text if text.isascii() else Header(text, "utf-8", maxlinelen=WIDTH, header_name="Subject").encode(linesep="")


def _addresses(heads: Iterable[str]) -> str:
    """Addresses with their names in ASCII; one that is none is left out."""
    given = getaddresses([clean(_SAFE.sub(" ", h)) for h in heads])
    return ", ".join(formataddr(pair) for pair in dict.fromkeys(given) if _ADDRESS.fullmatch(pair[1]))


def _folded(name: str, text: str) -> str:
    """A head in lines of bounded length; what a mail contains cannot end it."""
    head = f"{name}: {clean(_SAFE.sub(' ', text))}"
    return "\n".join(wrap(head, rest=" ", whole=True))


def _quoted(file: str, b: FoundBug) -> list[str]:
    """A hunk as mail quotes it: what is near to the line that is wrong, where it is long."""
    head, *lines = b.hunk
    said = {x.quote.strip() for x in b.finding.labels[-1:]}
    at = next((i for i, line in enumerate(lines) if line[1:].strip() in said), 0)
    start = max(0, min(at - _MOST_QUOTED // 2, len(lines) - _MOST_QUOTED))
    end = start + _MOST_QUOTED
    cut = ["[...]"]
    shown = [*(cut if start else []), *lines[start:end], *(cut if end < len(lines) else [])]
    return [clean(f"> {line}".rstrip()) for line in (f"--- a/{file}", f"+++ b/{file}", head, *shown)]


def _rests(f: FunctionReview, b: FoundBug) -> list[str]:
    """What a possible finding rests on, for somebody who knows better to say so."""
    told = rests_on(f.record, b.finding) if f.record is not None and b.certainty == "possible" else []
    more = [f"{len(told) - _MOST_TOLD} more, as `refcheck verify {f.file}` shows"] if len(told) > _MOST_TOLD else []
    return [line for text in (*told[:_MOST_TOLD], *more) for line in wrap(text, first="  - ", rest="    ")]


def _said(p: PatchReview, f: FunctionReview, b: FoundBug) -> list[str]:
    """One paragraph: what is wrong, since when, and how sure that is."""
    name = f"{f.function}() [{f.entry}]" if f.entry else f"{f.function}()"
    text = f"{name} was {f.before} before this patch and is {f.after} with it: {b.finding.title}."
    if not b.hunk:
        why = f.because.replace("calls", "there calls", 1)
        text = f"This patch does not touch {f.file}, but {name} {why}: {b.finding.title}."
    if b.repaired:
        text += f"  Patch {b.repaired}/{p.total} repairs it; a bisection that stops here meets it."
    if b.certainty == "possible":
        text += "  This is possible, and not certain: it may rest on what no source at hand says."
    return textwrap.wrap(clean(text), WIDTH, break_on_hyphens=False)
