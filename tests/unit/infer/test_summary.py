# SPDX-License-Identifier: GPL-2.0-only
"""What a body does is found out whatever else the machine is at."""

import itertools
import time
from pathlib import Path

import pytest
from command import ROOT

from refcheck.run.from_c import read
from refcheck.run.one_file import Options
from refcheck.run.shared import Shared

TEXT = """#include <net/dst.h>
static int gorge_take(struct dst_entry *dst, int x)
{
	if (x)
		dst_release(dst);
	return x ? 0 : -EINVAL;
}
int gorge(struct dst_entry *dst, int x)
{
	return gorge_take(dst, x);
}
"""


def inferred(tmp_path: Path) -> set[str]:
    path = tmp_path / "gorge.c"
    path.write_text(TEXT, encoding="utf-8")
    return set(read(path, Options(tree=ROOT / "corpus" / "c"), None, Shared()).found.inferred)


@pytest.mark.parametrize(("clock", "found"), [("perf_counter", {"gorge", "gorge_take"}), ("process_time", set())])
def test_only_time_of_its_own_ends_an_inference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: str, found: set[str]
):  # fmt: skip
    ticks = itertools.count(0, 1000)
    monkeypatch.setattr(time, clock, lambda: float(next(ticks)))
    assert inferred(tmp_path) == found
