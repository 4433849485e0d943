"""Results as plain data: findings, traces and repairs, with no graph, prover or parser behind them."""
