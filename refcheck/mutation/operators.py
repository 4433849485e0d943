# SPDX-License-Identifier: GPL-2.0-only
"""Every operator by name, with what goes wrong in its mutants."""

from refcheck.mutation import bodies, contracts

OPERATORS = {**bodies.OPERATORS, **contracts.OPERATORS}
