# SPDX-License-Identifier: GPL-2.0-only
"""C as it is written in a kernel tree, to the syntax tree that a model gives."""
