# SPDX-License-Identifier: GPL-2.0-only
"""What the tutorial says that refcheck prints is what it prints, of the model above it."""

import pytest
from command import model, run
from examples import DOCS, FENCE

BLOCKS = [(m["info"].strip(), m["text"]) for m in FENCE.finditer((DOCS / "tutorial.md").read_text(encoding="utf-8"))]
SHOWN = [i for i, (info, _) in enumerate(BLOCKS) if info == "text"]


@pytest.mark.parametrize("number", SHOWN)
def test_what_is_shown_is_printed(number: int, tmp_path, monkeypatch):
    text = [body for info, body in BLOCKS[:number] if info.startswith("refcheck")][-1]
    model(tmp_path, text, "udp.rc")
    monkeypatch.chdir(tmp_path)
    left = iter(run("verify", "--no-store", "udp.rc").out.split("\n"))
    for line in BLOCKS[number][1].rstrip("\n").split("\n"):
        assert line == "..." or line in left, line


def test_both_are_shown():
    assert len(SHOWN) == 2
