"""Pruning: what is older than the settings say is removed, at night or by `rosterline prune`."""
