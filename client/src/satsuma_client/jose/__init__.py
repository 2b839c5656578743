"""Signed tokens of others: an issuer's keys, fetched and kept, and what a signature proves. Needs the extra `jwt`."""
