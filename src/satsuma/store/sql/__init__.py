"""Every statement that serving runs, as text for SQLite 3.40 and PostgreSQL 15 alike, one file an aggregate.

Owns what writes an effect, how a query reads, how facts become rows, and pruning. Parameters are `:name`. A condition
of an effect stands inside the statement that writes, never in a read before it. Does not own the schema (store/schema)
nor the drivers (store/sqlite, store/postgresql).
"""
