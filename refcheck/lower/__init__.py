# SPDX-License-Identifier: GPL-2.0-only
"""Syntax tree to control-flow graphs."""
