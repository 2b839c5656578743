"""The client side of OAuth 2.0: the standards as values, the SDK, and tokens verified in one's own API."""
