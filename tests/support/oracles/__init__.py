# SPDX-License-Identifier: GPL-2.0-only
"""Oracles: slow and simple deciders that the prover is compared with."""
