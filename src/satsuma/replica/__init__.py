"""What each process holds of the store in memory, kept true by following its changes in commit order.

Owns the follower, the revocation set, the clients and APIs, and the key ring's reload.
Does not own writing changes (the store does, with each commit).
"""
