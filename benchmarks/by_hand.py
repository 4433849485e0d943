# SPDX-License-Identifier: GPL-2.0-only
"""N [bug]: the family `chain` as somebody would write it for CBMC by hand; only `use`, release and leak are asserted."""

import sys

HEAD = """\
_Bool nondet_bool(void);
int nondet_int(void);

int main(void)
{
	int refs = 0, err = 0, how = nondet_int();
	_Bool borrowed = 0, noref;

	if (how == 0) {
		noref = 1;
		borrowed = 1;
	} else if (how == 1) {
		noref = 0;
		refs = 1;
	} else {
		return -1;
	}
"""
RELEASE = 'if (!noref) { __CPROVER_assert(refs > 0, "release"); refs--; }'
LEAK = '__CPROVER_assert(refs == 0, "leak");'
USE = '__CPROVER_assert(refs > 0 || borrowed, "use");'


def program(n: int, bug: bool) -> str:
    """The whole program."""
    steps = []
    for i in range(1, n + 1):
        release = "" if bug and i == n else RELEASE
        fails = f"if (err < 0) {{ {release} {LEAK} return err; }}"
        choose = "err = nondet_bool() ? 0 : nondet_int(); __CPROVER_assume(err <= 0);"
        steps.append(f"\tif (nondet_bool()) {{ {USE} {choose} {fails} }} else {{ {USE} }}\n")
    return f"{HEAD}{''.join(steps)}\t{RELEASE}\n\t{LEAK}\n\treturn err;\n}}\n"


if __name__ == "__main__":
    sys.stdout.write(program(int(sys.argv[1]), "bug" in sys.argv[2:]))
