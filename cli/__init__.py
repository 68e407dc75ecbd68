"""The `rosterline` command."""
