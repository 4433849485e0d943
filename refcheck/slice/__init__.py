# SPDX-License-Identifier: GPL-2.0-only
"""A C function to the model that a person would write: what touches no reference, context or slot is sliced away."""
