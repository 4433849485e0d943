"""Plain data to text for people and machines."""
