"""The reference of an API, made from its OpenAPI document: an index by tag, a page an operation or schema, *Try it*.

Owns how a document that somebody else wrote becomes pages of ours: what is followed, what is cut, what of its texts
may stand on a page. Part of the portal; does not store the document (management), nor make samples of it (samples).
"""
