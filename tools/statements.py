# SPDX-License-Identifier: GPL-2.0-only
"""`make statements`: generated functions through their graphs and through gcc (tests/support/as_c).

    python tools/statements.py --programs 4000 --first 1000

Programs are numbered by their seed.  Prints what was compared, and which differ; the status is 1 where some do.
"""

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

CHUNK = 500


def main() -> int:
    """Try the programs; the status."""
    from as_c import disagreements

    parser = argparse.ArgumentParser(description="Statements as the graph has them, beside the same text compiled by gcc.")
    parser.add_argument("--programs", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0)
    args = parser.parse_args()
    programs, compared, differ = 0, 0, list[str]()
    for first in range(args.first, args.first + args.programs, CHUNK):
        with tempfile.TemporaryDirectory() as folder:
            found = disagreements(range(first, min(first + CHUNK, args.first + args.programs)), Path(folder))
        programs, compared, differ = programs + found.programs, compared + found.compared, [*differ, *found.differ]
    print(f"{programs} of {args.programs} programs taken, {compared} paths compared, {len(differ)} programs differ", *differ)
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
