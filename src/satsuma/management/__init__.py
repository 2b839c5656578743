"""What operators and owners do, one function each: the rule, the effects, the audit row.

The command line calls them; so will the admin API and the portal, so that each can do what the others can.
Does not own storage (store) or pages (portal, signin), nor what people do for themselves (accounts).
"""
