"""Management operations, on a real store."""
