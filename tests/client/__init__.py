"""The SDK: one token for a fleet, in every HTTP library."""
