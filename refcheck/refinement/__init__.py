# SPDX-License-Identifier: GPL-2.0-only
"""Graphs with predicates on integers, and the lemmas that make them stand for the graphs without.  Trusted."""
