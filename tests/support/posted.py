# SPDX-License-Identifier: GPL-2.0-only
"""Mails with patches, as somebody posts them."""

import base64
import quopri
from itertools import count


def diff_lines(path: str, blob: str, *lines: str) -> str:
    """The diff of one file from the lines of its hunks."""
    heads = (f"diff --git a/{path} b/{path}", f"index {blob}..2222222 100644", f"--- a/{path}", f"+++ b/{path}")
    return "".join(f"{line}\n" for line in (*heads, *lines))


DIFF = diff_lines(
    "net/small.c", "1111111",
    "@@ -3,5 +3,5 @@ int near(struct small *s)", " \tstruct dst_entry *d = small_get(s);", " ", " \tsmall_look(d);",
    "-\tdst_release(d);", "+\tdst_put(d); // für", " \treturn 0;",
)  # fmt: skip
_HEADS = "From: Ann Other <ann@example.org>\nTo: list@example.org\nDate: Thu, 1 Jan 2026 10:00:00 +0000\n"


def mail(subject: str, diff: str = DIFF, coded: str = "", ident: str = "") -> str:
    """One mail; `coded` is how its text is carried."""
    text = f"Why this is done.\n---\n net/small.c | 2 +-\n\n{diff}-- \n2.51.0\n\n"
    kind = "Content-Type: text/plain; charset=utf-8"
    if coded == "quoted-printable":
        kind, text = f"{kind}\nContent-Transfer-Encoding: quoted-printable", quopri.encodestring(text.encode()).decode()
    if coded == "base64":
        kind, text = f"{kind}\nContent-Transfer-Encoding: base64", base64.encodebytes(text.encode()).decode()
    if coded == "flowed":  # a space in front of what starts with one, and a break of the line that is none
        kind = f"{kind}; format=flowed"
        text = text.replace("\n ", "\n  ").replace("near(struct small", "near(struct \nsmall")
    if coded == "called flowed":
        kind = f"{kind}; format=flowed"
    if coded in ("attached", "attached as anything"):
        what = "text/x-patch; charset=utf-8" if coded == "attached" else "application/octet-stream; name=a.patch"
        text = f"--b\n{kind}\n\nsee below\n--b\nContent-Type: {what}\n\n{text}--b--\n"
        kind = "Content-Type: multipart/mixed; boundary=b"
    named = f"Message-ID: {ident}\n" if ident else ""
    return f"{_HEADS}{named}Subject: {subject}\nMIME-Version: 1.0\n{kind}\n\n{text}"


def mbox(*mails: str) -> str:
    """Some mails in one file, with an identification each that has none."""
    numbers = count(1)
    parts = []
    for text in mails:
        n = next(numbers)
        named = text if "Message-ID:" in text else f"Message-ID: <{n}@small>\n{text}"
        parts.append(f"From {'0' * 40} Mon Sep 17 00:00:00 2001\n{named}")
    return "".join(parts)
