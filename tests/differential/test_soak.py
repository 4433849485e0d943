# SPDX-License-Identifier: GPL-2.0-only
"""tools/soak.py: counts what it tried, goes on where it stopped, shrinks what it finds."""

import argparse

import pytest
import soak


def args(path, programs: int, first: int = 0) -> argparse.Namespace:
    return argparse.Namespace(programs=programs, first=first, state=str(path), processes=1, worlds=100, every=2)


def test_a_run_counts_and_goes_on_where_it_was(tmp_path, monkeypatch):
    monkeypatch.setattr(soak, "CHUNK", 4)
    monkeypatch.setattr(soak, "ProcessPoolExecutor", Inline)
    half = soak.run(args(tmp_path / "s.json", 8))
    assert half["tried"] == 8
    assert half["figures"]["functions"] >= 8
    done = soak.run(args(tmp_path / "s.json", 12))
    assert done["tried"] == 12
    assert done["figures"]["functions"] > half["figures"]["functions"]
    whole = soak.run(args(tmp_path / "t.json", 12))
    assert whole["figures"] == done["figures"]
    assert done["disagreements"] == {}


def test_a_state_of_another_run_is_not_mixed_in(tmp_path, monkeypatch):
    monkeypatch.setattr(soak, "ProcessPoolExecutor", Inline)
    soak.run(args(tmp_path / "s.json", 1))
    with pytest.raises(SystemExit, match="name another file"):
        soak.run(args(tmp_path / "s.json", 1, first=5))


def test_a_disagreement_is_kept_by_its_seed_and_shrunk(monkeypatch):
    # Given an oracle that takes every release for a finding, then a program with one is disagreed on
    import agreement

    text = """resource node;
node get() contract { ok: return hold; };
void put(node n) contract { ok: release n; };
int other()
{
	return 0;
}
void f()
{
	node n = get();
	use(n);
	put(n);
}"""
    real = agreement.judge

    def wrong(cfg, seen):
        found = real(cfg, seen)
        return found | {"double-release": "REFUTED"} if found["double-release"] == "PROVED" else found

    monkeypatch.setattr(agreement, "judge", wrong)
    figures, found = soak.disagreements_of(text, 0)
    assert figures["functions"] == 2
    assert found == ["f: double-release is PROVED for the prover and REFUTED for the oracle"]
    short = soak.shrink(text, 0)
    assert "use(n);" not in short
    assert "put(n);" in short


class Inline:
    """A pool that works in this process."""

    def __init__(self, _: int) -> None:
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    map = staticmethod(map)
