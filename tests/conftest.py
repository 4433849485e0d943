# SPDX-License-Identifier: GPL-2.0-only
"""What the tests share: verifying a text as a model file, without the command line."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

import pytest
from command import ROOT

from refcheck.base.verdicts import Verdict
from refcheck.prove.prove import Limits, verify
from refcheck.result.checked import Checked
from refcheck.run.tasks import prepare

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# A verdict of an earlier run would hide what a test breaks on purpose; tests of the store ask for one of their own.
os.environ["REFCHECK_NO_STORE"] = "1"


class Verified(NamedTuple):
    """The results of one model text, by function (and entry context)."""

    checked: list[Checked]

    def verdict(self, function: str) -> str:
        """The verdict of a function over all its entry contexts."""
        found = {c.result.verdict for c in self.checked if c.result.cfg.function == function}
        assert len(found) == 1, found
        return found.pop()

    def refuted(self) -> set[tuple[str, str]]:
        """(function, property) for all that is refuted."""
        return {
            (c.result.cfg.function, v.property)
            for c in self.checked
            for v in c.result.verdicts
            if v.verdict == Verdict.REFUTED
        }


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden`, which `make update` gives."""
    parser.addoption("--update-golden", action="store_true", help="run golden tests only, and write what they compare with")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With `--update-golden`, only what has something to write."""
    if config.getoption("--update-golden"):
        golden_ones = [i for i in items if "golden" in getattr(i, "fixturenames", ())]
        config.hook.pytest_deselected(items=[i for i in items if i not in golden_ones])
        items[:] = golden_ones


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compare a text with a golden file, or write it there."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8"), "`make update` writes it anew; read the difference"

    return compare


@pytest.fixture
def check(tmp_path: Path) -> Callable[..., Verified]:
    """Verify a model given as text; specs come from the repository unless the text declares what it needs."""

    def run(text: str, name: str = "model.rc", only: tuple[str, ...] = ()) -> Verified:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        tasks, _ = prepare(path, ROOT / "specs", only)
        return Verified([Checked(t, verify(t.cfg, Limits())) for t in tasks])

    return run


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say where the pictures of this run's pages are."""
    found = sorted((ROOT / "build" / "screenshots").glob("*.png"))
    if found:
        terminalreporter.write_line(f"screenshots: {found[0].parent} ({', '.join(p.stem for p in found)})")
