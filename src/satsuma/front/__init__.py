"""The HTTP front: one connection, one process, many workers, and bounds on all of them.

Owns the bytes up to a `Request` and from an `Answer`, the two fronts over one route table, hosts, draining, workers.
Does not own an endpoint: each is a function that app puts into the table. See docs/adr/0015.
"""
