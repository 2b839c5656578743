"""Accounts: login factors and sessions."""
