# SPDX-License-Identifier: GPL-2.0-only
"""What one edge can see of a state: a shorter way to steps, which nothing that is trusted imports."""
