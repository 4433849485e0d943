# SPDX-License-Identifier: GPL-2.0-only
"""What was proved before: a content-addressed store of verdicts (docs/store.md)."""
