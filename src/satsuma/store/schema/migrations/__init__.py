"""Migrations: the schema's history, one file a step, read by Alembic and turned into plain
statements.

A step only says what changes; it never looks at data, so that the same statements run, or are
printed, on either database. Steps expand first and contract one release later. Only
`store.schema` imports this.
"""
