# SPDX-License-Identifier: GPL-2.0-only
"""What everything rests on: records, positions in source, diagnostics, files, limits; nothing of what is verified."""
