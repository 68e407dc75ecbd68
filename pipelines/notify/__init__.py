"""Being told: what operators are notified of, and over which channels."""
