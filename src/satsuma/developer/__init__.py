"""The developer's own API: what a person asks, by a token of theirs, about their own applications.

Owns the paths below `/satsuma/v1`, their parameters, and the OpenAPI document that says so.
Does not own who a person is (oauth proves the token), nor what is told (diagnostics, which the command line asks too).
"""
