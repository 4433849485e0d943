# SPDX-License-Identifier: GPL-2.0-only
"""A model as a C program that runs: real objects, callees that choose from a tape, and an adversary that frees.

program.py writes the file; declared.py, contracts.py (with reading.py) and bodies.py (with expressions.py) write its
parts from the syntax tree and the declarations alone.  The C files beside them are the run-time support.
"""
