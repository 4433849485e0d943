# SPDX-License-Identifier: GPL-2.0-only
"""The gate of CI: what a change makes worse, rule by rule (docs/gate.md)."""
