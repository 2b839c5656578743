"""One process: settings, the platform that is built from them, its surfaces, serving, background work.

The only room that reads the environment and joins endpoints to paths; `platform.build_platform` is the
one function that takes the time, randomness, the store and what leaves the process.
Does not own the demo's data (demo) nor connections (front).
"""
