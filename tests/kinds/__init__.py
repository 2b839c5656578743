"""The kinds of fault that are ended: each crossed from the lists that the code itself has."""
