"""The pages of people: login, consent, sign-up, recovery, their own account and connected applications.

Owns these pages, on the frame of web, and the authorization request that a page stands in.
Does not own what an operation does (accounts), nor the layout (web).
"""
