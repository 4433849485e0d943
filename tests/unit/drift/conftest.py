# SPDX-License-Identifier: GPL-2.0-only
"""A tree and models for each test."""

import pytest
from drifting import Tree


@pytest.fixture
def tree(tmp_path) -> Tree:
    return Tree(tmp_path)
