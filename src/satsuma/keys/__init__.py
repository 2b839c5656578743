"""Keys and what they make: the master key, key sets and their life, sealed tokens, JSON Web Tokens.

Owns minting and verifying of tokens, wrapping of private keys and secrets, digests of client secrets.
Does not own storage of keys (store), nor the decision who gets a token (rules).
Imported by the server, the gateway, the registry and the app.
"""
