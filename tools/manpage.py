# SPDX-License-Identifier: GPL-2.0-only
"""Writes docs/refcheck.1, the page of `man refcheck`, from the definitions of the options, by argparse-manpage.

python tools/manpage.py            write it anew
python tools/manpage.py --check    write nothing; status 1 where it is not current
"""

import re
import sys
from pathlib import Path

from argparse_manpage.manpage import Manpage

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from refcheck import __version__  # noqa: E402
from refcheck.cli.app import COMMANDS, command  # noqa: E402
from refcheck.cli.arguments import whole  # noqa: E402

FILE = ROOT / "docs" / "refcheck.1"
STATUS = (
    ("0", "everything is proved, or as its model expects; other commands: done"),
    ("1", "something is refuted or vacuous; a certificate is refused; a verdict got worse; a mutant survived"),
    ("2", "bad input or usage"),
    ("3", "something is unknown, and nothing is refuted or vacuous"),
    ("70", "a fault of refcheck; no verdict was given"),
)  # fmt: skip


def page() -> str:
    """The page, without the day on which it was made."""
    parser = whole({name: (text, command(name)) for name, text in COMMANDS.items()}, {})
    data = {"description": "prove reference counting in kernel code", "project_name": "refcheck", "version": __version__}
    made = Manpage(parser, _data={**data, "date": __version__, "manual_title": "refcheck"})
    text = re.sub(r"[ \t]+$", "", str(made), flags=re.MULTILINE).rstrip("\n")
    rows = [r'.\" SPDX-License-Identifier: GPL-2.0-only', r'.\" Made by tools/manpage.py; not to be edited.', text]
    rows.append(".SH EXIT STATUS")
    rows += [line for status, means in STATUS for line in (".TP", status, means)]
    rows += [".SH ENVIRONMENT", ".TP", "REFCHECK_STORE, REFCHECK_NO_STORE", "As --store and --no-store."]
    rows += [".TP", "NO_COLOR", "No colours, as with --color never."]
    return "\n".join([*rows, ""])


def main() -> int:
    """Write the page, or compare it."""
    if "--check" in sys.argv[1:]:
        return int(not FILE.is_file() or FILE.read_text(encoding="utf-8") != page())
    FILE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
