# SPDX-License-Identifier: GPL-2.0-only
"""refcheck: a model checker for reference-count safety."""

__version__ = "0.2.0"
