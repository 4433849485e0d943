# SPDX-License-Identifier: GPL-2.0-only
"""One more ground of the gate, where a tree is at hand: a model that its source has left.

Whatever cannot be compared is no less of a breach: else a model that names no source, or one that cannot be read beside it,
would pass.
"""

from pathlib import Path

from refcheck.gate.breach import DRIFTED_MODEL, Breach
from refcheck.render.drift import instead, title
from refcheck.result.drift import OPEN, FunctionDrift
from refcheck.result.record import Place, Problem
from refcheck.run.one_file import Options
from refcheck.run.shared import Shared


def drifted(names: list[str], options: Options) -> tuple[list[Breach], list[str]]:
    """The breaches of models that were read, held against `options.tree`, and what passes with a note."""
    if options.tree is None:
        return [], []
    from refcheck.drift.compare import Against, drift  # noqa: PLC0415  needs the parser of C

    found = drift([Path(n) for n in names], Against(options.tree, options._replace(only=()), None, Shared()))
    breaches = [b for f in found.functions for b in _of_function(f)] + [_of_problem(p) for p in found.problems]
    notes = [title(f, x) for f in found.functions for x in f.differences if not x.is_error]
    return breaches, notes


def _of_function(f: FunctionDrift) -> list[Breach]:
    at = Place(f.model, f.line, 1, f.line, 1)
    if f.state == OPEN:
        help_text = "what the source says is not known; compare it by reading, and let a reviewer land it past the gate"
        message = f"the model is not compared with {f.file}"
        return [Breach(DRIFTED_MODEL, f.function, message, at, "compared", f.reason, (), help_text, unknown=True)]
    made: list[Breach] = []
    for x in f.differences:
        if x.is_error:
            path = "; ".join(f"{row.source} (line {row.source_line})" for row in x.rows)
            help_text = "change the model as the source changed, or give what it leaves out a contract that says so"
            made.append(Breach(DRIFTED_MODEL, f.function, title(f, x), at, instead(x), path, (), help_text))
    return made


def _of_problem(p: Problem) -> Breach:
    return Breach(DRIFTED_MODEL, p.place.file, p.message, p.place, "compared", "not compared", (), p.help)
