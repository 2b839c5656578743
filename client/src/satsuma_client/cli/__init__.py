"""The program `satsuma`: it finds its commands by the entry-point group `satsuma.commands`, and imports none before.

Owns how a failure is told: by who knows it, through the group `satsuma.failures`, in one line.
Does not own the platform's commands (satsuma.cli), which it knows by name only.
"""
