"""Syntax tree to control-flow graphs."""
