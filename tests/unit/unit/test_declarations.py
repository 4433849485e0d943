# SPDX-License-Identifier: GPL-2.0-only
"""What a spec declares is checked for each model that uses it: names of the model can mean something else."""

from pathlib import Path

import pytest

from refcheck.base.diagnostics import InputError
from refcheck.unit.declare import declare
from refcheck.unit.load import load

SPEC = "resource d;\nd make(int how) {\n\tfast if how == FAST: return hold;\n\tslow if how != FAST: return NULL;\n}\n"
WITH = 'use "s.spec";\nenum speed { SLOW, FAST };\nvoid f()\n{\n}\n'
WITHOUT = 'use "s.spec";\nvoid f()\n{\n}\n'
OTHER = 'use "s.spec";\nenum speed { SLOW, MEDIUM, FAST };\nresource d;\nvoid f()\n{\n}\n'


def faults(folder: Path, text: str) -> list[str]:
    """What is wrong with a model that uses the spec."""
    (folder / "s.spec").write_text(SPEC)
    (folder / "m.rc").write_text(text)
    try:
        declare(load(folder / "m.rc"))
    except InputError as e:
        return [d.message for d in e.diagnostics]
    return []


@pytest.mark.parametrize("texts", [(WITH, WITHOUT, OTHER), (WITHOUT, WITH, OTHER), (OTHER, WITH, WITHOUT)])
def test_a_model_gets_the_same_whatever_was_declared_before(tmp_path: Path, texts: tuple[str, ...]):
    wrong = {
        WITH: [], WITHOUT: ["no outcome of `make` covers how = 0"],
        OTHER: [f"`d` is declared twice, first at {tmp_path / 's.spec'}:1:1"],
    }  # fmt: skip
    assert [faults(tmp_path, t) for t in texts * 2] == [wrong[t] for t in texts * 2]
