"""The authorization server: one file an endpoint; those that a client calls are on the one line of endpoint.py.

Owns the endpoints of an issuer, client authentication, the reading of an authorization request, and how a refusal is
rendered.
Does not own who gets what (domain), tokens (keys) or pages (signin).
"""
