"""Protecting an API: one table of tokens in every framework, and what holds while the issuer is away."""
