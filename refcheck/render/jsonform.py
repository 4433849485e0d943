# SPDX-License-Identifier: GPL-2.0-only
"""A run as JSON, in the form that record.py has and run-2.schema.json describes."""

import json

from refcheck.render.formats import RenderOptions
from refcheck.result.record import Run, to_data


def render(run: Run, options: RenderOptions) -> str:  # noqa: ARG001  every rendering takes both
    """One object, indented, in ASCII."""
    return json.dumps(to_data(run), indent=2) + "\n"
