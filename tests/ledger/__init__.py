"""The audit, the request log and its explanations."""
