"""Tables of the pure rules: one row is the facts, the slug of the answer, and its effects."""
