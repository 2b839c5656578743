"""What a process says of itself: logs, metrics, and the request log as it is written.

Owns writing these down, bounded. No secret reaches it, not even a wrong one: only classes and fingerprints.
Does not own reading the request log back to its owner (diagnostics).
"""
