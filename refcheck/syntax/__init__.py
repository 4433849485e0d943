"""Source text to syntax tree: the only package that imports lark."""
