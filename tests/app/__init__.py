"""The application on any ASGI server, and the workers of one server."""
