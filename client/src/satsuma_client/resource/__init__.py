"""Verify a token in somebody's API, without a store. Empty as yet."""
