# SPDX-License-Identifier: GPL-2.0-only
"""The meaning of conditions and operations as SMT terms: file by file what meaning/ says in Python."""
