"""Oracles: slow and simple deciders that the prover is compared with."""
