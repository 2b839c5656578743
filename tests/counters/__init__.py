"""Limits, alone and together."""
