# SPDX-License-Identifier: GPL-2.0-only
"""Model and source as automata over lifecycle events: the paths that one of them has and the other lacks."""
