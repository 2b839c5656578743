"""The bench: Satsuma beside an empty callable and its peers, one core for the server, one for the load."""
