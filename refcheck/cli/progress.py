# SPDX-License-Identifier: GPL-2.0-only
"""How far a run is and how long it may take, in one line of a terminal, by rich.

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
_SAYS_LITTLE = 0.01


class Bar:
    """A progress bar on standard error; nothing where it is not `shown`, and while a run is young."""

    def __init__(self, total: int, shown: bool) -> None:
        self.total = total
        self.shown = shown
        self._began = time.monotonic()
        self._progress: Progress | None = None

    def at(self, done: int, path: Path, part: float) -> None:
        """`done` files are verified; `path` is at hand, or was last; `part` of the work is done."""
        if not self.shown or time.monotonic() - self._began < PATIENCE:
            return
        if self._progress is None:
            self._progress = _progress()
            self._progress.add_task("", total=self.total, left="")
        self._progress.start()
        name, left = clean(str(path))[-_LONGEST:], remaining(time.monotonic() - self._began, part)
        self._progress.update(self._progress.task_ids[0], completed=done, description=name, left=left)
        self._progress.refresh()

    def clear(self) -> None:
        """Take the line away."""
        if self._progress is not None:
            self._progress.stop()


def remaining(seconds: float, part: float) -> str:
    """How long the rest may take where a part of the work took so long; nothing while that says little."""
    if part < _SAYS_LITTLE:
        return ""
    left = seconds * (1 - part) / part
    if left < 100:
        return f"{left:.0f} s left"
    return f"{left / 60:.0f} min left" if left < 6000 else f"{left / 3600:.1f} h left"


def _progress() -> "Progress":
    """A line that is drawn when it is asked for: nothing of it runs beside the workers that are forked."""
    from rich.console import Console  # noqa: PLC0415  100 ms
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415  as above

    texts = (TextColumn("{task.fields[left]}"), TextColumn("{task.description}", markup=False))
    drawn = BarColumn(24), MofNCompleteColumn(), *texts
    return Progress(*drawn, console=Console(file=sys.stderr), transient=True, auto_refresh=False)
