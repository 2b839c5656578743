"""The authorization server: one file per endpoint, on the straight line of ARCHITECTURE.

Owns the endpoints of an issuer, client authentication, and the one door by which every refusal leaves (refusals.py).
Does not own decisions (rules) or tokens (keys).
"""
