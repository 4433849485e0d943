# SPDX-License-Identifier: GPL-2.0-only
"""A posted series: its mails, its patches on copies of files, and what each patch does to the functions that it reaches."""
