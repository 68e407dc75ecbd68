"""Measurements: how fast things are and how much memory they take."""
