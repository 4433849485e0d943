"""Verdicts and what stands behind them, checked with nothing but the reference semantics.  Trusted."""
