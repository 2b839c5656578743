"""What is so and what is allowed: facts, effects and rules, one file an aggregate.

Owns the rules that say yes or no, from (request, facts, policy, now) to a result or a Refusal, with effects (whether a
call may pass is gateway/access.py's), and the one table of refusals (errors). Pure: no framework, database, network,
log, clock or randomness; time and random values are arguments.
Does not own loading facts or committing effects (store), nor wire forms (satsuma_client.protocol).
"""
