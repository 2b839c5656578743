"""The client side of OAuth 2.0, for applications; it knows nothing of the platform.

`protocol` is the standards as values; `client` and `resource` are to come; `cli` is the program `satsuma`.
Importing this package imports nothing else.
"""

__version__ = "0.1.0"
