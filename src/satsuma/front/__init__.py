"""The HTTP front: one connection, one process, many workers, bounds on all of them."""
