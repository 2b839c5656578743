"""The audit: a keyed hash chain, its seals, its checkpoints outside the database, its verification.

Owns sealing under a lease, and finding what was edited, deleted, reordered, cut or restored.
Does not own the rows: each operation writes its own, as an effect.
"""
