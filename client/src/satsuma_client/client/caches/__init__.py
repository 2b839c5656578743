"""Where a token is kept for everyone who may use it; every cache is a comparison and a replacement of bytes."""
