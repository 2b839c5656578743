"""The audit chain, its seals and its verification."""
