# SPDX-License-Identifier: GPL-2.0-only
"""docs/review.md shows what the tool says of the small series."""

import re

from command import ROOT

from refcheck.render.mails import mails

PAGE = (ROOT / "docs" / "review.md").read_text(encoding="utf-8")


def test_the_table_is_current(found):
    text = PAGE[PAGE.index("<!-- the table of corpus/series -->") :].split("\n\n")[0]
    rows = [tuple(c.strip(" `") for c in line.split("|")[1:-1]) for line in text.split("\n")[3:]]
    assert [r[:5] for r in rows] == [
        (str(p.number), f.function, f.file, f.before or "not there", f.after) for p in found.patches for f in p.functions
    ]
    lines = [re.findall(r"line (\d+)", r[5]) for r in rows]
    assert lines == [[str(b.finding.place.line) for b in f.found] for p in found.patches for f in p.functions]


def test_the_reply_is_current(found):
    shown = PAGE[PAGE.index("<!-- the reply of corpus/series -->") :].split("```text\n")[1].split("```")[0]
    assert shown == mails(found, possible=False)["0002-re-net-ripple-borrow-the-route-of-the-socket-where-it-has-one.eml"]
