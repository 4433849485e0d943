# SPDX-License-Identifier: GPL-2.0-only
"""The reference semantics: what a state is, what each operation does to it, and what it owes.  Trusted."""
