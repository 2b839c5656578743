"""The test double: the product in-process, with a movable clock and a switchboard of faults. Empty as yet."""
