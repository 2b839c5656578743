"""Durable work with leases: whatever must happen once, later, on whichever node is alive.

Owns leasing, repeating and retiring work. No cron, nothing elected; each effect is idempotent.
"""
