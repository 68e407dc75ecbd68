"""Synthetic people and rosters. None of these people exists."""
