"""Keys and what they make: the master key, key sets and their life, sealed tokens, JSON Web Tokens, randomness.

Owns minting and verifying of tokens, wrapping of private keys and secrets, digests of client secrets.
Does not own storage of keys (store), nor the decision who gets a token (domain).
"""
