"""Logging people in to a web application: `Login`, and its routes for each framework."""
