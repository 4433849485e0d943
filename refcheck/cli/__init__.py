# SPDX-License-Identifier: GPL-2.0-only
"""The command line: the only package that prints, and the only one that sets an exit status."""

from refcheck.cli.app import main as main
