# SPDX-License-Identifier: GPL-2.0-only
"""Which name is meant by one that is not known: of a short word no letter is another."""

import pytest

from refcheck.base.diagnostics import near, slip


@pytest.mark.parametrize(
    ("word", "names", "meant"),
    [
        ("dts", ["dst", "int"], "dst"),
        ("sk", ["skb"], "skb"),
        ("skbb", ["skb"], "skb"),
        ("net", ["int", "node"], ""),
        ("is_err", ["IS_ERR", "is_a"], "IS_ERR"),
        ("kfree_skbb", ["kfree_skb", "consume_skb"], "kfree_skb"),
        ("nothing", ["skb", "dst"], ""),
    ],
)
def test_a_name_is_near_by_letters(word: str, names: list[str], meant: str):
    assert near(word, names) == (f"did you mean `{meant}`?" if meant else "")


@pytest.mark.parametrize(
    ("word", "meant"),
    [("retrun", "return"), ("retur", "return"), ("returnn", "return"), ("rezurn", "return"), ("RETURN", "return"),
     ("return", ""), ("rretunr", ""), ("fi", "if"), ("is", ""), ("i", "")],
)  # fmt: skip
def test_a_slip_is_one_key(word: str, meant: str):
    assert slip(word, ["return", "if"]) == meant
