# SPDX-License-Identifier: GPL-2.0-only
"""A series is read from whatever it comes in; what it lacks is said in a line, and the rest goes on."""

import io
import sys
from pathlib import Path

import pytest
from posted import DIFF, mail, mbox
from repository import git

from refcheck.base.diagnostics import InputError
from refcheck.series.mails import Series, read_series


def read(folder: Path, text: str, name: str = "s.mbox") -> Series:
    (folder / name).write_bytes(text.encode())
    return read_series(str(folder / name), folder)


def said(series: Series) -> list[tuple[str, str]]:
    return [(d.code.name, d.message) for d in series.problems]


def test_heads_and_numbers_of_a_series_are_read(tmp_path):
    found = read(tmp_path, mbox(mail("[PATCH net-next v2 1/2] a: first\n one"), mail("[PATCH net-next v2 2/2] a: second")))
    assert said(found) == []
    assert [(p.number, p.total, p.version, p.subject) for p in found.patches] == [
        (1, 2, "2", "[PATCH net-next v2 1/2] a: first one"),
        (2, 2, "2", "[PATCH net-next v2 2/2] a: second"),
    ]
    first = found.patches[0]
    assert (first.ident, first.author) == ("<1@small>", "Ann Other <ann@example.org>")
    assert [(c.path, c.kind, len(c.hunks)) for c in first.changes] == [("net/small.c", "changed", 1)]


def test_a_cover_letter_and_replies_are_no_fault(tmp_path):
    quoted = "> " + DIFF.replace("\n", "\n> ")
    cover, reply = mail("[PATCH 0/1] a: all of it", diff=""), mail("Re: [PATCH 1/1] a: one", diff=quoted)
    found = read(tmp_path, mbox(cover, mail("[PATCH 1/1] a: one"), reply))
    assert said(found) == []
    assert len(found.patches) == 1


def test_a_mail_without_a_patch_is_named_and_passed_over(tmp_path):
    found = read(tmp_path, mbox(mail("[PATCH 1/1] a: one"), mail("lunch", diff="")))
    assert said(found) == [("no-patch", "`lunch` has no diff")]
    assert [p.number for p in found.patches] == [1]


def test_a_series_out_of_order_is_applied_by_number(tmp_path):
    found = read(tmp_path, mbox(mail("[PATCH 2/2] a: two"), mail("[PATCH 1/2] a: one")))
    assert said(found) == [("incomplete-series", "the patches come in the order 2, 1; they are applied by number")]
    assert [p.number for p in found.patches] == [1, 2]


def test_what_is_missing_or_there_twice_is_said(tmp_path):
    found = read(tmp_path, mbox(mail("[PATCH 1/4] a: one"), mail("[PATCH 3/4] a: three"), mail("[PATCH 3/4] a: again")))
    assert said(found) == [
        ("incomplete-series", "there are two patches 3/4; the first is taken"),
        ("incomplete-series", "the series is incomplete: 2/4, 4/4 are not there"),
    ]
    assert [p.subject for p in found.patches] == ["[PATCH 1/4] a: one", "[PATCH 3/4] a: three"]


def test_of_two_versions_the_newest_is_taken(tmp_path):
    found = read(tmp_path, mbox(mail("[PATCH 1/1] a: one"), mail("[PATCH v3 1/1] a: one")))
    assert said(found) == [("incomplete-series", "1 patch of older versions left out, the newest is v3")]
    assert [p.version for p in found.patches] == ["3"]


@pytest.mark.parametrize(
    ("subjects", "taken"),
    [
        (["[PATCHv2 1/1] a: one", "[PATCHv3 1/1] a: one"], ["[PATCHv3 1/1] a: one"]),
        (["[PATCH] a: one", "[PATCH net v2] a: one"], ["[PATCH net v2] a: one"]),
        (["[PATCH v4] a: one", "[PATCH] b: two"], ["[PATCH v4] a: one", "[PATCH] b: two"]),
        (["[PATCH 5.10 1/2] a: one", "[PATCH 5.10 2/2] b: two"], ["[PATCH 5.10 1/2] a: one", "[PATCH 5.10 2/2] b: two"]),
    ],
)
def test_versions_are_those_of_one_series_or_of_one_patch(tmp_path: Path, subjects: list[str], taken: list[str]):
    found = read(tmp_path, mbox(*map(mail, subjects)))
    assert [p.subject for p in found.patches] == taken
    assert len(found.problems) == len(subjects) - len(taken)


