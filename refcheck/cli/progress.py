# SPDX-License-Identifier: GPL-2.0-only
"""How far a run is, in one line of a terminal, by rich.

rich takes longer to load than a short run takes, so that it is loaded for a run that somebody waits for, and only there.
"""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from refcheck.render.text import clean

if TYPE_CHECKING:
    from rich.progress import Progress

PATIENCE = 0.5
_LONGEST = 40


class Bar:
    """A progress bar on standard error; nothing where it is not `shown`, and while a run is young."""

    def __init__(self, total: int, shown: bool) -> None:
        self.total = total
        self.shown = shown
        self._began = time.monotonic()
        self._progress: Progress | None = None

    def at(self, done: int, path: Path) -> None:
        """`done` files are verified; `path` is at hand, or was last."""
        if not self.shown or time.monotonic() - self._began < PATIENCE:
            return
        if self._progress is None:
            self._progress = _progress()
            self._progress.add_task("", total=self.total)
        self._progress.start()
        self._progress.update(self._progress.task_ids[0], completed=done, description=clean(str(path))[-_LONGEST:])
        self._progress.refresh()

    def clear(self) -> None:
        """Take the line away."""
        if self._progress is not None:
            self._progress.stop()


def _progress() -> "Progress":
    """A line that is drawn when it is asked for: nothing of it runs beside the workers that are forked."""
    from rich.console import Console  # noqa: PLC0415  100 ms
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415  as above

    columns = (BarColumn(24), MofNCompleteColumn(), TextColumn("{task.description}", markup=False))
    return Progress(*columns, console=Console(file=sys.stderr), transient=True, auto_refresh=False)
