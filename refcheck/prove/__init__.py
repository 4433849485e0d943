"""Proposing invariants, proving them with Z3, and finding shortest counterexamples."""
