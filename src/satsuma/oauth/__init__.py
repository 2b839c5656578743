"""The authorization server: one file an endpoint, each on the one line of endpoint.py.

Owns the endpoints of an issuer, client authentication, and how a refusal is rendered.
Does not own decisions (domain), tokens (keys) or pages (signin).
"""
