# SPDX-License-Identifier: GPL-2.0-only
"""Proposing invariants, proving them with Z3, and finding shortest counterexamples."""
