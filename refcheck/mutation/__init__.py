"""Systematic mutants of models and contracts, and what the properties make of them."""
