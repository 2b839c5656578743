"""Limits and quotas: exact sliding windows in memory, or in Valkey/Redis by one script on its clock.

Owns counting. Does not own what is limited or how a refusal reads (rules, server, gateway).
"""
