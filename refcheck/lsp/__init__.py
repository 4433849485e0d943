# SPDX-License-Identifier: GPL-2.0-only
"""Answers while somebody types, by the language server protocol; server.py is what an editor talks to."""
