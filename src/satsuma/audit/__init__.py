"""What happened: audit with its chain and checkpoints, the request log and its explanations, usage and metrics.

Owns writing these down, bounded, and reading them back to their owner.
Does not own a secret, not even a wrong one: only classes and fingerprints reach it.
"""
