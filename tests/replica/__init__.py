"""What a process holds of the store."""
