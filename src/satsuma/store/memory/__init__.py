"""The store in memory: the reference model of the SQL stores, and the store of the test double."""
