"""What was proved before: a content-addressed store of verdicts (docs/store.md)."""
