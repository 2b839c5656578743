"""The pages of the authorization server: one file a page, on the layout of web."""
