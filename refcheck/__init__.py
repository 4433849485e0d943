"""refcheck: a model checker for reference-count safety."""

__version__ = "0.1.0"
