"""The look and the safety of pages: layout, stylesheet, forms, CSRF, CSP, cookies, languages.

Owns the one design system that every page uses. Does not own any page's content.
"""
