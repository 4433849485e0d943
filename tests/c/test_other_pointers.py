# SPDX-License-Identifier: GPL-2.0-only
"""A pointer to something else that is assigned an object is NULL, an error, or neither, as that object is."""

import pytest

from refcheck.base.verdicts import Verdict
from refcheck.run.one_file import Options
from refcheck.run.proof import verified
from refcheck.run.shared import Shared

HEAD = """
struct sk_buff { int len; };
struct frame { int kind; };
struct sk_buff *alloc_skb(int size, int flags);
void kfree_skb(struct sk_buff *skb);
"""
TESTED = """int f(void)
{
	struct sk_buff *skb = alloc_skb(4, 0);
	struct frame *at = (struct frame *)skb;

	if (!at)
		return -12;
	kfree_skb(skb);
	return 0;
}
"""
WRONG_WAY = """int f(void)
{
	struct sk_buff *skb = alloc_skb(4, 0);
	void *at = skb;

	if (at)
		return 0;
	kfree_skb(skb);
	return -12;
}
"""


@pytest.mark.parametrize(("text", "verdict"), [(TESTED, Verdict.PROVED), (WRONG_WAY, Verdict.REFUTED)])
def test_null_stays_null_under_another_type(tmp_path, text: str, verdict: Verdict):
    path = tmp_path / "m.c"
    path.write_text(HEAD + text)
    (found,) = verified(path, Options(tree=tmp_path), None, Shared()).records
    assert found.verdict == verdict
    assert found.unreached == ()
