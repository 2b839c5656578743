"""Satsuma: OAuth 2.0 as one thing you can run.

The rooms and the direction of their imports are in docs/architecture.md. Importing this package imports nothing else.
"""

__version__ = "0.1.0"
