"""The messages of OAuth as frozen values, one file a message.

Owns parsing from the wire (may refuse) and rendering to it. Does not own decisions about what a message asks.
"""
