"""Keys and what they make: the master key, the key ring, sealed tokens, JSON Web Tokens, randomness.

Owns minting and verifying of tokens, wrapping of private keys and secrets, digests of client secrets.
Does not own storage of keys (store), when they roll (management/keys.py, app/background.py), nor who gets a token
(domain).
"""
