# SPDX-License-Identifier: GPL-2.0-only
"""Source text to syntax tree: the only package that imports lark."""
