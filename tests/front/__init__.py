"""The connection, its bounds, the fronts and the workers."""
