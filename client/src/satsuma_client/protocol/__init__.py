"""The standards as values: names, grammars, and each message both ways.

Owns what a client, a gateway and a server must agree on: what `render` writes, `parse` reads. What is not well formed
raises `Malformed` with a slug, for which each side has its own words.
Does not own decisions, keys, tokens, HTTP, or anything that waits.
Anyone may import it; it imports the standard library only.
"""
