"""Facts in, effects out: the one port to whatever remembers.

Owns the port (port.py), the engines (memory, sqlite, postgresql), the statements they share (sql), the schema and its
migrations. Every commit is one conditional transaction, durable before it returns.
Does not decide anything but how long rows are kept (retention.py): a condition of an effect holds or the commit
conflicts.
"""
