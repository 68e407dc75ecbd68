"""Synthetic people and rosters; nobody here exists."""
