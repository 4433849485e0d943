# SPDX-License-Identifier: GPL-2.0-only
"""The forms of a review: replies that can be sent, a page that loads nothing, lines as the series leaves them."""

import email
import email.policy
import json
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest
from command import ROOT, run
from repository import git

from refcheck.render import review_html, review_markdown
from refcheck.render.c_words import rests_on
from refcheck.render.mails import mails
from refcheck.render.review import render
from refcheck.render.text import Style
from refcheck.result.as_run import as_run
from refcheck.result.review import PatchReview, Review
from refcheck.series.copies import Copies
from refcheck.series.mails import read_series

SERIES = ROOT / "corpus" / "series" / "ripple.mbox"
SARIF = json.loads((ROOT / "tests" / "data" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
NASTY = "<script>\x1b[31m |`*_ @x\r\nBcc: y@example.org"


def parsed(text: str) -> email.message.EmailMessage:
    return email.message_from_string(text, policy=email.policy.default)


def test_there_is_a_reply_for_each_patch_that_brings_a_certain_finding(found):
    replies = mails(found, possible=False)
    assert list(replies) == [
        "0001-re-net-ripple-lend-the-route-to-the-packet.eml",
        "0002-re-net-ripple-borrow-the-route-of-the-socket-where-it-has-one.eml",
    ]
    first, both = replies["0001-re-net-ripple-lend-the-route-to-the-packet.eml"], mails(found, possible=True)
    assert "shore_relay" not in first
    assert "shore_relay" in both["0001-re-net-ripple-lend-the-route-to-the-packet.eml"]


def test_a_reply_is_in_its_thread(found):
    reply = parsed(mails(found, False)["0002-re-net-ripple-borrow-the-route-of-the-socket-where-it-has-one.eml"])
    assert reply["Subject"] == "Re: [PATCH net-next v2 2/3] net: ripple: borrow the route of the socket where it has one"
    assert reply["In-Reply-To"] == "<20260101100000.1-2-ann@example.org>"
    assert reply["References"] == "<20260101100000.1-0-ann@example.org> <20260101100000.1-2-ann@example.org>"
    assert reply["To"] == "Ann Other <ann@example.org>"
    assert reply["Cc"] == "netdev@example.org, Bob Else <bob@example.org>"


def test_a_reply_keeps_to_its_width_beside_what_it_quotes(found):
    for text in mails(found, possible=True).values():
        said = [line for line in text.split("\n\n", 1)[1].split("\n") if line[:1] not in ("+", "-", " ", ">")]
        assert max(map(len, said)) <= 75
        table = [line for line in text.split("\n") if line.startswith(("  step", "     "))]
        assert max(map(len, table)) <= 75


def test_the_hunk_is_quoted_as_it_was_sent(found):
    reply = mails(found, False)["0002-re-net-ripple-borrow-the-route-of-the-socket-where-it-has-one.eml"]
    quoted = [line[2:] for line in reply.split("\n") if line.startswith("> ") and line[2:5] not in ("---", "+++", "@@ ")]
    sent = SERIES.read_text().split("\n")
    assert len(quoted) > 20
    assert [line for line in quoted if line not in sent and line + " " not in sent] == []


def test_the_repair_of_a_reply_applies_to_the_patched_file(found, tree, tmp_path):
    reply = mails(found, False)["0002-re-net-ripple-borrow-the-route-of-the-socket-where-it-has-one.eml"]
    diff = reply[reply.index("--- a/", reply.index("This mends it")) : reply.rindex("\n-- \n")]
    copies = Copies(tree)
    for p in read_series(str(SERIES), tree).patches[:2]:
        copies.put(p)
    (tmp_path / "net" / "ripple").mkdir(parents=True)
    path = tmp_path / "net" / "ripple" / "ripple_send.c"
    path.write_bytes(copies.text("net/ripple/ripple_send.c") or b"")
    done = subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=diff.encode(), check=False, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert "\tif (!noref)\n\t\t\tip_rt_put(rt);" in path.read_text()


def nasty(found: Review) -> Review:
    """The review with heads that want to be more than text."""
    first: PatchReview = found.patches[0]
    first = first._replace(subject=f"[PATCH] {NASTY}", author=NASTY, ident=f"<{NASTY}>", date=NASTY, cc=(NASTY,))
    return found._replace(patches=(first, *found.patches[1:]))


def test_what_a_mail_says_of_itself_adds_no_head_to_the_reply(found):
    text = next(iter(mails(nasty(found), possible=True).values()))
    assert parsed(text)["Bcc"] is None
    assert "\x1b" not in text


def test_what_a_mail_says_of_itself_is_text_in_every_form(found):
    review = nasty(found)
    assert "\x1b" not in render(review, Style(), quiet=False)
    assert "<script>" not in review_markdown.render(review, quiet=False).replace("\\<script\\>", "").split("```")[0]
    page = review_html.render(review, quiet=False)
    assert "<script>" not in page
    assert "\x1b" not in page


class _Tags(HTMLParser):
    """Whether what is opened is closed, and what is loaded."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loaded += [v or "" for n, v in attrs if n in ("src", "href") and not (v or "").startswith(("#", "data:"))]
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_loads_nothing(found):
    tags = _Tags()
    page = review_html.render(found, quiet=False)
    tags.feed(page)
    assert (tags.open, tags.loaded) == ([], [])
    for name in ("shore_relay", "ripple_output", "ripple_send", "ripple_route"):
        assert name in page


def test_markdown_has_a_row_for_each_function_of_each_patch(found):
    text = review_markdown.render(found, quiet=True)
    rows = [line for line in text.split("\n") if line.startswith("| `")]
    assert len(rows) == sum(len(p.functions) for p in found.patches)
    assert "new, repaired by patch 3, certain release-of-borrowed, line 9" in rows[1]


def test_sarif_names_lines_as_the_series_leaves_them(tree):
    # Given a later patch that moves what an earlier one broke
    ran = run("review", SERIES, "--tree", tree, "--no-store", "--format", "sarif")
    log = json.loads(ran.out)
    jsonschema.validate(log, SARIF)
    at = [
        (r["ruleId"], p["artifactLocation"]["uri"], p["region"]["startLine"])
        for r in log["runs"][0]["results"]
        for p in [r["locations"][0]["physicalLocation"]]
    ]
    assert at == [("RC101", "drivers/net/shore.c", 16), ("RC102", "net/ripple/ripple_send.c", 36)]


def test_findings_move_with_their_function(found):
    # Given a finding that stands three lines further down behind the series
    patches = list(found.patches)
    send = next(f for f in patches[2].functions if f.function == "ripple_send")
    moved = send._replace(found=tuple(b._replace(line=b.line + 3) for b in send.found))
    others = tuple(moved if f is send else f for f in patches[2].functions)
    patches[2] = patches[2]._replace(functions=others)
    record = next(r for r in as_run(found._replace(patches=tuple(patches))).results if r.function == "ripple_send")
    assert record.findings[0].place.line == send.found[0].line + 3
    assert [s.place.line for s in record.findings[0].steps] == [s.place.line + 3 for s in send.found[0].finding.steps]


@pytest.mark.parametrize("form", ["text", "markdown", "html", "json", "sarif", "junit", "github"])
def test_every_form_ends_with_a_line(tree, form):
    ran = run("review", SERIES, "--tree", tree, "--no-store", "--format", form)
    assert ran.status == 1
    assert ran.out.endswith("\n")
    assert "shore_relay" in ran.out


def test_mails_are_written_into_a_folder(tree, tmp_path: Path):
    ran = run("review", SERIES, "--tree", tree, "--no-store", "-q", "--mails", tmp_path / "out")
    assert ran.status == 1
    assert [re.sub(r"-.*", "", p.name) for p in sorted((tmp_path / "out").iterdir())] == ["0001", "0002"]
    (tmp_path / "file").write_text("x")
    assert run("review", SERIES, "--tree", tree, "--no-store", "--mails", tmp_path / "file").status == 2


HEADS = (
    "From: =?utf-8?q?J=C3=BCrgen_M=C3=BCller?= <jm@example.org>\n"
    'To: "Doe, John" <john@example.org>, =?utf-8?b?w4VrZQ==?= <ake@example.org>\n'
    "Cc: netdev@example.org,\n list@example.org, =?utf-8?q?Mo=C3=AFse=2C_B=2E?= <mb@example.org>\n"
    "Message-ID: <a.1@example.org>\nIn-Reply-To: <a.0@example.org>\n"
    "Subject: [PATCH net] net: =?utf-8?q?f=C3=BCr_alle?= a subject which is rather long\n and is folded\n\n"
)


@pytest.fixture
def replies(tmp_path: Path, tree: Path) -> Path:
    """A folder with the reply to a patch whose heads are encoded, on a file whose first lines are far from what is wrong."""
    lines = ["#include <net/dst.h>", *(f"int number_{i}(void);" for i in range(90)), "int near(struct sock *sk)", "{"]
    lines += ["\tstruct dst_entry *dst = sk_dst_get(sk);", "", "\tif (!dst)", "\t\treturn -1;", "\treturn 0;", "}"]
    hunk = "".join(f"+{line}\n" for line in lines)
    diff = f"--- /dev/null\n+++ b/net/fresh.c\n@@ -0,0 +1,{len(lines)} @@\n{hunk}"
    (tmp_path / "enc.eml").write_text(HEADS + diff)
    assert run("review", tmp_path / "enc.eml", "--tree", tree, "--no-store", "-q", "--mails", tmp_path / "out").status == 1
    return tmp_path / "out"


def test_the_heads_of_a_reply_are_ascii_and_say_what_the_patch_mail_said(replies):
    (path,) = replies.iterdir()
    heads = path.read_text().split("\n\n", 1)[0]
    assert heads.isascii()
    assert max(map(len, heads.split("\n"))) <= 75
    reply = parsed(path.read_text())
    assert reply["Subject"] == "Re: [PATCH net] net: für alle a subject which is rather long and is folded"
    assert reply["To"].addresses[0].display_name == "Jürgen Müller"
    assert [a.display_name for a in reply["Cc"].addresses] == ["Doe, John", "Åke", "", "", "Moïse, B."]
    assert "\nJürgen Müller <jm@example.org> wrote:\n" in path.read_text()


def test_of_a_long_hunk_what_is_near_to_the_finding_is_quoted(replies):
    (path,) = replies.iterdir()
    quoted = [line for line in path.read_text().split("\n") if line.startswith(">")]
    assert quoted[:4] == ["> --- a/net/fresh.c", "> +++ b/net/fresh.c", "> @@ -0,0 +1,99 @@", "> [...]"]
    assert quoted[-2:] == ["> +\treturn 0;", "> +}"]


def test_git_sends_a_reply_to_those_who_got_the_patch(replies):
    where = subprocess.run(["git", "--exec-path"], check=True, capture_output=True, text=True).stdout.strip()
    if not Path(where, "git-send-email").exists():
        pytest.skip("git send-email is not installed (`make peers`)")
    git(replies.parent, "init", "-q")
    names = [str(p) for p in replies.iterdir()]
    told = git(replies.parent, "-c", "sendemail.smtpServer=/bin/true", "send-email", "--dry-run", "--confirm=never", *names)
    sent = parsed(told[told.index("\nFrom: ") + 1 : told.rindex("\n\nResult: OK")])
    assert [a.addr_spec for a in sent["To"].addresses] == ["jm@example.org"]
    wanted = ["john@example.org", "ake@example.org", "netdev@example.org", "list@example.org", "mb@example.org"]
    assert [a.addr_spec for a in sent["Cc"].addresses] == wanted
    assert sent["Subject"] == "Re: [PATCH net] net: für alle a subject which is rather long and is folded"
    assert (sent["In-Reply-To"], sent["References"]) == ("<a.1@example.org>", "<a.0@example.org> <a.1@example.org>")


def test_a_possible_finding_names_what_it_rests_on(found):
    text = mails(found, possible=True)["0001-re-net-ripple-lend-the-route-to-the-packet.eml"]
    (shore,) = (f for f in found.patches[0].functions if f.function == "shore_relay")
    (bug,) = shore.found
    assert bug.certainty == "possible"
    told = rests_on(shore.record, bug.finding)
    assert told
    said = " ".join(text.split())
    assert "This is possible, and not certain: it may rest on what no source at hand says. - " in said
    assert all(" ".join(x.split()) in said for x in told[:8])


def test_a_certain_finding_rests_on_nothing(found):
    text = mails(found, possible=False)["0002-re-net-ripple-borrow-the-route-of-the-socket-where-it-has-one.eml"]
    assert "\n  - " not in text


@pytest.mark.parametrize("ident", ["", "<>", "<no-host>", "a@b", "<a@b> <c@d>", "<a@ b>"])
def test_a_patch_without_an_identification_gets_a_reply_that_names_no_thread(found, ident: str):
    bare = found._replace(patches=tuple(p._replace(ident=ident, references="<x@example.org>") for p in found.patches))
    for text in mails(bare, possible=False).values():
        reply = parsed(text)
        assert reply["Subject"].startswith("Re: [PATCH net-next v2 ")
        assert (reply["In-Reply-To"], reply["References"]) == (None, None)


def test_what_is_no_identification_is_no_reference(found):
    odd = found._replace(patches=tuple(p._replace(references="<x@example.org> junk <y>") for p in found.patches))
    reply = parsed(mails(odd, False)["0002-re-net-ripple-borrow-the-route-of-the-socket-where-it-has-one.eml"])
    assert reply["References"] == "<x@example.org> <20260101100000.1-2-ann@example.org>"
