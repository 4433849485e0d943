# SPDX-License-Identifier: GPL-2.0-only
"""What a body takes out from under a lock stands in the contract that is inferred from it, on the exits that do."""

from pathlib import Path

from command import ROOT, model

from refcheck.infer.summary import AboutCallers, summarise
from refcheck.syntax import ast, code
from refcheck.unit.declare import declare
from refcheck.unit.load import load

TEXT = """use "sock_hold.spec";

int forget(sock sk, bool old) __must_hold(socket)
{
	if (old) {
		__sk_dst_reset(sk);
		return 1;
	}
	return 0;
}
"""


def test_an_exit_that_takes_something_out_says_so(tmp_path: Path):
    decl = declare(load(model(tmp_path, TEXT), ROOT / "specs"))
    contract = summarise(decl, decl.functions["forget"], AboutCallers(checked=True)).contract
    assert contract is not None
    said = {values(o): [e.context for e in o.effects if e.verb == "revoke"] for o in contract.outcomes}
    assert said == {(1,): ["socket"], (0,): []}


def values(o: ast.Outcome) -> tuple[object, ...]:
    """The numbers that an outcome returns."""
    returned = next(e.value for e in o.effects if e.verb == "return")
    assert isinstance(returned, ast.Values)
    return tuple(c.value for c in returned.constants if isinstance(c, code.Int))
