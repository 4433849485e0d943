# SPDX-License-Identifier: GPL-2.0-only
"""How long a verdict takes while one types: two lines are typed into each function of some models, one after the other.

    python tools/typed.py [MODEL.rc...]     all of models/ unless some are named

Measured is processor time from the text to the verdict of the function that changed, as `refcheck lsp` works it out.
"""

import gc
import os
import re
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from refcheck.lsp.check import Checker  # noqa: E402
from refcheck.run.one_file import Options  # noqa: E402

_BODY = re.compile(r"^\{\n", re.MULTILINE)
_HEAD = re.compile(r"^(?:static )?[\w ]+?[ *](\w+)\(", re.MULTILINE)
_TYPED = '\tbool typed;\n\n\ttyped = nondet("typed");\n'


def times(path: Path) -> dict[str, float]:
    """For each function of a model the milliseconds until its verdict is known, behind those of the text before."""
    text, name = path.read_text(encoding="utf-8"), str(path.resolve())
    checker, found = Checker(Options(), None), dict[str, float]()
    list(checker.analyse(name, {}, lambda: False))
    for body in _BODY.finditer(text):
        function = _HEAD.findall(text, 0, body.start())[-1]
        new = text[: body.end()] + _TYPED + text[body.end() :]
        began = time.thread_time()
        for analysis in checker.analyse(name, {os.path.realpath(name): new}, lambda: False):
            if function not in analysis.pending:
                break
        found[function] = (time.thread_time() - began) * 1000
    return found


def main() -> None:
    """Print the slowest functions and how long most take."""
    gc.disable()  # as refcheck lsp does until all was said
    paths = [Path(a) for a in sys.argv[1:]] or sorted((ROOT / "models").glob("*.rc"))
    found = {f"{p.name}: {f}": ms for p in paths for f, ms in times(p).items()}
    ordered = sorted(found.items(), key=lambda item: item[1])
    for name, ms in ordered[-5:]:
        print(f"{ms:6.0f} ms  {name}")
    every = [ms for _, ms in ordered]
    under = sum(ms < 100 for ms in every) / len(every)
    late = every[min(len(every) - 1, len(every) * 95 // 100)]
    spread = f"median {statistics.median(every):.0f} ms, 95% within {late:.0f} ms, slowest {every[-1]:.0f} ms"
    print(f"{len(every)} functions: {spread}, {under:.0%} below 100 ms")


if __name__ == "__main__":
    main()
