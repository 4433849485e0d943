# SPDX-License-Identifier: GPL-2.0-only
"""`python -m refcheck`."""

from refcheck.cli import main

main()
