"""Our HTTP as values: request, answer, request ids, media types, CORS, challenges. No socket.

Owns what the endpoints of oauth and gateway share of HTTP, so that an endpoint is one function whatever carries its
bytes. Does not own reading a socket (front) nor the standards' messages (satsuma_client.protocol).
"""
