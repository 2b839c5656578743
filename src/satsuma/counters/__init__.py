"""Limits and quotas: exact windows in memory, or in Valkey or Redis by one script on its clock; calls until written.

Owns counting. Does not own what is limited (domain, accounts, oauth), nor how a refusal reads (oauth, gateway).
"""
