"""What stands under every page: its words."""
