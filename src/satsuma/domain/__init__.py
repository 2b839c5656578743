"""Decisions: (request, facts, policy, now) to Issue or Refuse, with effects.

Owns the facts and effects as values, and every rule that says yes or no. Pure: no framework, database, network, log,
clock or randomness; time and random values are arguments.
Does not own loading facts or committing effects (store), nor wire forms (protocol).
"""
