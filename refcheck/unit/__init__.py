# SPDX-License-Identifier: GPL-2.0-only
"""One model with the contracts it uses: loaded, declared, and checked to be fit for proofs."""
