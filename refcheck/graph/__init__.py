# SPDX-License-Identifier: GPL-2.0-only
"""Control-flow graphs: the operations on their edges, the graph itself, and when it is well formed."""
