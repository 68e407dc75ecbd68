"""Patients read back: search, history, and where each value came from."""
