"""The background services: where they listen, how they start and stop."""
