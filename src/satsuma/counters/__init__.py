"""Limits and quotas: exact sliding windows in memory, or in Valkey or Redis by one script on its clock.

Owns counting. Does not own what is limited (domain, accounts, oauth), nor how a refusal reads (oauth, gateway).
"""
