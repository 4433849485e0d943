# SPDX-License-Identifier: GPL-2.0-only
"""Certificates as JSON, and the digest of the graph that one is about.  Nothing here is trusted: what is read is checked."""
