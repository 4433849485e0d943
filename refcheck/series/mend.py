# SPDX-License-Identifier: GPL-2.0-only
"""A repair of a finding as a diff of the C file, where one is verified under the contracts of a state."""

import difflib
from collections.abc import Iterable

from refcheck.result.record import Finding, Record
from refcheck.run import mend_c
from refcheck.series.sides import TreeState

_MOST_TRIED = 10


def mended(state: TreeState, path: str, record: Record, f: Finding) -> tuple[str, ...]:
    """The lines of the diff; none where no proposal holds."""
    given = state.parsed(path)
    if given is None or f.place.file != path:
        return ()

    def verified(text: str) -> Iterable[Record]:
        tried = state.with_texts({path: text.encode("utf-8", "surrogateescape")})
        found = tried.judged(path, record.function, (record.function,))
        return found.records if found is not None else ()

    functions = state.functions(path)
    made_of = mend_c.CRepairs(
        functions.get(record.function, ()), [f for fs in functions.values() for f in fs], state.decl.contracts
    )
    text = given.source.text
    found = mend_c.mended(made_of, text, record, f, verified, _MOST_TRIED)
    if found is None:
        return ()
    return tuple(difflib.unified_diff(text.split("\n"), found.lines, f"a/{path}", f"b/{path}", lineterm=""))
