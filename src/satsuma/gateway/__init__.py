"""The resource side: verify, then policy, then forward; and the same check for other gateways.

Owns the decision whether a call may pass, and the forwarding of bytes in both directions.
Does not own tokens (keys), the clients and APIs in memory (replica), nor the words of a refusal (domain/errors).
"""
