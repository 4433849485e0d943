# SPDX-License-Identifier: GPL-2.0-only
"""Models that many tests look at: a leak, the same repaired, and geneve with a guard taken out."""

from command import GENEVE

LEAK = """use "route.spec";
source "net/ipv4/example.c", "v6.19";

int look()
{
	dst rt = ip_route_output_key();		@21

	if (IS_ERR(rt))				@22
		return PTR_ERR(rt);		@23
	if (nondet("no headroom"))		@24
		return -ENOMEM;			@25
	ip_rt_put(rt);				@26
	return 0;				@27
}
"""
GOOD = LEAK.replace("\t\treturn -ENOMEM;", "\t\tgoto out;").replace("\tip_rt_put", "out:\n\tip_rt_put")
PLANTED = GENEVE.read_text(encoding="utf-8").replace("\t\tif (!noref)\t\t\t\t\t@864\n", "", 1)
IDLE = "int f(bool a)\n{\n\tif (a) {\n\t\tif (!a)\n\t\t\treturn 1;\n\t}\n\treturn 0;\n}\n"
