"""Articles: texts in Markdown, ours and the operator's, that become pages beside the guides.

Owns how a file becomes a page, whose text stands where both have one, and what is wrong with a file that cannot be
shown. Part of the portal; does not own the guides' steps, which know the reader's application.
"""
