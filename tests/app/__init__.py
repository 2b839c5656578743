"""The process: settings, wiring, status."""
