"""The SDK: tokens got once for everyone who shares a cache, and put into requests of any HTTP library.

`token_endpoint` asks; `record` is what a cache keeps and whose turn it is, `caches` keep it, `renewal` takes the turn,
`slot` is what a process holds; `auth` is the object that applications plug in, `hosts` are its sockets.
"""
