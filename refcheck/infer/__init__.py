# SPDX-License-Identifier: GPL-2.0-only
"""Contracts of functions that have none: what their bodies do at each exit, as outcomes, which are then proved."""
