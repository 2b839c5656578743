"""What stands under every page: frame, visitor, forms, cookies, languages, words, letters, templates.

Owns the one design and the one safety that every page uses: layout, stylesheet, CSRF, CSP, the language of a visitor.
Does not own any page's content (signin, portal).
"""
