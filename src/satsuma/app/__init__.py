"""Where the rooms meet: settings, wiring, the ASGI application, the front.

The only place that reads the environment, opens the store and joins endpoints to paths.
"""
