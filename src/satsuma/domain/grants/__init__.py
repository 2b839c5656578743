"""One file per grant type: what this grant needs, and whether it is given.

A new grant is a new file here and a row in the table of its issuer; nothing shared changes.
"""
