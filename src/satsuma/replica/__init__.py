"""What changed, in commit order, to every process.

Owns the reader that follows the store's change rows, and the in-memory picture it keeps true: the revocation set,
the directory of clients and APIs, the key ring's reload.
Does not own writing changes (store does, with each commit).
"""
