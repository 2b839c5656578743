"""The developer portal: the front page, APIs and their reference, MyApps, the living guides, articles, errors.

Owns what a visitor and an application's owner see. Stands on web, and changes things through management alone.
Does not own login or the account (signin).
"""
