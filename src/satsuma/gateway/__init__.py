"""The resource side: verify, then policy, then forward; and the same check for other gateways.

Owns the decision whether a call may pass, the numbered error catalogue, and the forwarding of bytes in both directions.
Does not own tokens (keys) or the pictures of clients and APIs (feed).
"""
