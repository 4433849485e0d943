# SPDX-License-Identifier: GPL-2.0-only
"""The tables of docs/drift.md are those of docs/drift.json, and every model that has drifted says why."""

import json

import drifted
from command import ROOT

KNOWN = json.loads(drifted.DATA.read_text(encoding="utf-8"))


def test_the_tables_are_those_of_the_data():
    text = drifted.PAGE.read_text(encoding="utf-8")
    assert drifted.page(text, KNOWN) == text


def test_what_is_not_the_same_is_explained():
    for part, (folder, _) in drifted.PARTS.items():
        other = {r["file"] for r in KNOWN[part] if r["state"] != "same"}
        pages = [p.read_text(encoding="utf-8") for p in (ROOT / "models" / "sources").glob("*.md")]
        told = {file for file in other for page in pages if file in page and "## Paths of 7.2" in page}
        assert other - told == set(), folder


def test_most_are_the_same_and_have_one_verdict():
    for rows in KNOWN.values():
        same = [r for r in rows if r["state"] == "same"]
        assert len(same) > len(rows) * 2 / 3
        assert sum(r["model"] == r["held"] for r in same) >= len(same) - 2
