# SPDX-License-Identifier: GPL-2.0-only
"""A text with all that is no code blanked, each place of it where it was; what can be asked of that."""

import re

# Compiled where it is first asked for: few runs have a text to look at so.
_NO_CODE = r'//[^\n]*|/\*.*?\*/|@\d+|"(?:[^"\\\n]|\\.)*"'


def masked(text: str) -> str:
    """The text with comments, line marks and what stands in quotes blanked."""
    return re.sub(_NO_CODE, _blanked, text, flags=re.DOTALL)


def closing(code: str, opening: int) -> int:
    """Where the parenthesis is closed that is the first from a place on; -1 where it is not."""
    depth = 0
    for m in re.compile(r"[()]").finditer(code, opening):
        depth += 1 if m[0] == "(" else -1
        if depth == 0:
            return m.start()
    return -1


def _blanked(m: re.Match[str]) -> str:
    return f'"{"_" * (len(m[0]) - 2)}"' if m[0][0] == '"' else re.sub(r"[^\n]", " ", m[0])
