# SPDX-License-Identifier: GPL-2.0-only
"""Results as plain data: findings, traces and repairs, with no graph, prover or parser behind them."""
