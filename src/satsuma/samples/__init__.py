"""A flow step or a request to source text in a language. Empty as yet."""
