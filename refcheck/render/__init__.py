# SPDX-License-Identifier: GPL-2.0-only
"""Plain data to text for people and machines."""
