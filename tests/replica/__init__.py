"""What each process holds of the store."""