def test_what_is_missing_of_a_long_series_is_said_in_one_piece(tmp_path):
    found = read(tmp_path, mbox(mail("[PATCH 5.10 012/200] a: one")))
    text = "the series is incomplete: 1/200 to 11/200, 13/200 to 200/200 are not there"
    assert said(found) == [("incomplete-series", text)]


def test_a_thread_without_a_patch_of_its_own_is_one_line(tmp_path):
    with pytest.raises(InputError) as e:
        read(tmp_path, mbox(mail("[PATCH 0/2] a: all of it", diff=""), mail("Re: [PATCH 1/2] a: one")))
    assert [(d.message, d.help) for d in e.value.diagnostics] == [
        ("there is no patch in the series",
         "cover letters and replies are passed over; a patch is a mail, or a file, with a unified diff"),
    ]  # fmt: skip


def test_of_the_standard_input_nothing_is_cut_off(tmp_path, monkeypatch):
    monkeypatch.setattr("refcheck.series.mails.MOST_BYTES", 1 << 20)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(DIFF.encode() + b"\n" * (1 << 20))))
    with pytest.raises(InputError, match="the standard input has more than 1 MiB"):
        read_series("-", tmp_path)


def test_the_standard_input_and_a_folder_are_read_alike(tmp_path, monkeypatch):
    (tmp_path / "0001-a.patch").write_text(mail("[PATCH 1/2] a: one"))
    (tmp_path / "0002-b.patch").write_text(mail("[PATCH 2/2] a: two"))
    (tmp_path / "notes").write_text("no patch")
    whole = mbox(mail("[PATCH 1/2] a: one"), mail("[PATCH 2/2] a: two"))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(whole.encode())))
    given, folder = read_series("-", tmp_path), read_series(str(tmp_path), tmp_path)
    assert (
        [p.subject for p in given.patches]
        == [p.subject for p in folder.patches]
        == ["[PATCH 1/2] a: one", "[PATCH 2/2] a: two"]
    )


def test_a_bare_diff_is_a_patch(tmp_path):
    found = read(tmp_path, DIFF, "x.diff")
    assert [(p.number, p.subject, len(p.changes)) for p in found.patches] == [(0, "", 1)]


@pytest.mark.parametrize(
    "how", ["quoted-printable", "base64", "crlf", "attached", "attached as anything", "flowed", "called flowed"]
)
def test_an_encoded_mail_is_read(tmp_path, how):
    text = mail("[PATCH] a: one", coded=how)
    (change,) = read(tmp_path, text.replace("\n", "\r\n") if how == "crlf" else text).patches[0].changes
    assert [line for h in change.hunks for s, line in h.lines if s == "+"] == ["\tdst_put(d); // für"]


def test_commits_of_a_range_are_patches(tmp_path):
    git(tmp_path, "init", "-q")
    (tmp_path / "net").mkdir()
    for text in ("one\n", "two\n", "three\n"):
        (tmp_path / "net" / "a.c").write_text(text)
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "-qm", f"a: {text}")
    found = read_series("HEAD~2..HEAD", tmp_path)
    assert [p.subject for p in found.patches] == ["[PATCH 1/2] a: two", "[PATCH 2/2] a: three"]
    assert found.start == git(tmp_path, "rev-parse", "HEAD~2")
    with pytest.raises(InputError, match="there is no commit in"):
        read_series("HEAD..HEAD~1", tmp_path)
    with pytest.raises(InputError, match="no revision `nothing`"):
        read_series("nothing..HEAD", tmp_path)


@pytest.mark.parametrize(
    ("text", "error"), [("", "there is no patch"), ("From: a\n\nhello\n", "no diff"), ("\0\xff\n", "no diff")]
)
def test_what_holds_no_patch_is_an_input_error(tmp_path, text, error):
    with pytest.raises(InputError, match=error):
        read(tmp_path, text)


def test_what_is_not_there_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read_series(str(tmp_path / "gone"), tmp_path)
    with pytest.raises(InputError, match="holds no patches"):
        read_series(str(tmp_path), tmp_path)


@pytest.mark.parametrize("keep", [0.2, 0.5, 0.9, 0.97])
def test_a_mail_that_is_cut_off_is_a_line_or_a_shorter_patch(tmp_path, keep):
    text = mail("[PATCH 1/1] a: one")
    cut = text[: int(len(text) * keep)]
    if "+++ b/" not in cut:
        with pytest.raises(InputError, match="no diff"):
            read(tmp_path, cut)
    else:
        assert {c.kind for p in read(tmp_path, cut).patches for c in p.changes} <= {"broken", "changed"}
