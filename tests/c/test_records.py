# SPDX-License-Identifier: GPL-2.0-only
"""Records of C functions: one for the variants of a function, one finding for a cause, and what --strict leaves."""

from pathlib import Path

from c_verdicts import records

from refcheck.base.verdicts import Verdict
from refcheck.result.record import Record, status
from refcheck.result.strict import strict

TWO_RETURNS = """
int two(struct net *net, struct flowi4 *fl, int n)
{
	struct rtable *rt = ip_route_output_key(net, fl);

	if (IS_ERR(rt))
		return PTR_ERR(rt);
	if (n > 5)
		return -EINVAL;
	if (n < 0)
		return -ERANGE;
	ip_rt_put(rt);
	return 0;
}
"""
TWO_LOOK_UPS = """
int four(struct net *net, struct flowi4 *fl, int n)
{
	struct rtable *rt = ip_route_output_key(net, fl);

	if (IS_ERR(rt))
		return PTR_ERR(rt);
	if (n > 5)
		return -EINVAL;
	ip_rt_put(rt);
	rt = ip_route_output_key(net, fl);
	if (IS_ERR(rt))
		return PTR_ERR(rt);
	if (n < 0)
		return -ERANGE;
	ip_rt_put(rt);
	return 0;
}
"""
VARIANTS = """
int six(struct net *net, struct flowi4 *fl, int n)
{
	struct rtable *rt = ip_route_output_key(net, fl);

#ifdef CONFIG_X
	if (IS_ERR(rt) || n) {
#else
	if (IS_ERR(rt)) {
#endif
		return -EINVAL;
	}
	ip_rt_put(rt);
	return 0;
}
"""
STRANGER = """
void stranger(struct rtable *rt);

int eight(struct net *net, struct flowi4 *fl)
{
	struct rtable *rt = ip_route_output_key(net, fl);

	if (IS_ERR(rt))
		return PTR_ERR(rt);
	stranger(rt);
	ip_rt_put(rt);
	return 0;
}
"""


def only(text: str, folder: Path) -> Record:
    """The one record of the one function of a text."""
    ((record,),) = records(text, folder).values()
    return record


def lines(text: str, *wanted: str) -> list[int]:
    """The lines of the file in which some texts stand; four lines of headers stand in front."""
    rows = text.split("\n")
    return [next(i for i, row in enumerate(rows, 5) if w in row) for w in wanted]


def test_two_paths_with_one_cause_are_one_finding(tmp_path):
    (found,) = only(TWO_RETURNS, tmp_path).findings
    first, second = lines(TWO_RETURNS, "-EINVAL", "-ERANGE")
    assert {found.place.line, *(n for n in (first, second) if f"at line {n}" in found.notes[-1])} == {first, second}


def test_two_look_ups_are_two_causes(tmp_path):
    assert [f.place.line for f in only(TWO_LOOK_UPS, tmp_path).findings] == lines(TWO_LOOK_UPS, "-EINVAL", "-ERANGE")


def test_the_variants_of_a_function_are_one_record(tmp_path):
    record = only(VARIANTS, tmp_path)
    assert (record.verdict, len(record.findings)) == (Verdict.REFUTED, 1)
    assert record.from_c.variant == ("defined(CONFIG_X)", "!defined(CONFIG_X)")
    assert "defined(CONFIG_X)" in record.findings[0].notes[-1]
    assert not record.findings[0].notes[-1].endswith("!defined(CONFIG_X)")


def test_strict_takes_no_assumption(tmp_path):
    proved = only(STRANGER, tmp_path)
    assert proved.verdict == Verdict.PROVED
    unknown = strict(proved)
    assert unknown.verdict == Verdict.UNKNOWN
    assert status([proved]) == 0
    assert status([unknown]) == 3
    assert "lends: stranger" in unknown.properties[0].reason
    bare = only(STRANGER.replace("	stranger(rt);\n", ""), tmp_path)
    assert strict(bare) == bare
