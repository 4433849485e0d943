# SPDX-License-Identifier: GPL-2.0-only
"""A C compiler as the judge of what statements mean.

`programs` writes functions that are text of both languages: numbers, flags, an enum, guards, jumps, and calls of functions
that say their names.  `walk` goes through the graph of such a function along one path, and notes what is called and
returned, and which answers it took.  `build` compiles the same text with gcc, and runs it on the same answers.
This judge knows nothing of lower/, of the reference semantics, or of the interpreter of the tests.
"""

from as_c.build import outputs
from as_c.compare import Compared, disagreements
from as_c.programs import DECLARED, program
from as_c.walk import Path, Unexpected, walk

__all__ = ["DECLARED", "Compared", "Path", "Unexpected", "disagreements", "outputs", "program", "walk"]
