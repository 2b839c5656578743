"""What a process says of itself: logs, metrics, the request log."""
