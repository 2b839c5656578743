"""The SQL store: one set of statements on SQLite and on PostgreSQL.

Owns the tables, the statements, the writer with adaptive group commit, and the connections.
"""
