"""Facts in, effects out: the one port to whatever remembers.

Owns the port (port.py), the memory store, the SQL stores on SQLite and PostgreSQL and their
migrations. Every commit is one conditional transaction, durable before it returns. Does not decide
anything: a condition of an effect holds or the commit conflicts.
"""
