# SPDX-License-Identifier: GPL-2.0-only
"""docs/kernel.md says what docs/kernel.json keeps, and speaks of each finding that is certain."""

import json
import re

from kernel import DATA, PAGE, page
from pages import start

KNOWN = json.loads(DATA.read_text(encoding="utf-8"))
TEXT = PAGE.read_text(encoding="utf-8")


def test_the_tables_are_those_of_the_figures():
    assert page(TEXT, KNOWN) == TEXT


def test_what_is_certain_was_read_in_the_source():
    read = set(re.findall(r"\w+", TEXT.split(start("slips"))[0]))
    certain = {r["function"] for said in KNOWN.values() for r in said["rows"] if r["verdict"] == "REFUTED"}
    assert certain <= read


def test_what_was_read_is_among_the_findings():
    before = TEXT.split(start("slips"))[0]
    rows = [line for line in before.splitlines() if line.startswith(("| drivers/", "| net/"))]
    found = {r["function"] for said in KNOWN.values() for r in said["rows"] if r["verdict"] in ("REFUTED", "SUSPECT")}
    named = {name for row in rows for name in re.findall(r"\w+_\w+", row.split("|")[2])}
    assert len(rows) > 10
    assert named <= found
