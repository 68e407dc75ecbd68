"""What is removed once it is older than the settings say (registry/settings/keeping.py)."""
