"""Synthetic people and rosters, and the measurements made with them."""
