# SPDX-License-Identifier: GPL-2.0-only
"""Functions with their certificates as data, to be damaged and to be confirmed."""

from __future__ import annotations

import copy
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from command import ROOT, run

from refcheck.certificate.document import confirm, from_data, to_data
from refcheck.graph.cfg import CFG
from refcheck.lower.task import Task
from refcheck.prove.prove import Limits, verify
from refcheck.run.tasks import prepare
from refcheck.verdict.check import Confirmed, Refusal
from refcheck.verdict.verdict import Result

SPECS = ROOT / "specs"


GOOD = """use "route.spec", "skb.spec";

int f(bool early)
{
	dst rt = ip_route_output_key();

	if (IS_ERR(rt))
		return PTR_ERR(rt);
	if (early) {
		dst_release(rt);
		return 0;
	}
	while (nondet("again"))
		use(rt);
	dst_release(rt);
	return 0;
}
"""


LEAK = GOOD.replace("	dst_release(rt);\n	return 0;\n}", "	return 0;\n}")


class Case(NamedTuple):
    """A function that was verified, with its certificate as data."""

    task: Task
    result: Result
    data: dict[str, Any]

    @property
    def cfg(self) -> CFG:
        return self.task.cfg

    def answer(self, data: object) -> Confirmed | Refusal | str:
        """What becomes of a document about this function; a text where it is no document."""
        document = from_data(data)
        return document if isinstance(document, str) else confirm(self.cfg, document)

    def changed(self, *path: Any, to: Any) -> dict[str, Any]:
        """The certificate with the value at a path replaced."""
        data = copy.deepcopy(self.data)
        at: Any = data
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = to
        return data


def case(path: Path, function: str) -> Case:
    """A function of a model, verified."""
    task = next(t for t in prepare(path, SPECS, (function,))[0])
    result = verify(task.cfg, Limits())
    assert result.certificate is not None
    return Case(task, result, to_data(task.cfg, result.certificate, {v.property: v.verdict for v in result.verdicts}))


@cache
def real() -> Case:
    """A function with flags, a borrow, a slot and contexts, small enough to be damaged everywhere."""
    return case(ROOT / "models" / "geneve.rc", "geneve_fill_metadata_dst")


def check(path: Path, *more: object) -> tuple[int, str]:
    """Status and output of `certify` for a file."""
    got = run("certify", path, "--specs", SPECS, *more)
    assert got.err == ""
    return got.status, got.out
