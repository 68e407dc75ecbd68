"""The HTTP API: Metriport's bulk patient create, and what belongs to it."""
