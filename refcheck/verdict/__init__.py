# SPDX-License-Identifier: GPL-2.0-only
"""Verdicts and what stands behind them, checked with nothing but the reference semantics.  Trusted."""
