"""The HTTP door: Metriport's bulk patient create, and what belongs to it."""
