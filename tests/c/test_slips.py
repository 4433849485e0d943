# SPDX-License-Identifier: GPL-2.0-only
"""Of C that is proved, each release, hold, hand-over and lock is deleted in turn: the slip is found, or explained."""

from pathlib import Path

import pytest
from c_corpus import FOLDER
from c_verdicts import assumed, records, said
from seeding import Site, broken, effects, sites

from refcheck.base.source import SourceFile

RIGHT = [
    "01-early-return", "03-headroom-fails", "04-two-objects", "08-noref-queued", "12-put-of-a-loan",
    "15-default-keeps-section", "17-bh-stays-off", "18-cache-with-bh-on", "20-full-queue-keeps", "23-held-twice",
    "30-unlocked-under-guard", "31-wrong-rung", "32-through-a-pointer", "36-wrong-copy", "46-case-falls-through",
    "49-frees-on-error",
]  # fmt: skip
KINDS = {"put", "hand-over", "hold", "unlock", "lock", "guard"}
# What a queue takes is not asked whether its dst is a borrow: specs/skb_queue.spec says why
QUEUE = {("fjord_park", "skb_dst_force"), ("basin_queue", "skb_dst_drop")}


def slips(name: str) -> tuple[SourceFile, list[Site]]:
    source = SourceFile(f"{name}.c", (FOLDER / name / "after.c").read_text(encoding="utf-8"))
    return source, [s for s in sites(source, effects()) if s.kind in KINDS]


@pytest.mark.parametrize("name", RIGHT)
def test_a_slip_is_found_or_explained(name: str, tmp_path: Path):
    source, found = slips(name)
    assert found
    assert {said(r) for r in records(source.text, tmp_path).values()} == {"proved"}
    for s in found:
        text = broken(source, s)
        words = "; ".join(map(said, records(text, tmp_path).values()))
        if "certain" in words or "possible" in words:
            continue
        kinds = {kind for kind, _ in assumed(text, tmp_path, s.function)}
        assert (s.function, s.about) in QUEUE or "entry" in kinds, f"line {s.line}: {s.kind} {s.about}: {words}"
