"""What `satsuma demo` adds: two demo upstreams, a demo client, and the data that a first call needs.

Owns the shops of the POI API and the sandbox's one answer. Does not own serving (app) or forwarding (gateway).
Only its command may import it.
"""
