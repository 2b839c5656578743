"""What `satsuma demo` adds: two demo upstreams, and the data that a first call needs.

Owns the shops of the POI API and the sandbox's one answer. Does not own forwarding (gateway) or the store.
May be imported by app and its tests only.
"""
