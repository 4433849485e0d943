# SPDX-License-Identifier: GPL-2.0-only
"""MODEL FUNCTION|- FOLDER FORM...: writes the programs for the peers, and prints the number of locations."""

import json
import sys
import time
from pathlib import Path

from refcheck.base.diagnostics import InputError
from refcheck.export.program import SUFFIX, file_text, plain
from refcheck.run.tasks import prepare


def main() -> None:
    """Write what can be said, and say what cannot."""
    model, function, folder, *forms = sys.argv[1:]
    said: dict = {}
    try:
        cfgs = [t.cfg for t in prepare(Path(model), None, () if function == "-" else (function,))[0]]
        said["locations"] = sum(c.locations for c in cfgs)
        began = time.perf_counter()
        programs = plain(cfgs) if forms else []
        for form in forms:
            (Path(folder) / f"program.{SUFFIX[form]}").write_text(file_text(programs, form))
        said["export_seconds"] = round(time.perf_counter() - began, 3)
    except (InputError, RecursionError) as e:
        said["not_exported"] = str(e)[:200]
    print(json.dumps(said))


if __name__ == "__main__":
    main()
