"""People: login factors, sessions, recovery.

Owns what proves that a person is who they say. Does not own consent (rules) or pages (web, server/pages).
"""
