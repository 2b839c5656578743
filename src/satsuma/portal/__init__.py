"""The developer portal: the front page and the errors; APIs, MyApps and the living guide are to come.

Owns what a visitor and an application's owner see. Stands on web, and changes things through management alone.
Does not own login or the account (signin).
"""
