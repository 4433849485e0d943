# SPDX-License-Identifier: GPL-2.0-only
"""Runs over files: what is verified, by which processes, in which parts, with which certificates."""
