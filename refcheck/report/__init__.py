"""Verdicts to findings, and findings to text for people and machines."""
