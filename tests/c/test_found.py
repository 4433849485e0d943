# SPDX-License-Identifier: GPL-2.0-only
"""How tools/c_corpus.py tells what was found from the JSON form of a run."""

import pytest
from c_corpus import WORDS, Expected, Found, Input, judged, table

BEFORE = Input("99-test", "before", "a bug", "", "A, a reference is leaked", (Expected("f", ("leaked-ref",)),))
AFTER = BEFORE._replace(variant="after", expected=(Expected("f", ()),))


def result(verdict: str, function: str = "f", *findings: tuple[str, bool], unclear: tuple[str, ...] = ()) -> dict:
    from_c = {"certain": [sure for _, sure in findings], "ambiguous": list(unclear)}
    return {"function": function, "verdict": verdict, "findings": [{"property": p} for p, _ in findings], "from_c": from_c}


@pytest.mark.parametrize(
    ("results", "before", "after"),
    [
        ([result("REFUTED", "f", ("leaked-ref", True))], "found", "false alarm"),
        ([result("REFUTED", "f", ("leaked-ref", False))], "possible", "possible false alarm"),
        ([result("REFUTED", "f", ("leaked-ref", False), ("leaked-ref", True))], "found", "false alarm"),
        ([result("REFUTED", "f", ("bad-pointer", True))], "other", "false alarm"),
        ([result("REFUTED", "g", ("leaked-ref", True)), result("PROVED")], "other", "false alarm"),
        ([result("PROVED", unclear=("two fates",))], "ambiguous", "ambiguous"),
        ([result("UNKNOWN")], "undecided", "undecided"),
        ([result("UNKNOWN", "g"), result("REFUTED", "f", ("leaked-ref", True))], "found", "false alarm"),
        ([result("UNKNOWN"), result("REFUTED", "g", ("bad-pointer", True))], "undecided", "false alarm"),
        ([], "undecided", "undecided"),
        ([result("PROVED")], "missed", "proved"),
    ],
)  # fmt: skip
def test_an_outcome_follows_from_the_results(results: list[dict], before: str, after: str):
    assert (judged(BEFORE, results).outcome, judged(AFTER, results).outcome) == (before, after)
    assert {before, after} <= set(WORDS)


def test_the_table_counts_the_pairs_that_are_told_apart():
    pairs = [("found", "proved"), ("possible", "proved"), ("found", "false alarm"), ("missed", "proved")]
    found = [Found(one, o, "") for pair in pairs for one, o in zip((BEFORE, AFTER), pair, strict=True)]
    text = table(found)
    assert text.startswith("2 of 4 pairs are told apart")
    assert "| found | 2 | 0 |" in text
    assert "| proved | 0 | 3 |" in text
