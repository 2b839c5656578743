"""One exchange with a server of OAuth: what is sent and to whom, what came, and what an error says.

Owns the transport, the clocks, the typed errors and how they are read. Knows neither tokens that are kept nor keys.
"""
