# SPDX-License-Identifier: GPL-2.0-only
"""Programs for other checkers: a function in an entry context as C for CBMC and as Promela for SPIN."""
