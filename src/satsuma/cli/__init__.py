"""The platform's commands: thin, over management and app. The program that finds them is the client's.

Each is an entry point of the group `satsuma.commands` (pyproject.toml). Heavy rooms are imported inside the command
that needs them, so that `satsuma --help` stays quick.
"""
