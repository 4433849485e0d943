# SPDX-License-Identifier: GPL-2.0-only
"""Systematic mutants of models and contracts, and what the properties make of them."""
