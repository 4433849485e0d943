# SPDX-License-Identifier: GPL-2.0-only
"""Looking at functions without proving them: who rests on whom, lifecycles, differences."""
