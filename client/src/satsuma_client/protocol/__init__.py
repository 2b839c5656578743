"""The standards as values: names, grammars, messages, and the class of an error row.

Owns what a client, a gateway and a server must agree on: parsing and rendering of OAuth messages, the Basic
credentials, scope and redirect URI grammars, reserved names.
Does not own decisions (rules), keys or tokens (keys), or anything that waits.
Anyone may import it; it imports the standard library only.
"""
