"""What changed, in commit order, to every process.

Owns the reader that follows the store's change rows, and the in-memory replica it keeps true: the revocation set,
the clients and APIs, the key ring's reload.
Does not own writing changes (store does, with each commit).
"""
