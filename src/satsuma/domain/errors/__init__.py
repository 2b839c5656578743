"""The one table of refusals: a row for each cause, by what a caller meets, and the value that carries one.

Owns every slug, its words on the wire and its cure (table.py joins them).
Does not own rendering (oauth, gateway, front) nor what is told to the owner (diagnostics).
"""
