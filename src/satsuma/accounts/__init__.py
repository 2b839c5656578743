"""What people do for themselves: log in, sign up, recover, change and delete their own account.

Owns sessions, passwords, links sent by mail, the slowing of guesses, and the canonical form of an e-mail address.
Does not own what operators do to accounts (management), consent (domain) or pages (signin).
"""
