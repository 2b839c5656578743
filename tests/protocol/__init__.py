"""The messages of the client's protocol, without a server but in `test_server_bytes.py`."""
